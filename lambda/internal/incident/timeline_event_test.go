package incident

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// next is when a round takes place: Every after the one before, unless an event
// of it says "gap DURATION" (since the one before) or "clock -1h" (which way the
// clock jumped besides).
func (l *timeline) next(t *testing.T, round int, before time.Time) time.Time {
	if round == 1 {
		return l.Start
	}
	step := l.Every
	for _, event := range l.events[round] {
		name, rest, _ := strings.Cut(event, " ")
		switch name {
		case "gap":
			step = duration(t, rest)
		case "clock":
			step += duration(t, rest)
		}
	}
	return before.Add(step)
}

func duration(t *testing.T, text string) time.Duration {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		return 24 * duration(t, days+"h")
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// apply lets an event happen before a round:
//
//	controls silent|answered   untrusted (timings)   late DURATION (the round began that long ago)
//	ack #1 NAME   snooze #1 DURATION   remove KEY   mute KEY   unmute KEY
//	news started|completed|failed|rollback|TASK_STOPPED SERVICE DEPLOYMENT [id=EVENT] [ago=DURATION] [because=WORD]
//	rollout SERVICE COMPLETED|FAILED|IN_PROGRESS|unsaid
//	diagnosis CODE/ROOT LEVEL SEVERITY KEY … (or "checker") [!ACTION …] [short]   diagnosis nothing   diagnosis done TEST   diagnosis unconfirmed
//	    (lines of one round are one diagnosis, which follows the round; !ACTION could not be read; short: see Root)
//	gap and clock: see next
func (l *timeline) apply(t *testing.T, event string, p *Policy, s State, in *Input) State {
	words := strings.Fields(event)
	switch words[0] {
	case "gap", "clock":
	case "controls":
		in.Controls = map[string]Controls{"silent": Silent, "answered": Answered}[words[1]]
	case "untrusted":
		in.TimingsTrusted = false
	case "late":
		in.Started = in.Now.Add(-duration(t, words[1]))
	case "ack", "snooze":
		return l.people(t, words, s, in.Now)
	case "remove", "mute", "unmute":
		changed := *p
		changed.Rules = nil
		for _, rule := range p.Rules {
			if rule.Key == words[1] && words[0] == "remove" {
				continue
			}
			if rule.Key == words[1] {
				rule.Muted = words[0] == "mute"
			}
			changed.Rules = append(changed.Rules, rule)
		}
		*p = *NewPolicy(changed)
	case "news":
		in.News = news(t, words[1:], in.Now)
	case "diagnosis":
		if in.Diagnosis == nil {
			in.Diagnosis = &Diagnosis{At: in.Now, Report: fmt.Sprint("R-", in.Run), Confirmed: true}
		}
		in.Diagnosis.say(t, words[1:])
	case "rollout":
		in.Rollouts = map[string]string{words[1]: strings.TrimPrefix(words[2], "unsaid")}
	default:
		t.Fatalf("unknown event %q", event)
	}
	return s
}

func (l *timeline) people(t *testing.T, words []string, s State, now time.Time) State {
	id := ""
	for _, i := range s.Incidents {
		if strings.HasSuffix(i.ID, "-"+strings.TrimPrefix(words[1], "#")) {
			id = i.ID
		}
	}
	var err error
	if words[0] == "ack" {
		s, err = s.Acknowledge(id, words[2], now)
	} else {
		s, err = s.Snooze(id, duration(t, words[2]), now)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func news(t *testing.T, words []string, now time.Time) *News {
	n := &News{EventID: words[0] + words[2] + now.String(), Service: words[1], Name: words[0], DeploymentID: words[2], Kind: Other, At: now.Add(-10 * time.Second)}
	switch words[0] {
	case "started":
		n.Kind = DeployStarted
	case "rollback":
		n.Kind, n.Rollback, n.Reason = DeployStarted, true, "rolling back"
	case "completed":
		n.Kind = DeployCompleted
	case "failed":
		n.Kind, n.Reason = DeployFailed, "task failed to start"
	}
	for _, word := range words[3:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "id":
			n.EventID = value
		case "ago":
			n.At = now.Add(-duration(t, value))
		case "because":
			n.Reason = value
		default:
			t.Fatalf("unknown word %q", word)
		}
	}
	return n
}

// say adds what one line of a timeline says to a diagnosis.
func (d *Diagnosis) say(t *testing.T, words []string) {
	switch words[0] {
	case "nothing":
	case "unconfirmed":
		d.Confirmed = false
	case "done":
		d.Done = append(d.Done, strings.Join(words[1:], " "))
	default:
		code, root, ok := strings.Cut(words[0], "/")
		var severity Severity
		if _, err := fmt.Sscanf(words[2], "SEV%d", (*int)(&severity)); err != nil || !ok || len(words) < 4 {
			t.Fatalf("%q: expected CODE/ROOT LEVEL SEV1 KEY …", words)
		}
		self := words[3] == "checker"
		var explains, gaps []string
		short := false
		for _, word := range words[3:] {
			action, gap := strings.CutPrefix(word, "!")
			switch {
			case word == "short":
				short = true
			case gap:
				gaps = append(gaps, action+" (denied): that is not known")
			default:
				explains = append(explains, word)
			}
		}
		d.Causes = append(d.Causes, Cause{Explains: explains, Self: self, Root: Root{
			Gaps: gaps, Short: short,
			Key: words[0], Code: code, Title: root + " is broken", Level: words[1], Severity: severity, Sentence: "It is " + root + ".",
			Actions: []Action{{Priority: "P0.1", Do: "repair " + root, Command: "repair --it", Test: "finding_gone " + words[0]}},
		}})
	}
}
