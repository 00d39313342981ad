package awsapi

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Bounds of what is kept of a log.
const (
	sampleBytes  = 300
	maxPatterns  = 500 // while reading; a line of one more is counted and not kept
	keptTroubles = 20
	keptStarts   = 5
	keptOthers   = 5
)

// patterns gathers lines that have their words in common. They are redacted
// when they are listed, which costs more than to count them.
type patterns struct {
	group string
	lines int
	more  bool // there are lines that were not read
	raw   map[string]*rawPattern
}

type rawPattern struct {
	count       int
	first, last int64 // milliseconds
	sample      string
	stream      string
}

func newPatterns(group string) *patterns {
	return &patterns{group: group, raw: map[string]*rawPattern{}}
}

// add counts a line.
func (p *patterns) add(e logEvent) {
	p.lines++
	line := telling(e.Message)
	if line == "" {
		return
	}
	key := patternOf(line[:min(len(line), sampleBytes)])
	one, known := p.raw[key]
	if !known {
		if len(p.raw) >= maxPatterns {
			p.more = true
			return
		}
		one = &rawPattern{first: e.Timestamp, last: e.Timestamp}
		p.raw[key] = one
	}
	one.count++
	one.first = min(one.first, e.Timestamp)
	if e.Timestamp >= one.last {
		one.last, one.sample, one.stream = e.Timestamp, strings.Clone(line[:min(len(line), 4*sampleBytes)]), e.LogStreamName
	}
}

// clean redacts what was gathered. Lines that differ in their secrets only
// come together.
func (p *patterns) clean() map[string]*topology.LogPattern {
	all := map[string]*topology.LogPattern{}
	for _, key := range slices.Sorted(maps.Keys(p.raw)) {
		raw := p.raw[key]
		sample := redact.Snippet([]byte(raw.sample), sampleBytes)
		made := topology.LogPattern{
			Pattern: patternOf(sample), Count: raw.count, First: milliseconds(raw.first), Last: milliseconds(raw.last), More: p.more,
			Sample: sample, Group: p.group, Stream: raw.stream, Address: addressLogged(sample),
		}
		other, twice := all[made.Pattern]
		if !twice {
			all[made.Pattern] = &made
			continue
		}
		made.Count += other.Count
		if other.First.Before(made.First) {
			made.First = other.First
		}
		if other.Last.After(made.Last) {
			made.Last, made.Sample, made.Stream, made.Address = other.Last, other.Sample, other.Stream, other.Address
		}
		*other = made
	}
	return all
}

// milliseconds since 1970, within the years that JSON has a form for.
func milliseconds(n int64) time.Time {
	return time.UnixMilli(min(max(n, 0), 253402300799000)).UTC()
}

// telling is what of an event is worth its place: not the colours, and of a
// traceback in one event where it ended and with what.
func telling(message string) string {
	if strings.Contains(message, "\x1b[") {
		message = colours().ReplaceAllString(message, "")
	}
	text := strings.TrimSpace(message)
	if !strings.Contains(text, "Traceback (most recent call last)") || !strings.Contains(text, "\n") {
		return text
	}
	lines, at := strings.Split(text, "\n"), ""
	for _, l := range lines {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, `File "`) {
			at = l + ": "
		}
	}
	return at + strings.TrimSpace(lines[len(lines)-1])
}

// list has the patterns that may matter, the most frequent first: those that
// tell of trouble, of a start, and a few others, which show that lines came.
func (p *patterns) list() []topology.LogPattern {
	var kinds [3][]topology.LogPattern
	for _, one := range p.clean() {
		i := 2
		switch lower := strings.ToLower(one.Sample); {
		case containsAny(lower, troubles):
			i = 0
		case containsAny(lower, starts):
			i = 1
		}
		kinds[i] = append(kinds[i], *one)
	}
	often := func(a, b topology.LogPattern) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), b.Last.Compare(a.Last), cmp.Compare(a.Pattern, b.Pattern))
	}
	list := []topology.LogPattern{}
	for i, most := range []int{keptTroubles, keptStarts, keptOthers} {
		slices.SortFunc(kinds[i], often)
		list = append(list, kinds[i][:min(len(kinds[i]), most)]...)
	}
	slices.SortStableFunc(list, often)
	return list
}

