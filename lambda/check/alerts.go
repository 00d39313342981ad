package check

import (
	"time"

	"go.yaml.in/yaml/v4"
)

// sns is the type of alert that is ours; all others arrive there too.
const sns = "sns"

// newAlert is an alert in which nothing is written. Two failing rounds open an
// incident, three good ones resolve it; and who was told that something broke
// is told that it works again.
func newAlert() Alert {
	return Alert{Type: sns, Enabled: true, FailureThreshold: 2, SuccessThreshold: 3, SendOnResolved: true}
}

// leastReminder is the shortest interval of reminders, as in Gatus.
const leastReminder = 5 * time.Minute

var (
	alertSection        = newSection("endpoints[].alerts[]", "an alert", alertKeys()...)
	defaultAlertSection = newSection("alerting.*.default-alert", "default-alert", alertKeys()...)
)

// alertKeys are the keys of an alert and of the default of its type alike.
func alertKeys() []key[Alert] {
	return []key[Alert]{
		{name: "type", def: sns, verdict: Adapted, field: text(func(a *Alert) *string { return &a.Type }), doc: "`sns`; alerts of every type go to the SNS topic"},
		{name: "enabled", def: "true", verdict: Supported, field: boolean(func(a *Alert) *bool { return &a.Enabled }), doc: "false: as if it were not written"},
		{name: "failure-threshold", def: "2", verdict: Supported, field: whole(1, func(a *Alert) *int { return &a.FailureThreshold }), doc: "failing rounds in a row that open an incident (Gatus: 3)"},
		{name: "success-threshold", def: "3", verdict: Supported, field: whole(1, func(a *Alert) *int { return &a.SuccessThreshold }), doc: "good rounds in a row that resolve it (Gatus: 2)"},
		{name: "send-on-resolved", def: "true", verdict: Supported, field: boolean(func(a *Alert) *bool { return &a.SendOnResolved }), doc: "tells when it is over (Gatus: false)"},
		{name: "minimum-reminder-interval", verdict: Supported, field: custom("duration", reminder), doc: "how often an open incident is recalled, at least 5m; by default its severity decides"},
		{name: "description", verdict: Supported, field: text(func(a *Alert) *string { return &a.Description }), doc: "a sentence that the message repeats"},
		{name: "provider-override", verdict: Ignored, doc: "settings of a provider", note: "has no effect: messages go to the SNS topic"},
	}
}

// reminder reads minimum-reminder-interval; zero leaves it to the severity.
func reminder(r *reader, n *yaml.Node, a *Alert) {
	d, ok := r.duration(n)
	if ok && d != 0 && d < leastReminder {
		r.fail(n, Message{Problem: quote(n.Value) + " is too short", Accepted: "0s for the default, or 5m and more"})
		return
	}
	a.Reminder = d
}

// provider is one alerting provider, of which only the default alert counts.
type provider struct{ alert Alert }

// providerSection lists what counts of a provider, and overlooks the settings of
// some forty of them.
var providerSection = newSection("alerting.*", "an alerting provider",
	key[provider]{
		name: "default-alert", verdict: Supported, field: sub(defaultAlertSection, func(p *provider) *Alert { return &p.alert }),
		doc: "what the alerts of this type leave out",
	},
	key[provider]{
		name: "overrides", verdict: Ignored, doc: "settings per group",
		note: "has no effect: messages of every group go to the SNS topic",
	},
	key[provider]{
		name: "*", verdict: Ignored, doc: "settings of the provider such as webhook-url",
		note: "has no effect, as all settings of providers but default-alert: alerts go to the SNS topic",
	},
)

// alertingSection takes any name, because a provider is nothing but a name here.
var alertingSection = newSection("alerting", "alerting",
	key[draft]{
		name: "*", verdict: Adapted, field: custom("mapping", readProvider),
		doc: "a provider of Gatus such as slack or email, or `sns`",
	},
)

// readProvider keeps the default alert of a provider, whose name ends the path.
func readProvider(r *reader, n *yaml.Node, to *draft) {
	name := r.path[len(r.path)-1].key
	p := provider{alert: newAlert()}
	p.alert.Type = name
	decode(r, n, providerSection, &p)
	if _, again := to.defaults[name]; !again {
		to.defaults[name] = p.alert
	}
}

// alerts reads the alerts of an endpoint, each over the default of its type.
func alerts(r *reader, n *yaml.Node, e *endpoint) {
	r.alertList = r.alertList[:0]
	r.each(n, "a list such as [{type: sns}]", func(_ int, item *yaml.Node) {
		a := newAlert()
		if written := r.peek(item, "type"); written != nil && !r.isNull(resolve(written)) {
			r.under("type", func() { a.Type = r.alertType(resolve(written)) })
		}
		if base, ok := e.defaults[a.Type]; ok {
			a = base
		}
		decode(r, item, alertSection, &a)
		r.alertList = append(r.alertList, a)
	})
	e.Alerts = share(r.pools.alerts, r.alertList)
}

// alertType reads the type of an alert, and says once per type that its alerts
// arrive elsewhere than in Gatus.
func (r *reader) alertType(n *yaml.Node) string {
	s, ok := r.scalar(n, "text")
	if ok && s.text != sns && !r.toldTypes[s.text] {
		r.toldTypes[s.text] = true
		r.say(n, Message{
			Level: Info, Verdict: Adapted, Got: n.Value,
			Problem: "alerts of type " + quote(n.Value) + " go to the SNS topic, which tells Slack and mail",
		})
	}
	return s.text
}

// peek returns the value of a key before its mapping is read, or nil.
func (r *reader) peek(n *yaml.Node, name string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	if value := lookup(n, name); value != nil {
		return value
	}
	for source := range r.merged(n) {
		if value := r.peek(source, name); value != nil {
			return value
		}
	}
	return nil
}
