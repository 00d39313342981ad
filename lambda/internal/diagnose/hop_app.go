package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtApp looks at what the application answered itself, or did not in time.
func lookAtApp(w *walk) (Verdict, string) {
	if !w.symptom.Reached(result.PhaseTTFB) {
		return NotApplicable, ""
	}
	before := len(w.candidates)
	app := w.appName()
	by := w.responder()
	a := w.seen.answer
	switch {
	case a.Status == 403 && strings.Contains(a.Body, "Invalid Host header"):
		w.broken(invalidHost(w, app))
	case a.Status >= 500 && by == ByApp:
		w.broken(appError(w, app))
	case a.Status > 0 && a.Status < 500 && len(complaintsOf(a.Body)) > 0 && by != ByRule && (a.Status < 400 || len(w.parts()) > 0): // an error that only calls itself one says nothing more
		w.broken(degradedBody(w))
	case w.waited() && w.route.group != nil && w.goodTarget():
		w.broken(slowPath(w, app))
	}
	w.stalePath()
	switch {
	case len(w.candidates) > before:
		return Broken, app
	case by == ByApp:
		return OK, app
	}
	return NotApplicable, ""
}

// appName is the service, or the host where no service is known.
func (w *walk) appName() string {
	if w.route.service != nil {
		return w.route.service.Name
	}
	return w.symptom.Endpoint.Host
}

// rootOfApp is appName as causes are told apart by it.
func (w *walk) rootOfApp() string {
	if w.route.service != nil {
		return w.rootOfService(*w.route.service)
	}
	return w.symptom.Endpoint.Host
}

// rootOfService is the stable name of a service. Several clusters may have one
// of the same name.
func (w *walk) rootOfService(s topology.Service) string {
	if len(w.in.Clusters) > 1 {
		return s.Cluster + "/" + s.Name
	}
	return s.Name
}

// appLogs is what the containers of the service behind the endpoint log.
func (w *walk) appLogs(read func(*walk, topology.Table[[]topology.LogPattern], topology.Kind, ...string) topology.Fact[[]topology.LogPattern]) (all []topology.LogPattern, last topology.Status) {
	if w.route.defined == nil {
		return nil, topology.Status{}
	}
	for _, want := range logStreams(*w.route.defined) {
		logs := read(w, w.facts.Logs, topology.Logs, want.Key)
		all, last = append(all, logs.Value...), logs.Status
	}
	return all, last
}

// logStreams are the wants for what the containers of the service log.
func logStreams(d topology.TaskDefinition) []topology.Want {
	var wants []topology.Want
	for _, c := range d.Containers {
		if c.LogGroup != "" {
			wants = append(wants, topology.Want{Kind: topology.Logs, Key: topology.Key(c.LogGroup, strings.Trim(c.LogPrefix+"/"+c.Name, "/"))})
		}
	}
	return wants
}

// goodTarget: some target of the group is healthy.
func (w *walk) goodTarget() bool {
	return slices.ContainsFunc(w.route.targets, func(t target) bool { return t.State == "healthy" })
}

// appError is D28. That it is the application is certain: it answered. Why is
// certain only where the answer says what the log says.
func appError(w *walk, app string) candidate {
	e, a := w.symptom.Endpoint, w.seen.answer
	c := candidate{
		code: App5xx, root: w.rootOfApp(),
		predicts: []prediction{{statuses: []int{a.Status}, responders: []Responder{ByApp}}},
		evidence: []Evidence{w.probed(fmt.Sprintf("%s answers %d itself after %s (server %q): %q", e.Place(), a.Status, measured(a.Took), a.Server, brief(a.Body)))},
		verify:   []string{curlCommand(w)},
	}
	if a.Server == "" && (w.route.balancer == nil || !access.IsNameOfBalancer(w.route.name)) {
		c.inferred = append(c.inferred, "that the application made this answer, and not something before it: the answer names no server")
	}
	if w.symptom.Proxied && e.Scheme == "http" {
		c.inferred = append(c.inferred, "that the application made this answer, and not the proxy that asks it")
	}
	why := ""
	logs, read := w.appLogs(get[[]topology.LogPattern])
	if quote, at, ok := lastError(logs); ok {
		why = ": " + quote
		c.evidence = append(c.evidence, told(read, logged(at)))
		if !sameWords(a.Body, quote) {
			c.inferred = append(c.inferred, "that the line of the log is about these requests")
		}
	} else if said := saidWhy(a.Body); said != "" {
		why = fmt.Sprintf(": `%s`", said)
	}
	c.say = func(places []string) string {
		if a.Status == 504 {
			return fmt.Sprintf("%s answers 504 itself after %.0f s on %s: it passes requests on and gives up waiting, before any limit of a load balancer%s", app, a.Took.Seconds(), listed(places), why)
		}
		return fmt.Sprintf("%s answers %d on %s%s", app, a.Status, listed(places), why)
	}
	c.actions = append(w.afterDeployment(c.key()), Action{
		Priority: "P0", Do: fmt.Sprintf("repair what %s answers %d for%s", app, a.Status, why), Owner: e.Owner, DoneWhen: e.Place() + " answers without an error", Done: Test{FindingGone, c.key()},
	})
	return c
}

// sameWords: a body holds the message of an error, which stands between ` and `
// after its kind.
func sameWords(body, quote string) bool {
	_, message, ok := strings.Cut(strings.Trim(strings.SplitN(quote, "` (", 2)[0], "`"), ": ")
	return ok && len(message) > 3 && strings.Contains(body, message)
}

// upset is how long after a deployment a first failure is taken for its consequence.
const upset = 30 * time.Minute

