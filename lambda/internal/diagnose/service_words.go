package diagnose

import (
	"fmt"
	filepath "path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Where a line of a program is named, and how an error begins. The
// expressions are made when they are first needed.
var (
	pythonLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`File "([^"]+)", line (\d+)`) })
	otherLine  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`([\w./-]+\.(?:py|js|mjs|ts|go|java|kt|rb|rs|php|cs|scala)):(\d+)`)
	})
	errorLine = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?:^|[\s:])((?:[A-Za-z_][\w.]*(?:Error|Exception|Failure|Warning)|panic|fatal|FATAL|Error)\b: ?.*)$`)
	})
)

// library are parts of paths that are not the application's own.
var library = []string{"site-packages", "dist-packages", "importlib", "/usr/lib/", "/usr/local/lib/", "node_modules", "/usr/local/go/"}

// lastWords is what the containers of a stopped task logged before they ended:
// the error, with file and line where the log has them.
func (w *walk) lastWords(p party, s stop) (string, Evidence) {
	for _, d := range p.logged() {
		if s.container.Name != "" && d.Name != s.container.Name {
			continue
		}
		key := topology.Key(d.LogGroup, strings.Trim(d.LogPrefix+"/"+d.Name+"/"+s.ID, "/"))
		logs := hint(w, w.facts.Logs, topology.Logs, key)
		if quote, at, ok := lastError(logs.Value); ok {
			return quote, told(logs.Status, fmt.Sprintf("the log of task %s ends with %s, at %s", s.ID, quote, clock(at.Last)))
		}
	}
	return "", Evidence{}
}

// logged are the containers of a service that have a log.
func (p party) logged() []topology.ContainerDefinition {
	var all []topology.ContainerDefinition
	if p.defined != nil {
		for _, c := range p.defined.Containers {
			if c.LogGroup != "" {
				all = append(all, c)
			}
		}
	}
	return all
}

// lastError finds the last line that is an error, and where in the program it
// was: named in the line itself, else in the line of a traceback before it.
func lastError(patterns []topology.LogPattern) (string, topology.LogPattern, bool) {
	var last, at *topology.LogPattern
	text := ""
	for i := range patterns {
		one := &patterns[i]
		if m := errorLine().FindStringSubmatch(one.Sample); m != nil && (last == nil || one.Last.After(last.Last)) {
			last, text = one, m[1]
		}
		if pythonLine().MatchString(one.Sample) && (at == nil || closer(*one, *at)) {
			at = one
		}
	}
	if last == nil {
		return "", topology.LogPattern{}, false
	}
	place := placeIn(last.Sample)
	if place == "" && at != nil {
		place = placeIn(at.Sample)
	}
	quote := "`" + strings.TrimSpace(text) + "`"
	if place != "" {
		quote += " (" + place + ")"
	}
	return quote, *last, true
}

// closer: a later line of a traceback is closer to the error, and one of the
// application says more than one of a library.
func closer(a, b topology.LogPattern) bool {
	if foreignA, foreignB := isLibrary(a.Sample), isLibrary(b.Sample); foreignA != foreignB {
		return foreignB
	}
	return a.Last.After(b.Last)
}

func isLibrary(line string) bool {
	return slices.ContainsFunc(library, func(part string) bool { return strings.Contains(line, part) })
}

// placeIn is the file and line that a line names: the last one.
func placeIn(line string) string {
	for _, form := range []*regexp.Regexp{pythonLine(), otherLine()} {
		if all := form.FindAllStringSubmatch(line, -1); len(all) > 0 {
			m := all[len(all)-1]
			return filepath.Base(m[1]) + ":" + m[2]
		}
	}
	return ""
}

// server has the lines of a server that tell how far it has come: that the
// process runs, and that it listens. The first is no sign of the second.
type server struct{ name, begun, listens string }

var servers = []server{
	{"uvicorn", "started server process|waiting for application startup", "application startup complete|uvicorn running on"},
	{"gunicorn", "starting gunicorn", "listening at:"},
	{"hypercorn", "starting hypercorn", "running on http"},
	{"Flask", "serving flask app", "running on http"},
	{"Node.js", "starting server", "listening on|server listening|ready on|running on"},
	{"Spring Boot", "starting application|:: spring boot ::", "tomcat started on port|netty started on port|started application in"},
	{"nginx", "start worker process", "start worker process"},
	{"PostgreSQL", "starting postgresql", "ready to accept connections"},
	{"Redis", "redis is starting", "ready to accept connections"},
}

// serverIn reads how far the servers of a log have come: whether one has begun,
// and whether it listens.
func serverIn(patterns []topology.LogPattern) (name string, begun, listens *topology.LogPattern) {
	for _, s := range servers {
		var b, l *topology.LogPattern
		for i := range patterns {
			begins, opens := s.says(patterns[i].Sample)
			if begins {
				b = &patterns[i]
			}
			if opens {
				l = &patterns[i]
			}
		}
		if b != nil || l != nil {
			return s.name, b, l
		}
	}
	return "", nil, nil
}

// says reports whether a line says that the server has begun, and that it listens.
func (s server) says(line string) (begun, listens bool) {
	line = strings.ToLower(line)
	return holdsAny(line, s.begun), holdsAny(line, s.listens)
}

// anyServer reads a line as that of whatever server it may be.
func anyServer(line string) (begun, listens bool) {
	for _, s := range servers {
		b, l := s.says(line)
		begun, listens = begun || b, listens || l
	}
	return begun, listens
}

// holdsAny: words are separated by bars.
func holdsAny(text, words string) bool {
	for word := range strings.SplitSeq(words, "|") {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
