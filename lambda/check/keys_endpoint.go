package check

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

const (
	suiteNote = "has a meaning only within suites, which are not run yet"
	sshNote   = "ssh checks read the banner and never log in; remove the ssh block, or check tcp://HOST:22"
)

// endpointSection is the table of one endpoint, ours and those of Gatus.
var endpointSection = newSection("endpoints[]", "an endpoint",
	key[endpoint]{name: "name", verdict: Supported, field: custom("text", name), doc: "required; the key of an endpoint is `group/name`, unique without regard to case"},
	key[endpoint]{name: "group", verdict: Supported, field: custom("text", group), doc: "groups endpoints in reports"},
	key[endpoint]{name: "url", verdict: Supported, field: node("URL", func(e *endpoint) **yaml.Node { return &e.url }), doc: "required; its scheme chooses the kind of check"},
	key[endpoint]{name: "enabled", def: "true", verdict: Supported, field: boolean(func(e *endpoint) *bool { return &e.enabled }), doc: "false: the endpoint must be valid, and is not checked"},
	key[endpoint]{name: "interval", def: "60s", verdict: Supported, field: custom("duration", interval), doc: "how often it is checked; at most once a minute"},
	key[endpoint]{name: "method", def: "GET", verdict: Supported, field: custom("method", method), doc: "of the HTTP request"},
	key[endpoint]{name: "headers", verdict: Supported, field: node("mapping of texts", func(e *endpoint) **yaml.Node { return &e.headers }), doc: "of the HTTP request; `Host` replaces the name in the URL; values may be references"},
	key[endpoint]{name: "body", verdict: Supported, field: node("text or reference", func(e *endpoint) **yaml.Node { return &e.body }), doc: "what is sent; may hold `[ENDPOINT_NAME]`, `[ENDPOINT_GROUP]`, `[ENDPOINT_URL]`, `[RANDOM_STRING_n]`, `[LOCAL_ADDRESS]`"},
	key[endpoint]{name: "graphql", def: "false", verdict: Supported, field: boolean(func(e *endpoint) *bool { return &e.graphql }), doc: "sends `body` as the query of a GraphQL request"},
	key[endpoint]{name: "conditions", verdict: Supported, field: node("list of conditions", func(e *endpoint) **yaml.Node { return &e.conditions }), doc: "required; what holds for a healthy endpoint"},
	key[endpoint]{name: "warn-conditions", verdict: Ours, field: node("list of conditions", func(e *endpoint) **yaml.Node { return &e.warnConditions }), doc: "what else should hold; a failure degrades the endpoint, it is never down for it"},
	key[endpoint]{name: "alerts", verdict: Supported, field: custom("list of mappings", alerts), doc: "when incidents open and resolve; without it the defaults below hold, and messages are sent too"},
	key[endpoint]{name: "maintenance-windows", verdict: Supported, field: custom("list of mappings", windows), doc: "times in which nobody is alerted"},
	key[endpoint]{name: "dns", verdict: Supported, field: custom("mapping", question), doc: "makes it a dns check, whatever the URL, which is then the server to ask"},
	key[endpoint]{name: "ssh", verdict: Adapted, field: sub(sshSection, func(e *endpoint) *endpoint { return e }), doc: "may only be empty: ssh checks read the banner"},
	key[endpoint]{name: "grpc", verdict: Ours, field: sub(grpcSection, func(e *endpoint) *endpoint { return e }), doc: "of grpc checks"},
	key[endpoint]{name: "client", verdict: Supported, field: sub(clientSection, func(e *endpoint) *client { return &e.client }), doc: "how the probe connects"},
	key[endpoint]{name: "ui", verdict: Supported, field: sub(uiSection, func(e *endpoint) *UI { return &e.UI }), doc: "what is kept out of reports"},
	key[endpoint]{name: "extra-labels", verdict: Adapted, field: labels(func(e *endpoint) *map[string]string { return &e.Labels }), doc: "fields of the log line; they are not dimensions of metrics"},
	key[endpoint]{name: "severity", def: "major", verdict: Ours, field: choice(func(e *endpoint) *Severity { return &e.Severity }, Critical, Major, Minor), doc: "how much depends on it"},
	key[endpoint]{name: "users-lose", verdict: Ours, field: text(func(e *endpoint) *string { return &e.UsersLose }), doc: "what users cannot do while it is down"},
	key[endpoint]{name: "owner", verdict: Ours, field: text(func(e *endpoint) *string { return &e.Owner }), doc: "who is responsible"},
	key[endpoint]{name: "runbook", verdict: Ours, field: text(func(e *endpoint) *string { return &e.Runbook }), doc: "where to read what to do"},
	key[endpoint]{name: "runs-on", verdict: Ours, field: sub(runsOnSection, func(e *endpoint) *RunsOn { return &e.RunsOn }), doc: "hints for the diagnosis where AWS does not tell"},
	key[endpoint]{name: "depends-on", verdict: Ours, field: node("list of keys", func(e *endpoint) **yaml.Node { return &e.requires }), doc: "keys of endpoints without which this one cannot work"},
	key[endpoint]{name: "store", verdict: Ignored, doc: "values for the next endpoint of a suite", note: suiteNote},
	key[endpoint]{name: "always-run", verdict: Ignored, doc: "runs after a failure in a suite", note: suiteNote},
)

// dnsSection is the table of the question of a dns check.
var dnsSection = newSection("endpoints[].dns", "dns",
	key[DNS]{name: "query-name", verdict: Supported, field: custom("name", queryName), doc: "the name that is asked for; required"},
	key[DNS]{name: "query-type", def: "A", verdict: Supported, field: choice(func(d *DNS) *string { return &d.QueryType }, queryTypes...), doc: "the type of record"},
)

