package diagnose

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// edge is something that a service calls, and what says so.
type edge struct {
	to       topology.HostPort
	variable string   // of the task definition; "": seen elsewhere
	says     Evidence // where it was found
	failing  *topology.LogPattern
	logged   Evidence // of failing
}

// chain is a service that calls others, at the end of the way to it.
type chain struct {
	party
	visited  []string // services, the one behind the endpoint first
	inferred []string // that nothing shows on the way to it
	parts    []string // of the answer, that speak of it
	silent   bool     // its log was read and names nothing that fails
}

// Bounds of what is followed.
const (
	maxDepth = 3
	maxEdges = 12
)

// lookAtDependencies looks at what the service calls. It is asked only where
// the application was late, answered an error, or calls a part of it unwell.
func lookAtDependencies(w *walk) (Verdict, string) {
	late := w.waited() || w.symptom.Answer.Status >= 500 || len(w.parts()) > 0
	if !w.symptom.Reached(result.PhaseTTFB) || !late {
		return NotApplicable, ""
	}
	c := chain{party: party{tasks: w.route.tasks, defined: w.route.defined}, parts: w.parts()}
	c.service.Name = w.appName()
	if w.route.service != nil {
		c.service = *w.route.service
		c.read = w.facts.Services.Of(topology.Key(c.service.Cluster, c.service.Name)).Status
	} else if len(w.symptom.Endpoint.Depends) == 0 {
		return NotApplicable, ""
	}
	c.visited = []string{c.service.Name}
	return w.follow(c)
}

// follow looks at everything that a service calls.
func (w *walk) follow(c chain) (Verdict, string) {
	all, read := edges(w, c)
	blamed := slices.ContainsFunc(all, func(e edge) bool { return e.failing != nil })
	c.silent = read && !blamed
	verdict, worst := NotApplicable, ""
	for _, e := range all[:min(len(all), maxEdges)] {
		v := w.lookAtEdge(c, e, blamed)
		if worse(v, verdict) != verdict {
			verdict, worst = v, e.where()
		}
	}
	return verdict, worst
}

// where is the address as text.
func (e edge) where() string {
	if e.to.Port == 0 {
		return e.to.Host
	}
	return e.to.Host + ":" + strconv.Itoa(e.to.Port)
}

