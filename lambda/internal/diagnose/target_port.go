package diagnose

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// atOnce is how fast a load balancer says that a target refused.
var atOnce = span{0, 3 * time.Second}

// whyRefused is what shows why nothing listens on the port of a target.
type whyRefused struct {
	text     string // continues the sentence
	evidence Evidence
	port     int // that is listened on; 0: not known
}

// lookAtPort is D18: the target refuses, or answers something that is not HTTP.
func lookAtPort(w *walk, t target) Verdict {
	g := w.route.group
	c := candidate{
		code: GroupRefused, root: fmt.Sprintf("%s:%d", g.Name, t.Port),
		evidence: []Evidence{
			told(t.health, fmt.Sprintf("%s:%d of %s: %s, %q", t.ID, t.Port, g.Name, t.Reason, t.Description)),
			w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w))),
		},
		verify: []string{healthCommand(w)},
	}
	if w.receives(t) {
		c.predicts = []prediction{{statuses: []int{502}, responders: []Responder{ByBalancer}, elapsed: atOnce}}
	}
	reason, known := w.refusals[t.Port]
	if !known {
		reason = refusalOf(w, t)
		w.refusals[t.Port] = reason
	}
	var d dialled
	if owner, ok := t.owner.Get(); ok {
		d = w.dial(owner, t.Port)
	}
	switch {
	case d.verdict == OK && reason.text == "":
		w.clear(GroupRefused, d.evidence)
		return Degraded // it listens, and what it says is not what health checks expect
	case d.refused:
		c.evidence = append(c.evidence, d.evidence)
	case d.verdict == OK:
		c.evidence = append(c.evidence, d.evidence)
		c.inferred = append(c.inferred, "that what accepts connections there is not the application")
	case reason.text == "":
		c.inferred = append(c.inferred, fmt.Sprintf("that nothing listens on port %d: a target that answers something other than HTTP looks the same", t.Port))
		w.blind(fmt.Sprintf("%s:%d", t.ID, t.Port), d)
	}
	if reason.text != "" {
		c.evidence = append(c.evidence, reason.evidence)
	}
	c.say = func([]string) string {
		if reason.text == "" {
			return fmt.Sprintf("nothing listens on port %d of the targets of %s", t.Port, g.Name)
		}
		return fmt.Sprintf("%s sends to port %d, and %s", g.Name, t.Port, reason.text)
	}
	c.actions = []Action{align(w, t, reason)}
	if own := g.Health.Port; own != "" && own != "traffic-port" && own != strconv.Itoa(t.Port) && !d.refused {
		c.inferred = append(c.inferred, fmt.Sprintf("that what fails at port %s, where health is checked, fails at port %d as well", own, t.Port))
	}
	if w.route.group.Protocol == "HTTPS" {
		c.inferred = append(c.inferred, "that it is not the TLS of the target that fails")
	}
	w.broken(c)
	return Broken
}

// refusalOf looks into the task definition and the log for the port that the
// container really has.
func refusalOf(w *walk, t target) whyRefused {
	s, ok := quietService(w)
	if !ok {
		return whyRefused{}
	}
	fact := hint(w, w.facts.TaskDefinitions, topology.TaskDefinitions, s.TaskDefinition)
	d, ok := fact.Get()
	if !ok {
		return whyRefused{}
	}
	if w.route.group.TargetType == "instance" {
		return whyRefused{} // its port is one of the host, which no definition names
	}
	container := containerOf(*s, d, w.route.group.ARN)
	if container != nil && len(container.Ports) > 0 && !slices.Contains(container.Ports, t.Port) {
		text := fmt.Sprintf("the container %s listens on %s", container.Name, portList(container.Ports))
		return whyRefused{text, told(fact.Status, fmt.Sprintf("the container %s of %s:%d has the ports %s", container.Name, d.Family, d.Revision, portList(container.Ports))), container.Ports[0]}
	}
	if container != nil { // where the others of the task listen is their own affair
		d.Containers = []topology.ContainerDefinition{*container}
	}
	return markers(w, d, t)
}