// afterDeployment proposes the way back where failures began with a deployment.
func (w *walk) afterDeployment(key string) []Action {
	s := w.route.service
	if s == nil || w.symptom.Since.IsZero() {
		return nil
	}
	p := party{service: *s, tasks: w.route.tasks, defined: w.route.defined}
	d, ok := p.primary()
	if !ok || w.symptom.Since.Before(d.Created) || w.symptom.Since.Sub(d.Created) > upset {
		return nil
	}
	all := stops{}
	for _, t := range hint(w, w.facts.StoppedTasks, topology.StoppedTasks, s.Cluster, s.Name).Value {
		all.all = append(all.all, classify(t, p.defined))
	}
	a := w.rollBack(p, all, key)
	a.Do += fmt.Sprintf(": the first failure came %.0f min after %s was deployed", w.symptom.Since.Sub(d.Created).Minutes(), revision(d.TaskDefinition))
	return []Action{a}
}

// slowPath is D29: the targets are well, and this request takes longer than the
// load balancer waits.
func slowPath(w *walk, app string) candidate {
	e, idle := w.symptom.Endpoint, w.route.idle
	if idle == 0 {
		idle = time.Minute
	}
	lb, well, healthy := w.route.balancer.Name, "its targets are healthy", fmt.Sprintf("targets of %s are healthy", w.route.group.Name)
	if all, good := len(w.route.targets), len(w.receiving()); good < all { // which get no request
		well, healthy = fmt.Sprintf("%d of its %d targets are healthy", good, all), fmt.Sprintf("the targets of %s: %s", w.route.group.Name, states(w.route.targets))
	}
	c := candidate{
		code: AppSlowPath, root: w.rootOfApp() + e.Path,
		predicts: []prediction{gatewayTimeout(idleTime(idle))},
		say: func([]string) string {
			return fmt.Sprintf("%s does not answer %s within %s's idle timeout of %.0f s, while %s", app, e.Path, lb, idle.Seconds(), well)
		},
		evidence: []Evidence{
			told(w.route.targets[0].health, healthy),
			w.probed(fmt.Sprintf("%s: %s", e.Place(), saw(w))),
		},
		verify: []string{curlCommand(w)},
	}
	if settings := w.facts.LoadBalancerSettings.Of(w.route.balancer.ARN).Status; settings.State == topology.Known {
		c.evidence = append(c.evidence, told(settings, fmt.Sprintf("%s gives up after %.0f s", lb, idle.Seconds())))
	} else {
		c.inferred = append(c.inferred, fmt.Sprintf("that %s waits for the %.0f s that are its default", lb, idle.Seconds()))
	}
	for _, s := range w.in.Symptoms {
		if s.Healthy && s.Endpoint.Host == e.Host && s.Endpoint.Path != e.Path && s.Answer.Took > 0 {
			c.evidence = append(c.evidence, Evidence{Statement: fmt.Sprintf("%s answers %d after %s", s.Endpoint.Place(), s.Answer.Status, measured(s.Answer.Took)), Source: "probe", At: s.At})
		}
	}
	c.actions = []Action{
		{Priority: "P0", Do: fmt.Sprintf("find in the log of %s what %s waits for", app, e.Path), Owner: e.Owner, DoneWhen: e.Place() + " answers", Done: Test{FindingGone, c.key()}},
		{Priority: "P2", Do: fmt.Sprintf("let every client of %s give up before %.0f s, so that it can answer an error itself", app, idle.Seconds()), Owner: e.Owner, DoneWhen: "no 504 of the load balancer", Done: Test{FindingGone, c.key()}},
	}
	c.advice = []NotAdvice{{What: "raising the idle timeout of " + lb, Why: "whoever asks waits as long all the same; what the request waits for is the fault", Evidence: c.evidence[1].Statement}}
	return c
}

// degradedBody is D40.
func degradedBody(w *walk) candidate {
	e, a := w.symptom.Endpoint, w.seen.answer
	var names []string
	complaints := complaintsOf(a.Body)
	for _, one := range complaints {
		if one.part != "" {
			names = append(names, one.part+" "+one.state)
		}
	}
	guessed := complaints[0].guess
	if slices.ContainsFunc(complaints, func(one complaint) bool { return one.guess == "" }) {
		guessed = ""
	}
	what := listed(names)
	if what == "" {
		what = "itself " + complaints[0].state
	}
	c := candidate{
		code: AssertDegradedBody, root: e.Place(),
		predicts: []prediction{{statuses: []int{a.Status}}},
		say:      func([]string) string { return fmt.Sprintf("%s answers %d but reports %s", e.Place(), a.Status, what) },
		evidence: []Evidence{w.probed(fmt.Sprintf("%s answers %d: %q", e.Place(), a.Status, brief(a.Body)))},
		verify:   []string{"curl -sS " + shell(fmt.Sprintf("%s://%s%s", e.Scheme, e.Host, e.Path))},
	}
	if guessed != "" {
		c.inferred = append(c.inferred, guessed)
	}
	c.actions = []Action{
		{Priority: "P1", Do: fmt.Sprintf("repair what %s reports: %s", e.Place(), what), Owner: e.Owner, DoneWhen: e.Place() + " reports nothing unwell", Done: Test{FindingGone, c.key()}},
		{Priority: "P2", Do: fmt.Sprintf("let %s answer another status than 200 when a part that it needs fails, but keep the health check of the load balancer apart from it", e.Place()), Owner: e.Owner, DoneWhen: "the status follows the state", Done: Test{FindingGone, c.key()}},
	}
	return c
}

// brief is the beginning of a body.
func brief(body string) string {
	body = strings.Join(strings.Fields(body), " ")
	if r := []rune(body); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return body
}
