package incident

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// written is a timeline as its file holds it.
type written struct {
	About       string
	Start       time.Time // of the first round; 2026-03-02 10:00 UTC, a Monday, if absent
	Every       time.Duration
	Deployments string
	Summary     string // HH:MM ZONE
	Windows     []string
	Endpoints   []endpointRule
	Rounds      string // a line per endpoint: its key, then one character per round; .*5 is five of them
	Events      string // ROUND EVENT …; see apply
	Expect      string // ROUND[-ROUND] TRANSITION; see shown
	Facts       string // ROUND KIND[#INCIDENT] PATH = VALUE
}

type endpointRule struct {
	Key, Host, Severity, Service string
	Fails, Goods                 int
	Needs, Windows               []string
	Muted                        bool
	Untold                       bool // send-on-resolved: false
	Reminder                     time.Duration
}

// timeline is one that can be played.
type timeline struct {
	written
	last     int
	outcomes map[string][]rune // by endpoint
	events   map[int][]string
	expected map[int][]string
	facts    map[int][]fact
}

// fact is what a notice of a kind must say.
type fact struct{ kind, path, want string }

func readTimeline(t *testing.T, file string) *timeline {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l := &timeline{outcomes: map[string][]rune{}, events: map[int][]string{}, expected: map[int][]string{}, facts: map[int][]fact{}}
	if err := yaml.Load(data, &l.written, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	if l.About == "" || l.Expect == "" {
		t.Fatal("a timeline needs about and expect")
	}
	if l.Start.IsZero() {
		l.Start = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	}
	l.Every = cmp.Or(l.Every, time.Minute)
	l.readRounds(t)
	each(t, l.Events, func(round int, text string) { l.events[round] = append(l.events[round], text) })
	each(t, strings.TrimPrefix(l.Expect, "nothing"), func(round int, text string) {
		if round > l.last {
			t.Fatalf("expected in round %d of %d", round, l.last)
		}
		l.expected[round] = append(l.expected[round], text)
	})
	each(t, l.Facts, func(round int, text string) {
		where, want, _ := strings.Cut(text, " = ")
		kind, path, _ := strings.Cut(where, " ")
		l.facts[round] = append(l.facts[round], fact{kind, path, want})
	})
	return l
}

func (l *timeline) readRounds(t *testing.T) {
	for line := range strings.Lines(l.Rounds) {
		fields := strings.Fields(line)
		row := unrolled(t, strings.Join(fields[1:], " "))
		if !slices.ContainsFunc(l.Endpoints, func(e endpointRule) bool { return e.Key == fields[0] }) {
			t.Fatalf("rounds of %s, which is no endpoint", fields[0])
		}
		if l.last != 0 && l.last != len(row) {
			t.Fatalf("%s has %d rounds, others have %d", fields[0], len(row), l.last)
		}
		l.last, l.outcomes[fields[0]] = len(row), row
	}
}

// unrolled writes .*3x as ...x.
func unrolled(t *testing.T, text string) []rune {
	var row []rune
	for word := range strings.FieldsSeq(text) {
		head, count, many := strings.Cut(word, "*")
		row = append(row, []rune(head)...)
		if !many {
			continue
		}
		n, err := strconv.Atoi(count)
		if err != nil {
			t.Fatalf("%q: after * comes a number and a blank", word)
		}
		row = append(row, slices.Repeat(row[len(row)-1:], n-1)...)
	}
	return row
}

// each calls do for every line and round that the line begins with.
func each(t *testing.T, text string, do func(round int, text string)) {
	for line := range strings.Lines(text) {
		rounds, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		from, to, isRange := strings.Cut(rounds, "-")
		if !isRange {
			to = from
		}
		first, err := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err != nil || err2 != nil {
			t.Fatalf("%q does not begin with a round", line)
		}
		for round := first; round <= last; round++ {
			do(round, strings.TrimSpace(rest))
		}
	}
}

func (l *timeline) policy(t *testing.T) *Policy {
	p := Policy{Environment: "test", Deployments: cmp.Or(l.Deployments, "all"), Windows: windows(t, l.written.Windows), Summary: SummaryTime{Never: true}}
	if at, zone, ok := strings.Cut(l.written.Summary, " "); ok {
		p.Summary = SummaryTime{At: clock(t, at), Location: location(t, zone)}
	}
	for _, e := range l.Endpoints {
		p.Rules = append(p.Rules, e.rule(t))
	}
	return NewPolicy(p)
}

func (e endpointRule) rule(t *testing.T) Rule {
	group, _, ok := strings.Cut(e.Key, "/")
	if !ok {
		group = ""
	}
	severity := map[string]Severity{"critical": SEV1, "": SEV2, "major": SEV2, "minor": SEV3}[e.Severity]
	return Rule{
		Key: e.Key, Group: group, URL: "https://" + e.Key, Host: cmp.Or(e.Host, e.Key), Severity: severity, Service: e.Service,
		FailureThreshold: cmp.Or(e.Fails, 2), SuccessThreshold: cmp.Or(e.Goods, 3), DependsOn: e.Needs, Windows: windows(t, e.Windows),
		Muted: e.Muted, SendOnResolved: !e.Untold, Reminder: e.Reminder,
	}
}

// windows reads "02:00 1h30m", with a zone and weekdays if need be:
// "02:00 1h30m Europe/Berlin Mon Sat".
func windows(t *testing.T, texts []string) []Window {
	var all []Window
	for _, text := range texts {
		fields := append(strings.Fields(text), "UTC")
		length, err := time.ParseDuration(fields[1])
		if err != nil {
			t.Fatal(err)
		}
		w := Window{Start: clock(t, fields[0]), Duration: length, Location: location(t, fields[2])}
		for _, day := range fields[min(3, len(fields)-1) : len(fields)-1] {
			w.Days = append(w.Days, time.Weekday(slices.Index([]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}, day)))
		}
		all = append(all, w)
	}
	return all
}