// containerOf is the container that a service registers with a group.
func containerOf(s topology.Service, d topology.TaskDefinition, group string) *topology.ContainerDefinition {
	for _, b := range s.Balancers {
		for _, c := range d.Containers {
			if b.TargetGroup == group && (c.Name == b.Container || b.Container == "" && len(d.Containers) == 1) {
				return &c
			}
		}
	}
	return nil
}

// listening finds in a log line where a server listens, as uvicorn, gunicorn
// and many others say it.
var listening = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:running on|listening (?:at|on):?|serving on) *(?:https?://|address |port )?(?:(\[?[0-9a-f.:]*\]?|localhost):)?(\d{2,5})\b`)
})

// besideIt are words of lines about ports that an application has beside its own.
const besideIt = "metric|prometheus|debug|admin|management|pprof|inspector|actuator"

// unfinished is what the log says of an application before its port is open.
const unfinished = "the application has not finished starting: its process runs, and its port is not open yet"

// markers reads from the log where the server listens, or that it has not
// finished starting. Where the log names several ports, or the right one, it
// says nothing against the application.
func markers(w *walk, d topology.TaskDefinition, t target) whyRefused {
	var begun, elsewhere whyRefused
	named := map[int]bool{}
	up := false
	for _, want := range logStreams(d) {
		logs := hint(w, w.facts.Logs, topology.Logs, want.Key)
		for _, p := range logs.Value {
			line := told(logs.Status, fmt.Sprintf("the log says %q", p.Sample))
			begins, opens := anyServer(p.Sample)
			if up = up || opens; begins {
				begun = whyRefused{unfinished, line, 0}
			}
			if m := listening().FindStringSubmatch(p.Sample); m != nil && !holdsAny(strings.ToLower(p.Sample), besideIt) {
				port, _ := strconv.Atoi(m[2])
				named[port] = true
				elsewhere = listensAt(m[1], port, t.Port, line)
			}
		}
	}
	switch {
	case len(named) == 1:
		return elsewhere
	case !up:
		return begun
	}
	return whyRefused{}
}

// listensAt says what is wrong with where a server listens; empty if nothing.
func listensAt(host string, port, wanted int, line Evidence) whyRefused {
	switch {
	case port != wanted:
		return whyRefused{fmt.Sprintf("the application says that it listens on %d", port), line, port}
	case host == "127.0.0.1" || host == "localhost" || host == "[::1]":
		return whyRefused{fmt.Sprintf("the application listens on %s only, where nobody from outside gets", host), line, 0}
	}
	return whyRefused{}
}

func portList(all []int) string {
	var names []string
	for _, p := range all {
		names = append(names, strconv.Itoa(p))
	}
	return listed(names)
}

func align(w *walk, t target, reason whyRefused) Action {
	g := w.route.group
	a := Action{Priority: "P0", Owner: w.symptom.Endpoint.Owner, DoneWhen: "the targets of " + g.Name + " are healthy", Done: Test{TargetsHealthy, g.ARN}}
	a.Do = fmt.Sprintf("find out in its log why the application behind %s does not listen on 0.0.0.0:%d", g.Name, t.Port)
	if reason.text == unfinished {
		a.Do = fmt.Sprintf("find out in its log what the application behind %s waits for while it starts", g.Name)
		if s, ok := quietService(w); ok && stoppedForHealth(w).Statement != "" {
			a.Do += fmt.Sprintf("; if it only needs longer, raise the grace period of %s, which is %.0f s, above that: ECS stops its tasks before they are up", s.Name, s.GracePeriod.Seconds())
		}
	}
	if reason.port == 0 {
		return a
	}
	a.Do = fmt.Sprintf("let the service register port %d with %s, or the application listen on %d", reason.port, g.Name, t.Port)
	if s, ok := quietService(w); ok {
		for _, b := range s.Balancers {
			if b.TargetGroup == g.ARN {
				a.Command = fmt.Sprintf("aws ecs update-service --cluster %s --service %s --load-balancers targetGroupArn=%s,containerName=%s,containerPort=%d --region %s", s.Cluster, s.Name, g.ARN, b.Container, reason.port, w.facts.Region)
				a.Mutates, a.Risk = true, "a deployment"
			}
		}
	}
	return a
}
