package diagnose

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// invalidHost is D33. The text of the answer is MLflow's own.
func invalidHost(w *walk, app string) candidate {
	e := w.symptom.Endpoint
	hosts := hostsRefused(w)
	c := candidate{
		code: MLflowInvalidHost, root: w.rootOfApp(),
		predicts: []prediction{{statuses: []int{403}}},
		say: func([]string) string {
			return fmt.Sprintf("MLflow behind %s does not list %s in its allowed hosts, so it refuses every request that names it", app, listed(hosts))
		},
		evidence: []Evidence{w.probed(fmt.Sprintf("%s answers 403 with %q, the text of MLflow 3.5 and later", e.Place(), brief(w.seen.answer.Body)))},
		verify:   []string{fmt.Sprintf(`curl -sS -o /dev/null -w '%%{http_code}\n' %s   # a path of the API: /health and /version answer 200 all the same`, shell(fmt.Sprintf("%s://%s%s", e.Scheme, e.Host, e.Path)))},
	}
	if g := w.route.group; g != nil && w.goodTarget() {
		line := told(w.route.targets[0].health, fmt.Sprintf("targets of %s are healthy: their checks name an address as the host, which MLflow allows", g.Name))
		c.evidence = append(c.evidence, line)
	}
	list := strings.Join(append(slices.Clone(hosts), "localhost:*", "10.*", "172.16.*", "192.168.*"), ",")
	c.actions = []Action{{
		Priority: "P0", Do: fmt.Sprintf("start MLflow with --allowed-hosts %q, or MLFLOW_SERVER_ALLOWED_HOSTS with that value; a name that is called with a port needs the port in the list, as in NAME:5000", list), Mutates: true, Risk: "a deployment",
		Owner: e.Owner, DoneWhen: e.Place() + " answers 200", Done: Test{FindingGone, c.key()},
	}}
	c.advice = []NotAdvice{{What: "allowing every host with *", Why: "the check protects against DNS rebinding; the names that are used are few", Evidence: c.evidence[0].Statement}}
	return c
}

// hostsRefused are the hosts of all endpoints that get the same answer.
func hostsRefused(w *walk) []string {
	var hosts []string
	for _, s := range w.in.Symptoms {
		host := s.Endpoint.Host
		if s.Endpoint.Port != 0 && s.Endpoint.Port != 80 && s.Endpoint.Port != 443 {
			host += ":" + strconv.Itoa(s.Endpoint.Port)
		}
		if strings.Contains(s.Answer.Body, "Invalid Host header") && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return hosts
}

// removed are paths that MLflow 2.0 took away, with what took their place.
var removed = []struct{ path, instead string }{
	{"/mlflow/registered-models/list", "/mlflow/registered-models/search?max_results=1"},
	{"/mlflow/experiments/list", "/mlflow/experiments/search?max_results=1"},
}

// stalePath is D38: the probe asks for what cannot be there.
func (w *walk) stalePath() {
	e := w.symptom.Endpoint
	for _, r := range removed {
		before, found := strings.CutSuffix(e.Path, r.path)
		if !found {
			continue
		}
		version, at := w.mlflowVersion()
		if version != "" && strings.HasPrefix(version, "1.") {
			return
		}
		c := staleProbe(w, fmt.Sprintf("the probe of %s asks for a path that MLflow 2.0 removed, so it is 404 even when all is well", e.Place()))
		c.actions[0].Do = fmt.Sprintf("probe %s%s instead of %s", before, r.instead, e.Path)
		c.actions[0].Risk = "none"
		if version != "" {
			c.evidence = append(c.evidence, at)
		} else {
			c.inferred = append(c.inferred, "that MLflow 2.0 or later runs there")
		}
		w.broken(c)
		return
	}
	if w.seen.answer.Status == 404 && w.responder() == ByApp && !w.symptom.Good {
		w.neverThere()
	}
}

// neverThere: an application that answers 404 to this path and well to others,
// where the path has never been good.
func (w *walk) neverThere() {
	e := w.symptom.Endpoint
	for _, s := range w.in.Symptoms {
		if s.Healthy && s.Endpoint.Host == e.Host && s.Endpoint.Port == e.Port && s.Endpoint.Path != e.Path {
			c := staleProbe(w, fmt.Sprintf("the application answers 404 to %s, which has never been good, while other paths of the host are", e.Place()))
			c.evidence = append(c.evidence, Evidence{Statement: fmt.Sprintf("%s is healthy", s.Endpoint.Place()), Source: "probe", At: s.At})
			c.inferred = append(c.inferred, "that the application never had the path")
			c.actions[0].Do = fmt.Sprintf("ask the owner of %s which path to probe instead of %s, or deploy what should answer there", e.Host, e.Path)
			w.broken(c)
			return
		}
	}
}

func staleProbe(w *walk, sentence string) candidate {
	e := w.symptom.Endpoint
	c := candidate{
		code: ProbeStalePath, root: e.Key,
		predicts: []prediction{{statuses: []int{404}, responders: []Responder{ByApp}}},
		say:      func([]string) string { return sentence },
		evidence: []Evidence{w.probed(fmt.Sprintf("%s: %s", e.Place(), saw(w)))},
		verify:   []string{curlCommand(w)},
	}
	c.actions = []Action{{Priority: "P1", Owner: e.Owner, DoneWhen: "the new probe is good", Done: Test{FindingGone, c.key()}}}
	return c
}

// mlflowVersion is what another probe of the host, or a question of the
// diagnosis, says at /version.
func (w *walk) mlflowVersion() (string, Evidence) {
	e := w.symptom.Endpoint
	for _, s := range w.in.Symptoms {
		if s.Endpoint.Host == e.Host && strings.HasSuffix(s.Endpoint.Path, "/version") && s.Answer.Status == 200 {
			if v := versionIn(s.Answer.Body); v != "" {
				return v, Evidence{Statement: fmt.Sprintf("%s answers version %s", s.Endpoint.Place(), v), Source: "probe", At: s.At}
			}
		}
	}
	if w.seen.answer.Status != 404 {
		return "", Evidence{} // it does not answer now
	}
	where := fmt.Sprintf("%s://%s:%d/version", e.Scheme, e.Host, e.Port)
	fact := hint(w, w.facts.Asks, topology.Asks, where, "")
	if v := versionIn(fact.Value.Body); fact.Value.Status == 200 && v != "" {
		return v, told(fact.Status, fmt.Sprintf("%s/version answers %s", e.Host, v))
	}
	return "", Evidence{}
}

// versionIn reads a bare version, or one in JSON.
func versionIn(body string) string {
	body = strings.TrimSpace(body)
	var object struct{ Version, MLflowVersion string }
	if json.Unmarshal([]byte(body), &object) == nil && object.Version != "" {
		body = object.Version
	}
	body = strings.Trim(body, `"`)
	major, rest, ok := strings.Cut(body, ".")
	if _, err := strconv.Atoi(major); err != nil || !ok || len(rest) > 20 {
		return ""
	}
	return body
}

// saidWhy is the reason in a JSON body of an error, under the usual names.
func saidWhy(body string) string {
	var object map[string]any
	if json.Unmarshal([]byte(body), &object) != nil {
		return ""
	}
	for _, key := range []string{"detail", "error", "message", "reason"} {
		if text, ok := object[key].(string); ok && text != "" {
			return brief(text)
		}
	}
	return ""
}
