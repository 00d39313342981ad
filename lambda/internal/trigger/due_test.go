package trigger

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/check"
)

var midnight = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func keysOf(checks []check.Check) []string {
	var keys []string
	for _, c := range checks {
		keys = append(keys, c.Key)
	}
	return keys
}

// every returns n checks of one interval.
func every(interval time.Duration, n int) []check.Check {
	checks := make([]check.Check, n)
	for i := range checks {
		checks[i] = check.Check{Key: fmt.Sprintf("group-%d/endpoint-%03d", i%7, i), Interval: interval}
	}
	return checks
}

// Over a day of ticks each check is due exactly once in each of its intervals,
// and the checks of one interval are spread over its minutes.
func TestIntervalsOverADay(t *testing.T) {
	const n, day = 240, 24 * 60
	for interval, minutes := range map[time.Duration]int{
		time.Minute: 1, 2 * time.Minute: 2, 5 * time.Minute: 5, 7 * time.Minute: 7, time.Hour: 60,
		0: 1, time.Second: 1, 61 * time.Second: 2, 90 * time.Second: 2, 5*time.Minute + time.Nanosecond: 6,
	} {
		t.Run(interval.String(), func(t *testing.T) {
			checks := every(interval, n)
			last := map[string]int{}
			times := map[string]int{}
			for minute := range day {
				at := midnight.Add(time.Duration(minute) * time.Minute)
				due := Due(Event{Kind: Tick, Time: at}, checks, at.Add(3*time.Second))
				if fair := n / minutes; len(due) < fair/4 || len(due) > 4*fair {
					t.Errorf("minute %d: %d due of %d every %d minutes", minute, len(due), n, minutes)
				}
				for _, c := range due {
					if before, ok := last[c.Key]; ok && minute-before != minutes || !ok && minute >= minutes {
						t.Fatalf("%s is due in minute %d, and before in %d", c.Key, minute, before)
					}
					last[c.Key] = minute
					times[c.Key]++
				}
			}
			for _, c := range checks {
				if got := times[c.Key]; got < day/minutes || got > day/minutes+1 {
					t.Errorf("%s was due %d times", c.Key, got)
				}
			}
		})
	}
}

// However often a tick comes, and whenever it arrives, it asks for the same.
func TestRepeatedTickAsksForTheSame(t *testing.T) {
	checks := append(every(7*time.Minute, 50), every(time.Minute, 3)...)
	for minute := range 60 {
		e := Event{Kind: Tick, Time: midnight.Add(time.Duration(minute) * time.Minute)}
		want := keysOf(Due(e, checks, e.Time))
		for _, later := range []time.Duration{30 * time.Second, 59 * time.Second, 61 * time.Second, 3 * time.Minute, -2 * time.Minute} {
			if got := keysOf(Due(e, checks, e.Time.Add(later))); !slices.Equal(got, want) {
				t.Errorf("%v later: %v, want %v", later, got, want)
			}
		}
		within := Event{Kind: Tick, Time: e.Time.Add(59 * time.Second)}
		if got := keysOf(Due(within, checks, e.Time)); !slices.Equal(got, want) {
			t.Errorf("at the end of the minute: %v, want %v", got, want)
		}
	}
}

// A tick without a time, or with one that cannot be meant, stands for now.
func TestTicksWithoutUsefulTime(t *testing.T) {
	checks := every(time.Hour, 600)
	now := midnight.Add(17 * time.Minute)
	want := keysOf(Due(Event{Kind: Tick, Time: now}, checks, now))
	for _, at := range []time.Time{{}, midnight.AddDate(-1, 0, 0), now.Add(-11 * time.Minute), time.Unix(1<<40, 0), time.Unix(-1<<40, 0)} {
		if got := keysOf(Due(Event{Kind: Tick, Time: at}, checks, now)); !slices.Equal(got, want) {
			t.Errorf("%v: %d due, want %d", at, len(got), len(want))
		}
	}
	for _, extreme := range []time.Time{{}, time.Unix(-1<<60, 0), time.Unix(1<<60, 0)} {
		Due(Event{Kind: Tick}, append(checks, check.Check{Key: "long", Interval: 1<<63 - 1}), extreme)
	}
}

// The minute of a key is part of what users see: it must not move with a new
// version, nor with the case of the key.
func TestTurnsAreStable(t *testing.T) {
	at := func(key string) int {
		for minute := range 60 {
			if hasTurn(&check.Check{Key: key, Interval: time.Hour}, int64(minute)) {
				return minute
			}
		}
		return -1
	}
	for key, want := range map[string]int{"registry/health": 22, "Registry/Health": 22, "api/root": 16, "web": 0} {
		if got := at(key); got != want {
			t.Errorf("%s has minute %d, want %d", key, got, want)
		}
	}
}

