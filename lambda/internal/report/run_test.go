package report

import (
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/result"
)

func TestTally(t *testing.T) {
	for want, in := range map[string]Tally{
		"0 of 0 healthy": {},
		"3 of 3 healthy": {Total: 3, Healthy: 3},
		"9 of 14 healthy · 1 degraded · 5 failing":   {Total: 14, Healthy: 9, Degraded: 1, Failing: 5},
		"1 of 3 healthy · 1 failing · 1 not checked": {Total: 3, Healthy: 1, Failing: 1, Unjudged: 1},
	} {
		if got := in.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := Count(mixed().Results); got != (Tally{Total: 14, Healthy: 5, Degraded: 1, Failing: 8, Unjudged: 1}) {
		t.Errorf("%+v", got)
	}
}

func TestState(t *testing.T) {
	for _, tt := range []struct {
		in    result.Result
		state state
		word  string
	}{
		{result.Result{Healthy: true}, healthy, "healthy"},
		{result.Result{Healthy: true, Degraded: true}, degraded, "degraded"},
		{result.Result{Class: result.DNSTimeout}, failing, "dns.timeout"},
		{result.Result{}, failing, "failing"},
		{result.Result{Class: result.ProbeInternal}, unjudged, "probe.internal"},
		{result.Result{Class: result.ProbeSkipped}, unjudged, "probe.skipped"},
	} {
		if got := stateOf(&tt.in); got != tt.state {
			t.Errorf("%+v: state %d, want %d", tt.in, got, tt.state)
		}
		if got := State(&tt.in); got != tt.word {
			t.Errorf("%+v: %q, want %q", tt.in, got, tt.word)
		}
	}
}

// order writes groups and their names as "group(name name)".
func order(results ...result.Result) string {
	var parts []string
	for _, g := range groupsOf(results) {
		var names []string
		for _, r := range g.results {
			names = append(names, r.Name)
		}
		parts = append(parts, g.name+"("+strings.Join(names, " ")+")")
	}
	return strings.Join(parts, " ")
}

func TestGroupsInTheOrderOfAttention(t *testing.T) {
	warn := good("warn", "w1", 1)
	warn.Degraded = true
	got := order(
		good("fine", "f1", 1), good("late", "l1", 1), warn, good("fine", "f2", 1),
		bad("late", "l2", result.TCPReset, "", ""), bad("skip", "s1", result.ProbeSkipped, "", ""),
		bad("down", "d1", result.TCPReset, "", ""), good("down", "d2", 1), bad("late", "l3", result.TCPReset, "", ""),
	)
	if want := "late(l2 l3 l1) down(d1 d2) skip(s1) warn(w1) fine(f1 f2)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTitle(t *testing.T) {
	for _, tt := range []struct {
		name   string
		groups int
		want   string
	}{{"", 1, ""}, {"", 2, "without a group"}, {"a", 1, "a"}} {
		g := group{name: tt.name}
		if got := g.title(tt.groups); got != tt.want {
			t.Errorf("%q of %d groups: %q, want %q", tt.name, tt.groups, got, tt.want)
		}
	}
}

func TestNoteIsOneMoreColumn(t *testing.T) {
	note := func(r *result.Result) string { return "since " + r.Name }
	out := text(t, allHealthy(), TextOptions{Width: 80, Note: note})
	if !strings.Contains(out, "30 ms  since one\n") || !strings.Contains(out, "31 ms  since two\n") {
		t.Errorf("notes are missing:\n%s", out)
	}
}
