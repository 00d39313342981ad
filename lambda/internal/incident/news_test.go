package incident

import (
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// crash is the end of a task of c/s.
var crash = trigger.Event{Kind: trigger.TaskStopped, Service: trigger.Service{Cluster: "c", Name: "s"}}

// TestACrashLoopProbesOnceAMinute plays events twenty seconds apart as the
// function does: the state says when the last one made it probe.
func TestACrashLoopProbesOnceAMinute(t *testing.T) {
	var s State
	probed := 0
	for n := range 30 {
		now := night.Add(time.Duration(n) * 20 * time.Second)
		news := News{Service: "c/s", Kind: TaskStopped, Name: "task stopped", Probed: !trigger.Coalesce(crash, s.TaskProbed("c/s"), now)}
		if news.Probed {
			probed++
		}
		s = decoded(t, encoded(t, newsRound(s, now, news)))
	}
	if news := s.Services["c/s"].News; probed != 10 || len(news) != 1 || news[0].Count != 30 {
		t.Errorf("probed %d times in ten minutes; counted %+v", probed, news)
	}
	if trigger.Coalesce(crash, s.TaskProbed("c/other"), night) {
		t.Error("the crash loop of one service holds back another")
	}
}

// Only a task's end that made us probe counts, and no other event wipes it out.
func TestTaskProbed(t *testing.T) {
	s := newsRound(State{}, night, News{Service: "c/s", Kind: TaskStopped, Name: "stopped", Probed: true})
	if got := s.TaskProbed("c/s"); !got.Equal(night) {
		t.Fatalf("probed at %s", got)
	}
	if got := s.TaskProbed("c/other"); !got.IsZero() {
		t.Errorf("another service was probed at %s", got)
	}
	for _, n := range []News{
		{Kind: TaskStopped, Name: "stopped"}, // coalesced
		{Kind: Other, Name: "other", Probed: true},
		{Kind: DeployStarted, Name: "started", DeploymentID: "d1", Probed: true},
		{Kind: DeployCompleted, Name: "completed", DeploymentID: "d1", Probed: true},
		{Kind: DeployCompleted, Name: "completed", DeploymentID: "unheard of", Probed: true},
		{Kind: DeployFailed, Name: "failed", DeploymentID: "d1", Probed: true},
		{Kind: DeployFailed, Name: "failed", DeploymentID: "unheard of", Probed: true},
		{Kind: DeployStarted, Name: "rollback", DeploymentID: "d1", Rollback: true, Probed: true},
	} {
		n.Service = "c/s"
		after := newsRound(s, night.Add(30*time.Second), n)
		if got := after.TaskProbed("c/s"); !got.Equal(night) {
			t.Errorf("%+v: probed at %s, want %s", n, got, night)
		}
	}
	again := newsRound(s, night.Add(time.Minute), News{EventID: "e", Service: "c/s", Kind: TaskStopped, Name: "stopped", Probed: true})
	if got := again.TaskProbed("c/s"); !got.Equal(night.Add(time.Minute)) {
		t.Errorf("probed at %s", got)
	}
	twice := newsRound(again, night.Add(3*time.Minute), News{EventID: "e", Service: "c/s", Kind: TaskStopped, Name: "stopped", Probed: true})
	if got := twice.TaskProbed("c/s"); !got.Equal(night.Add(time.Minute)) {
		t.Errorf("an event that was handled before counts: probed at %s", got)
	}
}
