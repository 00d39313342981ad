package check

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
	"hokus.ai/tidewatch/lambda/internal/redact"
)

// namesEnvironment reports whether a metric dimension and a file name can hold
// a name. It is read by hand, as regions are: to compile a pattern takes longer
// than to read the rest of a small file.
func namesEnvironment(name string) bool {
	return name != "" && len(name) <= 64 && !strings.ContainsAny(name[:1], "._-") &&
		!strings.ContainsFunc(name, func(c rune) bool { return !isWordRune(c) && c != '.' && c != '-' && c != '_' })
}

// isWordRune reports whether c is an ASCII letter or digit.
func isWordRune(c rune) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// environment reads the name of the installation.
func environment(r *reader, n *yaml.Node, d *draft) {
	const accepted = "up to 64 letters, digits, dots, dashes and underscores"
	s, ok := r.scalar(n, accepted)
	if !ok {
		return
	}
	if !namesEnvironment(s.text) {
		r.fail(n, Message{Problem: quote(n.Value) + " cannot name an environment", Accepted: accepted})
		return
	}
	d.config.Environment = s.text
}

// tracker reads where the work on what fails is followed. Reports show it, so
// it may hold no password.
func tracker(r *reader, n *yaml.Node, d *draft) {
	const accepted = "a URL of up to 300 bytes without a password, such as https://tracker.example.com/issues"
	s, ok := r.scalar(n, accepted)
	if !ok {
		return
	}
	u, err := url.Parse(s.text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || len(s.text) > 300 || redact.Text(s.text) != s.text {
		r.fail(n, Message{Problem: "this is no address of a tracker", Accepted: accepted})
		return
	}
	d.config.Tracker = s.text
}

// RegionPattern is the form of all regions of AWS, as a regular expression: two
// letters, or eusc for its European Sovereign Cloud; a word or two; a digit.
const RegionPattern = `(?:[a-z]{2}|eusc)(?:-[a-z]+){1,2}-[1-9]`

// namesRegion reports whether a name is as RegionPattern says.
func namesRegion(name string) bool {
	parts := strings.Split(name, "-")
	last := len(parts) - 1
	if last < 2 || last > 3 || len(parts[0]) != 2 && parts[0] != "eusc" || len(parts[last]) != 1 || parts[last][0] < '1' || parts[last][0] > '9' {
		return false
	}
	return !slices.ContainsFunc(parts[:last], func(part string) bool {
		return part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz") != ""
	})
}

// region reads where the diagnosis looks.
func region(r *reader, n *yaml.Node, a *AWS) {
	const accepted = "a region such as us-east-1"
	s, ok := r.scalar(n, accepted)
	if !ok {
		return
	}
	if !namesRegion(s.text) {
		r.fail(n, Message{Problem: quote(n.Value) + " is not a region of AWS", Accepted: accepted})
		return
	}
	a.Region = s.text
}

// metrics takes our choices, and overlooks the switch that Gatus has under the
// same name.
func metrics(r *reader, n *yaml.Node, d *draft) {
	choices := []string{"endpoint", "group", "environment"}
	s, ok := r.scalar(n, strings.Join(choices, ", "))
	if !ok {
		return
	}
	if _, isSwitch := parseBool(s.text); isSwitch && !s.quoted {
		const note = "true and false have no effect here: metrics always go to CloudWatch"
		r.used[r.schema[0].find("metrics")]--
		r.noteValue("metrics (true, false)", note, Ignored)
		r.say(n, Message{Level: Info, Problem: note, Got: n.Value, Accepted: strings.Join(choices, ", "), Verdict: Ignored})
		return
	}
	if i, ok := r.choose(n, choices); ok {
		d.config.Metrics = choices[i]
	}
}

// summaryAt reads the hour, and keeps it as written.
func summaryAt(r *reader, n *yaml.Node, s *Summary) {
	text, ok := r.scalar(n, acceptedClock)
	if !ok {
		return
	}
	if _, ok := parseClock(text.text); !ok {
		r.fail(n, Message{Problem: quote(n.Value) + " is not a time of day", Accepted: acceptedClock})
		return
	}
	s.At = text.text
}

// connectivity reads the control probe, which is useless without a target.
func connectivity(r *reader, n *yaml.Node, d *draft) {
	c := Connectivity{Interval: defaultInterval}
	decode(r, n, connectivitySection, &c)
	if n.Kind != yaml.MappingNode {
		return
	}
	if checker := r.peek(n, "checker"); checker == nil || r.peek(resolve(checker), "target") == nil {
		r.fail(n, Message{Problem: "there is no checker with a target", Accepted: "checker: {target: HOST:PORT, interval: 60s}"})
		return
	}
	d.config.Connectivity = &c
}

// checkerTarget reads an address that can be connected to.
func checkerTarget(r *reader, n *yaml.Node, c *Connectivity) {
	const accepted = "HOST:PORT such as 1.1.1.1:53"
	s, ok := r.scalar(n, accepted)
	if !ok {
		return
	}
	host, port, err := net.SplitHostPort(s.text)
	host = asciiHost(host)
	number, portErr := strconv.ParseUint(port, 10, 16)
	if err != nil || portErr != nil || number == 0 || !validHost(host) {
		r.fail(n, Message{Problem: quote(redact.URL(n.Value)) + " is not a target", Accepted: accepted})
		return
	}
	c.Target = net.JoinHostPort(host, port)
}

// anchorHolder accepts keys of the top level that only hold values for aliases
// elsewhere: those that start with x-, and those whose value, or every part of
// it, carries an anchor.
func anchorHolder(_ *reader, name, value *yaml.Node, _ *draft) bool {
	if strings.HasPrefix(name.Value, "x-") || value.Anchor != "" {
		return true
	}
	parts, step := value.Content, 1
	if value.Kind == yaml.MappingNode {
		parts, step = value.Content[min(1, len(value.Content)):], 2
	}
	for i := 0; i < len(parts); i += step {
		if parts[i].Anchor == "" {
			return false
		}
	}
	return len(parts) > 0
}

// newConfig returns a configuration in which nothing is written.
func newConfig() *Config {
	return &Config{
		Environment: "default",
		Summary:     Summary{Every: "day", At: "08:00", Timezone: time.UTC},
		Metrics:     "endpoint",
		Deployments: "problems",
	}
}
