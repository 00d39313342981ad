package incident

import (
	"slices"
	"time"
)

// Policy is what the configuration says about incidents, with defaults filled
// in. It is immutable.
type Policy struct {
	Environment string
	Rules       []Rule   // one per endpoint, in the order of the file
	Windows     []Window // maintenance of everything
	Deployments string   // which results of deployments are told: all, problems, none
	Summary     SummaryTime

	index map[string]int
}

// NewPolicy returns the policy with its index.
func NewPolicy(p Policy) *Policy {
	p.index = make(map[string]int, len(p.Rules))
	for i := range p.Rules {
		p.index[p.Rules[i].Key] = i
	}
	return &p
}

// rule returns what holds for an endpoint; nil: it is not in the configuration.
func (p *Policy) rule(key string) *Rule {
	if i, ok := p.index[key]; ok {
		return &p.Rules[i]
	}
	return nil
}

// Rule is what holds for one endpoint.
type Rule struct {
	Key, Group, URL string // URL as reports show it
	Host            string // where it goes, to tell unrelated endpoints
	Severity        Severity
	UsersLose       string
	Owner           string
	Runbook         string
	Descriptions    []string // of its alerts
	DependsOn       []string // keys
	Service         string   // cluster/name of the ECS service that it runs on; "" unknown; /name: in one of Clusters
	Clusters        []string // in which /name may be; empty: in any

	FailureThreshold int // failing rounds in a row that open an incident
	SuccessThreshold int // good rounds in a row that resolve it
	SendOnResolved   bool
	Reminder         time.Duration // 0: by severity
	Muted            bool          // every alert is disabled: incidents are kept, nobody is told
	Windows          []Window
}

// group is what relates endpoints of one incident: an endpoint without a group
// is related to nothing but itself.
func (r *Rule) group() string {
	if r.Group == "" {
		return r.Key
	}
	return r.Group
}

// Window is a time in which problems are expected.
type Window struct {
	Start    time.Duration // since midnight
	Duration time.Duration // at most 24 h
	Location *time.Location
	Days     []time.Weekday // on which it starts; empty: every day
}

// holds reports whether the window is open. It may have begun on a day before.
func (w Window) holds(now time.Time) bool {
	local := now.In(w.Location)
	for back := range 3 { // a day of 23 hours reaches into the day after the next
		// A date has no zone: where clocks change at midnight, there is none.
		day := time.Date(local.Year(), local.Month(), local.Day()-back, 0, 0, 0, 0, time.UTC)
		// Wall clock, so that 02:00 stays 02:00 when clocks change.
		start := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, int(w.Start/time.Second), 0, w.Location)
		onDay := len(w.Days) == 0 || slices.Contains(w.Days, day.Weekday())
		if onDay && !now.Before(start) && now.Before(start.Add(w.Duration)) {
			return true
		}
	}
	return false
}

// maintenance reports whether an endpoint's problems are expected now.
func (p *Policy) maintenance(r *Rule, now time.Time) bool {
	open := func(w Window) bool { return w.holds(now) }
	return slices.ContainsFunc(p.Windows, open) || slices.ContainsFunc(r.Windows, open)
}

// SummaryTime says when the daily summary is due.
type SummaryTime struct {
	Never    bool
	At       time.Duration // since midnight
	Location *time.Location
}

// The times of an incident's life.
const (
	watchFor       = 5 * time.Minute  // good, before it is resolved
	reopenWithin   = 30 * time.Minute // after it was resolved
	causeAfter     = 5 * time.Minute  // in another way, before that is told
	lowerAfter     = 15 * time.Minute // a lower severity must do before it is taken
	unjudgedAfter  = time.Hour        // not known: that is told
	quietAfter     = 24 * time.Hour   // without a change: no more reminders
	flapHour       = time.Hour        // in which flapFlips changes are flapping
	flapDigest     = time.Hour        // between messages about what flaps
	steadyAfter    = 30 * time.Minute // without a change: flapping is over
	holdFor        = 3 * time.Minute  // a deployment holds incidents back
	deployOverdue  = 30 * time.Minute // a deployment should have ended
	unseenAfter    = 15 * time.Minute // overdue, and ECS cannot be asked: that is told
	askFailed      = 30 * time.Minute // between questions about a deployment that failed
	judgeWithin    = 15 * time.Minute // after a deployment completed its result is told, whatever is known
	correlate      = 30 * time.Minute // a deployment before a failure is worth a word
	keepEvents     = 2 * time.Hour    // ids of events
	keepPast       = 30 * 24 * time.Hour
	keepUnrecorded = 24 * time.Hour   // an incident that is over and could not be recorded
	longestGap     = 10 * time.Minute // between two rounds; beyond, nobody knows
	keepNews       = 2 * time.Hour    // of services
	keepService    = 7 * 24 * time.Hour
)

// The counts of an incident's life.
const (
	flapFlips   = 4
	recentSize  = 20
	cleanRounds = 3
	maxEvents   = 500
	maxNews     = 5
)

// reminderAfter is how often people are reminded by severity; 0: never.
var reminderAfter = map[Severity]time.Duration{SEV1: 30 * time.Minute, SEV2: 2 * time.Hour}