func TestDueOnEvents(t *testing.T) {
	on := func(key, cluster, service string) check.Check {
		group, name, _ := strings.Cut(key, "/")
		return check.Check{Key: key, Group: group, Name: name, Interval: time.Hour, RunsOn: check.RunsOn{Service: service, Cluster: cluster}}
	}
	checks := []check.Check{
		on("api/root", "dev", "api"), on("api/health", "", "api"), on("prod/root", "prod", "api"),
		on("web/home", "dev", "web"), on("site/home", "", ""), on("site/odd", "dev", ""),
	}
	dev, all := Service{"dev", "api"}, "api/root api/health prod/root web/home site/home site/odd"
	for _, tt := range []struct {
		name     string
		event    Event
		clusters []string
		want     string
	}{
		{"deployment", Event{Kind: Deployment, Service: dev}, nil, "api/root api/health"},
		{"service action", Event{Kind: ServiceAction, Service: dev}, nil, "api/root api/health"},
		{"stopped task", Event{Kind: TaskStopped, Service: dev}, nil, "api/root api/health"},
		{"the only cluster", Event{Kind: Deployment, Service: dev}, []string{"dev"}, "api/root api/health"},
		{"one of the clusters", Event{Kind: Deployment, Service: dev}, []string{"prod", "dev"}, "api/root api/health"},
		{"another cluster", Event{Kind: Deployment, Service: Service{"prod", "api"}}, []string{"dev"}, "prod/root"},
		{"old ARN", Event{Kind: Deployment, Service: Service{"", "api"}}, []string{"dev"}, "api/root api/health prod/root"},
		{"another service", Event{Kind: Deployment, Service: Service{"dev", "batch"}}, nil, ""},
		{"no service", Event{Kind: Deployment}, nil, ""},
		{"manual", Event{Kind: Manual}, nil, all},
		{"one glob", Event{Kind: Manual, Only: []string{"*/home"}}, nil, "web/home site/home"},
		{"two globs", Event{Kind: Manual, Only: []string{"site", "API/r??t"}}, nil, "api/root site/home site/odd"},
		{"no match", Event{Kind: Manual, Only: []string{"nothing"}}, nil, ""},
		{"ignored", Event{Kind: Ignored, Service: dev}, nil, ""},
		{"zero", Event{}, nil, ""},
	} {
		if got := strings.Join(keysOf(Due(tt.event, checks, midnight, tt.clusters...)), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A crash loop that ends a task every 7 s for 10 minutes has the endpoints
// probed ten times, not eighty-six.
func TestCoalesceCrashLoop(t *testing.T) {
	probed := 0
	var last time.Time
	for now := midnight; now.Before(midnight.Add(10 * time.Minute)); now = now.Add(7 * time.Second) {
		if !Coalesce(Event{Kind: TaskStopped, Time: now}, last, now) {
			probed, last = probed+1, now
		}
	}
	if probed != 10 {
		t.Errorf("probed %d times", probed)
	}
}

func TestCoalesce(t *testing.T) {
	for _, tt := range []struct {
		kind  Kind
		since time.Duration
		want  bool
	}{
		{TaskStopped, 0, true},
		{TaskStopped, 59 * time.Second, true},
		{TaskStopped, time.Minute, false},
		{TaskStopped, -time.Second, true},     // another run's clock is ahead
		{TaskStopped, -24 * time.Hour, false}, // the clock went back
		{TaskStopped, -1 << 63, false},        // and cannot go back farther
		{TaskStopped, 290 * 365 * 24 * time.Hour, false},
		{Deployment, 0, false},
		{ServiceAction, 0, false},
		{Tick, 0, false},
		{Manual, 0, false},
	} {
		if got := Coalesce(Event{Kind: tt.kind}, midnight.Add(-tt.since), midnight); got != tt.want {
			t.Errorf("%s after %v: %v", tt.kind, tt.since, got)
		}
	}
	if Coalesce(Event{Kind: TaskStopped}, time.Time{}, midnight) {
		t.Error("the first of a stream is not to be left out")
	}
}

// An event of a cluster that is not watched says nothing, unless an endpoint
// is said to run on its service.
func TestForeignEvents(t *testing.T) {
	checks := []check.Check{{Key: "a", RunsOn: check.RunsOn{Service: "shop"}}, {Key: "b", RunsOn: check.RunsOn{Service: "mail", Cluster: "staging"}}}
	arn := "arn:aws:ecs:us-east-1:123456789012:cluster/prod"
	for _, tt := range []struct {
		service  Service
		clusters []string
		want     bool
	}{
		{Service{"staging", "batch"}, []string{"prod"}, true},
		{Service{"staging", "shop"}, []string{"prod"}, true}, // shop is that of prod
		{Service{"staging", "mail"}, []string{"prod"}, false},
		{Service{"prod", "batch"}, []string{"prod"}, false},
		{Service{"prod", "batch"}, []string{arn}, false},
		{Service{"rod", "batch"}, []string{arn}, true},
		{Service{"staging", "batch"}, nil, false},
		{Service{"", "batch"}, []string{"prod"}, false},
		{Service{}, []string{"prod"}, false},
	} {
		if got := Foreign(Event{Kind: Deployment, Service: tt.service}, checks, tt.clusters); got != tt.want {
			t.Errorf("%+v, clusters %v: %v", tt.service, tt.clusters, got)
		}
	}
}