// troubles are words of lines that tell of one, starts of lines that tell how
// far a server has come; both in lower case.
var (
	troubles = []string{
		"error", "exception", "traceback", "fatal", "critical", "panic", "warn", "fail", "timeout", "timed out", "refused", "reset by", "unreachable", "denied",
		"not found", "no such", "cannot", "could not", "unable", "unavailable", "invalid", "killed", "out of memory", "oom", "exceeded", "too many", "no space",
		"degraded", "unhealthy", "retry", "retries", "abort", "rollback", "certificate", "deadlock", "\" 500", "\" 502", "\" 503", "\" 504", "file \"",
	}
	starts = []string{"started", "starting", "startup", "running on", "listening", "ready", "booting", "serving", "accept connections"}
)

func containsAny(text string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// The expressions are made when the first line comes, not when the program starts.
var (
	colours  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\x1b\[[0-9;]*m`) })
	changing = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b|\b0x[0-9a-fA-F]+\b|\b[0-9a-fA-F]{6,}\b|\d+(?:[.,:]\d+)*`)
	})
	calledAt = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`host='([^'\s]+)', port=(\d+)` + // urllib3
			`|server at "([^"\s]+)"(?: \([^)]*\))?, port (\d+)` + // libpq
			`|\b([a-z][a-z0-9+]{1,20}://[^\s"'<>)\],;]+)` +
			`|\b(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})\b` +
			`|\b((?:[A-Za-z0-9_-]+\.)+[a-z]{2,}):(\d{2,5})\b` +
			`|\blookup ([A-Za-z0-9_.-]+)[: ]` + // Go
			`|ENOTFOUND ([A-Za-z0-9_.-]+)` + // Node
			`|\b[Cc]onnection to ([A-Za-z0-9_.-]+) (?:timed out|refused|failed)`) // urllib3, whose line may lack the port
	})
)

// patternOf replaces what differs from line to line: times, numbers, ids. An
// address that is called stays; one that calls does not.
func patternOf(line string) string {
	var b strings.Builder
	last := 0
	for _, m := range changing().FindAllStringIndex(line, -1) {
		text := line[m[0]:m[1]]
		host, _, _ := strings.Cut(text, ":")
		b.WriteString(line[last:m[0]])
		switch called := strings.Count(host, ".") == 3 && isAddress(host) && !calling(line, m[0], m[1]); {
		case called, !strings.ContainsAny(text, "0123456789"): // a word of the letters a to f
			b.WriteString(text)
		default:
			b.WriteByte('#')
		}
		last = m[1]
	}
	b.WriteString(line[last:])
	return b.String()
}

// addressLogged is the first address in a line that something calls.
func addressLogged(line string) *topology.HostPort {
	for _, m := range calledAt().FindAllStringSubmatchIndex(line, -1) {
		part := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return line[m[2*i]:m[2*i+1]]
		}
		if u := part(5); u != "" {
			if scheme, rest, ok := cutScheme(u); ok && slices.Contains(schemes, scheme) {
				if a := addressOfURL(scheme, rest); a != nil {
					return a
				}
			}
			continue
		}
		if calling(line, m[0], m[1]) || isFileName(part(8)) {
			continue
		}
		host := strings.ToLower(strings.TrimSuffix(cmp.Or(part(1), part(3), part(6), part(8), part(10), part(11), part(12)), "."))
		if isAddress(host) || isHostName(host) {
			return &topology.HostPort{Host: host, Port: portOf(cmp.Or(part(2), part(4), part(7), part(9)))}
		}
	}
	return nil
}

// callers are words before the address of somebody who calls.
var callers = []string{"client", "peer", "remote", "remote_addr", "client_ip", "client_addr"}

// ephemeral is the first port that systems give to those who call.
const ephemeral = 32768

// calling: the address at a place of a line is not what is called, but who
// calls: a client, or the near end of a connection.
func calling(line string, from, to int) bool {
	if rest := line[to:]; strings.HasPrefix(rest, " - ") || strings.HasPrefix(rest, "->") {
		return true
	}
	before := strings.ToLower(strings.TrimRight(line[max(0, from-40):from], ` :="'([`))
	word := before[strings.LastIndexAny(before, " ,;([")+1:]
	_, port, _ := strings.Cut(line[from:to], ":")
	return slices.Contains(callers, word) || word == "from" && portOf(port) >= ephemeral
}

// isFileName: model_registry.py:26 is a line of a program and no server.
func isFileName(name string) bool {
	return slices.Contains([]string{"py", "js", "mjs", "ts", "go", "java", "kt", "rb", "rs", "cc", "cpp", "php", "cs", "scala", "jsx", "tsx", "json", "yaml", "yml", "html", "sql", "sh", "log", "txt", "conf", "ex", "exs"},
		name[strings.LastIndexByte(name, '.')+1:])
}