// edges are the addresses in the task definition, those of endpoints that the
// configuration names, then those that only logs name. Read tells whether the
// log was read and has lines.
func edges(w *walk, c chain) (all []edge, read bool) {
	if d := c.defined; d != nil {
		status := w.facts.TaskDefinitions.Of(c.service.TaskDefinition).Status
		for _, one := range d.Containers {
			for _, v := range one.Variables {
				if v.Address != nil {
					all = append(all, edge{to: withPort(*v.Address), variable: v.Name, says: told(status, fmt.Sprintf("%s of %s:%d is %s", v.Name, d.Family, d.Revision, edge{to: withPort(*v.Address)}.where()))})
				}
			}
			for _, a := range one.Command {
				all = append(all, edge{to: withPort(a), says: told(status, fmt.Sprintf("the command line of %s:%d names %s", d.Family, d.Revision, edge{to: withPort(a)}.where()))})
			}
		}
	}
	if len(c.visited) == 1 {
		all = append(all, configured(w)...)
	}
	if c.defined == nil {
		return all, false
	}
	for _, want := range logStreams(*c.defined) {
		logs := hint(w, w.facts.Logs, topology.Logs, want.Key)
		read = read || len(logs.Value) > 0
		for _, p := range logs.Value {
			if p.Address != nil && isFailure(p.Sample) {
				all = join(all, p, logs.Status)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b edge) int { return cmp.Compare(failingFirst(a), failingFirst(b)) })
	return all, read
}

func failingFirst(e edge) int {
	if e.failing != nil {
		return 0
	}
	return 1
}

// defaultPorts are those of schemes, where an address has none.
var defaultPorts = map[string]int{"http": 80, "https": 443, "redis": 6379, "rediss": 6379, "postgres": 5432, "postgresql": 5432, "mysql": 3306, "amqp": 5672, "mongodb": 27017}

func withPort(a topology.HostPort) topology.HostPort {
	if a.Port == 0 {
		a.Port = defaultPorts[a.Scheme]
	}
	return a
}

// configured are the endpoints that this one depends on by the configuration.
func configured(w *walk) []edge {
	var all []edge
	for _, key := range w.symptom.Endpoint.Depends {
		for _, s := range w.in.Symptoms {
			if s.Endpoint.Key == key && s.Endpoint.Host != "" {
				all = append(all, edge{
					to: topology.HostPort{Host: strings.ToLower(s.Endpoint.Host), Port: s.Endpoint.Port, Scheme: s.Endpoint.Scheme}, variable: key,
					says: Evidence{Statement: fmt.Sprintf("%s depends on %s", w.symptom.Endpoint.Key, key), Source: "configuration"},
				})
			}
		}
	}
	return all
}

// failures are words of log lines about calls that do not succeed.
var failures = []string{"timed out", "timeout", "refused", "unreachable", "error", "exception", "failed", "fail", "no route", "not known", "could not", "cannot", "unable", "enotfound", "no such host", "max retries", "reset", "too many", "unavailable", "retry"}

func isFailure(line string) bool {
	line = strings.ToLower(line)
	return slices.ContainsFunc(failures, func(word string) bool { return strings.Contains(line, word) })
}

// join adds what a log says to the edge it is about, or makes a new one.
func join(all []edge, p topology.LogPattern, read topology.Status) []edge {
	line := told(read, logged(p))
	for i := range all {
		if all[i].to.Host == p.Address.Host && (all[i].to.Port == p.Address.Port || p.Address.Port == 0) {
			if all[i].failing == nil {
				all[i].failing, all[i].logged = &p, line
			}
			return all
		}
	}
	return append(all, edge{to: *p.Address, says: told(read, fmt.Sprintf("the log names %s; no variable of the task definition does, so it is probably built into the image", p.Address.Host)), failing: &p, logged: line})
}

// lookAtEdge finds out what stands behind an address. Blamed: the log names
// some call that fails.
func (w *walk) lookAtEdge(c chain, e edge, blamed bool) Verdict {
	if address, err := netip.ParseAddr(e.to.Host); err == nil {
		if !address.IsPrivate() {
			return NotApplicable
		}
		return w.lookAtAddress(c, w.call(c, e, blamed), e.to.Host)
	}
	if !strings.Contains(e.to.Host, ".") || e.to.Host == "localhost" {
		return NotApplicable
	}
	return w.lookAtHost(c, w.call(c, e, blamed))
}

// call is an edge with what is felt if it is what fails.
type call struct {
	edge
	caller string
	ripple
	rivals   []Rival
	inAnswer bool   // an error that the application answered names it
	address  string // that is looked at: what is called, or what its name leads to
	entry    entry  // of service discovery, where the name is one
}

// at is a call to one of the addresses that its name leads to.
func (e call) at(address string) call {
	e.address = address
	return e
}

// call says what an edge that fails makes somebody see. The log, or the answer
// itself, must speak of it where the application answers an error; where it
// does not answer at all, the log may still be silent.
func (w *walk) call(c chain, e edge, blamed bool) call {
	made := call{edge: e, caller: c.service.Name}
	made.inferred = slices.Clone(c.inferred)
	named := false // the answer itself names it
	for _, part := range c.parts {
		switch {
		case e.speaksOf(part):
			named = true
		case slices.ContainsFunc(synonyms[part], e.speaksOf):
			made.inferred = append(made.inferred, fmt.Sprintf("that %s is what the answer calls %s", e.where(), part))
		default:
			continue
		}
		made.predicts = append(made.predicts, prediction{part: part})
	}
	inAnswer := w.seen.answer.Status >= 500 && strings.Contains(strings.ToLower(w.seen.answer.Body), e.to.Host)
	made.inAnswer = inAnswer
	if e.failing != nil || inAnswer || len(made.predicts) > 0 {
		made.predicts = append(made.predicts, prediction{statuses: []int{500, 502, 503, 504}, responders: []Responder{ByApp}})
	}
	if e.failing != nil || !blamed {
		made.predicts = append(made.predicts, gatewayTimeout(idleTime(w.route.idle)))
		if w.route.balancer == nil {
			made.predicts = append(made.predicts, prediction{classes: waiting})
		}
	}
	said := inAnswer || len(made.predicts) > 0 && w.seen.answer.Status < 500 && len(c.parts) > 0
	if named = named || inAnswer; !named && !said || c.depth() > 0 && !inAnswer {
		made.inferred = append(made.inferred, w.blames(e.where(), c.service.Name))
	}
	if e.failing == nil && !said && c.silent {
		made.rivals = []Rival{{What: fmt.Sprintf("%s waits for something else: its log does not name %s", c.service.Name, e.to.Host), Decides: "what the log of " + c.service.Name + " says of calls that do not succeed"}}
	}
	return made
}

// depth is how many services lie between the endpoint's own and this one.
func (c chain) depth() int { return len(c.visited) - 1 }

// synonyms are other words for parts that answers name.
var synonyms = map[string][]string{
	"database": {"postgres", "postgresql", "mysql", "db", "rds", "sql"}, "db": {"postgres", "postgresql", "mysql", "database", "rds"},
	"postgres": {"database", "db", "postgresql", "rds"}, "postgresql": {"database", "db", "postgres", "rds"}, "cache": {"redis", "memcached"}, "redis": {"cache"}, "queue": {"sqs", "amqp", "rabbitmq"},
}

// speaksOf: the name of the variable, the host, the scheme or the line of the
// log holds a word of a name.
func (e edge) speaksOf(name string) bool {
	text := strings.ToLower(e.variable + " " + e.to.Host + " " + e.to.Scheme)
	if e.failing != nil {
		text += " " + strings.ToLower(e.failing.Sample)
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') })
	return slices.Contains(words, strings.ToLower(name))
}

// source is a calling task as one end of a connection; false if it is not known.
func (w *walk) source(p party) (end, bool) {
	for _, t := range p.tasks {
		if t.Address == "" {
			continue
		}
		owner := get(w, w.facts.InterfacesByAddress, topology.InterfacesByAddress, t.Address)
		return endOf(owner.Value, "tasks of "+p.service.Name), owner.State == topology.Known
	}
	return end{}, false
}

// blames says in what way a call would be why a service fails.
func (w *walk) blames(called, service string) string {
	if w.responder() == ByApp && w.seen.answer.Status >= 500 {
		return fmt.Sprintf("that calls to %s, which fail, are why %s answers %d", called, service, w.seen.answer.Status)
	}
	return fmt.Sprintf("that waiting for %s is what keeps %s from answering", called, service)
}