// queryTypes are the types of records that a dns check can ask for.
var queryTypes = []string{"A", "AAAA", "CNAME", "MX", "NS", "PTR", "SRV", "TXT", "SOA", "CAA"}

// sshSection takes the empty values by which Gatus asks for the banner only.
var sshSection = newSection("endpoints[].ssh", "ssh",
	key[endpoint]{name: "username", verdict: Rejected, emptyOK: true, doc: "logs in; may only be empty", note: sshNote},
	key[endpoint]{name: "password", verdict: Rejected, emptyOK: true, doc: "logs in; may only be empty", note: sshNote},
	key[endpoint]{name: "private-key", verdict: Rejected, emptyOK: true, doc: "logs in; may only be empty", note: sshNote},
)

// grpcSection has what Gatus cannot say: it always asks for the whole server.
var grpcSection = newSection("endpoints[].grpc", "grpc",
	key[endpoint]{name: "service", verdict: Ours, field: text(func(e *endpoint) *string { return &e.GRPCService }), doc: "the name that the health service knows; empty: the whole server"},
)

// runsOnSection is the table of hints for the diagnosis.
var runsOnSection = newSection("endpoints[].runs-on", "runs-on",
	key[RunsOn]{name: "load-balancer", verdict: Ours, field: text(func(r *RunsOn) *string { return &r.LoadBalancer }), doc: "its name"},
	key[RunsOn]{name: "target-group", verdict: Ours, field: text(func(r *RunsOn) *string { return &r.TargetGroup }), doc: "its name"},
	key[RunsOn]{name: "service", verdict: Ours, field: text(func(r *RunsOn) *string { return &r.Service }), doc: "the name of the ECS service"},
	key[RunsOn]{name: "cluster", verdict: Ours, field: text(func(r *RunsOn) *string { return &r.Cluster }), doc: "the name of its cluster, where aws.clusters has several"},
)

// uiSection is the table of what reports keep to themselves.
var uiSection = newSection("endpoints[].ui", "ui",
	key[UI]{name: "hide-url", def: "false", verdict: Supported, field: boolean(func(u *UI) *bool { return &u.HideURL }), doc: "reports do not show the URL"},
	key[UI]{name: "hide-hostname", def: "false", verdict: Supported, field: boolean(func(u *UI) *bool { return &u.HideHostname }), doc: "reports do not show the host"},
	key[UI]{name: "hide-port", def: "false", verdict: Supported, field: boolean(func(u *UI) *bool { return &u.HidePort }), doc: "reports do not show the port"},
	key[UI]{name: "hide-errors", def: "false", verdict: Supported, field: boolean(func(u *UI) *bool { return &u.HideErrors }), doc: "reports do not show error texts"},
	key[UI]{name: "hide-conditions", def: "false", verdict: Supported, field: boolean(func(u *UI) *bool { return &u.HideConditions }), doc: "reports do not show conditions"},
	key[UI]{name: "dont-resolve-failed-conditions", def: "false", verdict: Supported, field: boolean(func(u *UI) *bool { return &u.DontResolveFailed }), doc: "failed conditions are shown without the values seen"},
	key[UI]{name: "resolve-successful-conditions", def: "false", verdict: Supported, field: boolean(func(u *UI) *bool { return &u.ResolveSuccessful }), doc: "conditions that hold are shown with the values seen"},
	key[UI]{name: "badge", verdict: Ignored, doc: "colours of badges", note: "has no effect: there are no badges"},
)

// name keeps the node too, because keys are compared when all are known.
func name(r *reader, n *yaml.Node, e *endpoint) {
	e.name = n
	if s, ok := r.scalar(n, "text"); ok {
		e.Name = s.text
	}
}

// group keeps the node too, to show it as written.
func group(r *reader, n *yaml.Node, e *endpoint) {
	e.group = n
	if s, ok := r.scalar(n, "text"); ok {
		e.Group = s.text
	}
}

// interval reads how often; the function runs once a minute, so less is no error
// but will not happen.
func interval(r *reader, n *yaml.Node, e *endpoint) {
	d, ok := r.duration(n)
	switch {
	case !ok:
	case d == 0:
		r.fail(n, Message{Problem: quote(n.Value) + " is not an interval", Accepted: "1m and more"})
	case d < time.Minute:
		r.warn(n, "%s is less than a minute; the endpoint is checked once a minute", quote(n.Value))
		e.Interval = time.Minute
	default:
		e.Interval = d
	}
}

// question reads the dns block.
func question(r *reader, n *yaml.Node, e *endpoint) {
	d := DNS{QueryType: queryTypes[0]}
	decode(r, n, dnsSection, &d)
	if n.Kind == yaml.MappingNode && d.QueryName == "" && r.peek(n, "query-name") == nil {
		r.fail(n, Message{Problem: "the dns block asks for no name", Accepted: "{query-name: example.com, query-type: A}"})
	}
	e.DNS = one(r.pools.questions, d)
}

// queryName reads the name that is asked for, and ends it with the dot of the root.
func queryName(r *reader, n *yaml.Node, d *DNS) {
	const accepted = "a name such as example.com, *.example.com or _sip._tcp.example.com"
	s, ok := r.scalar(n, accepted)
	if !ok {
		return
	}
	name := asciiHost(s.text)
	// A name can start with *: that is how a wildcard is asked for itself.
	if name != "." && !validHost(strings.TrimPrefix(name, "*.")) {
		r.fail(n, Message{Problem: quote(n.Value) + " is not a name that DNS can know", Accepted: accepted})
		return
	}
	d.QueryName = r.intern(strings.TrimSuffix(name, ".") + ".")
}