func clock(t *testing.T, text string) time.Duration {
	at, err := time.Parse("15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
}

func location(t *testing.T, name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// outcome is what one character of a round stands for.
var outcomeOf = map[rune]result.Result{
	'.': {Healthy: true},
	'd': {Healthy: true, Degraded: true, Conditions: []result.Condition{
		{Condition: "[STATUS] == 200", Healthy: true, Display: "[STATUS] == 200"},
		{Condition: "[CERTIFICATE_EXPIRATION] > 14d", Warning: true, Display: "[CERTIFICATE_EXPIRATION] (9d) > 14d"},
	}},
	'x': {Class: result.HTTPStatus, Phase: result.PhaseAssert, Status: 503, Error: "status 503, want 200"},
	'r': {Class: result.TCPRefused, Phase: result.PhaseTCP, Error: "connection refused"},
	't': {Class: result.TCPTimeout, Phase: result.PhaseTCP, Error: "no answer"},
	'h': {Class: result.HTTPTimeout, Phase: result.PhaseTTFB, Error: "no answer in 10 s"},
	'n': {Class: result.DNSNXDomain, Phase: result.PhaseDNS, Error: "no such name"},
	'l': {Class: result.AssertLatency, Phase: result.PhaseAssert, Error: "4 s, want 2 s"},
	'p': {Class: result.TCPRefused, Phase: result.PhaseTCP, Error: "one of two refuses", Addresses: []result.Address{{Healthy: true}, {}}},
	'?': {Class: result.ProbeSkipped, Error: "the secret cannot be read"},
	'!': {Class: result.ProbeInternal, Error: "out of file descriptors"},
}

// results are those of a round; - is an endpoint that was not probed.
func (l *timeline) results(round int, started time.Time) []result.Result {
	var results []result.Result
	for _, e := range l.Endpoints {
		row := l.outcomes[e.Key]
		if row == nil || row[round-1] == '-' {
			continue
		}
		r := outcomeOf[row[round-1]]
		r.Key, r.Started = e.Key, started
		results = append(results, r)
	}
	return results
}
