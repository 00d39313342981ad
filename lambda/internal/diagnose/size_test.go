package diagnose

import (
	"fmt"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// crowded is the sample with so many targets in one group that fail in some way,
// and so many endpoints behind it.
func crowded(targets, endpoints int, fail func(*topology.Target)) Input {
	s := sample()
	var all []topology.Target
	var tasks []topology.Task
	for i := range targets {
		t := topology.Target{ID: fmt.Sprintf("10.0.%d.%d", 4+i/250, i%250), Port: 8001, State: "unhealthy", Reason: "Target.Timeout", Description: "Request timed out"}
		fail(&t)
		all = append(all, t)
		tasks = append(tasks, topology.Task{ID: fmt.Sprint("t", i), Address: t.ID, TaskDefinition: taskDefARN})
		s.InterfacesByAddress.Put(t.ID, know(topology.Interface{ID: fmt.Sprint("eni-", i), Address: t.ID, Subnet: "subnet-a", SecurityGroups: []string{"sg-task"}}, "ec2:DescribeNetworkInterfaces"))
	}
	s.TargetHealth.Put(groupARN, know(all, "elasticloadbalancing:DescribeTargetHealth"))
	s.RunningTasks.Put("dev|api", know(tasks, "ecs:DescribeTasks"))
	var symptoms []Symptom
	for i := range endpoints {
		symptoms = append(symptoms, gateway504(fmt.Sprintf("/api/v1/%d", i), []time.Duration{time.Minute, 10 * time.Second}[i%2]))
	}
	return caseOf(s, symptoms...)
}

// ways in which targets fail, each of which is looked into at every target.
var failingTargets = map[string]func(*topology.Target){
	"silent": func(*topology.Target) {},
	"refused": func(t *topology.Target) {
		t.Reason, t.Description = "Target.FailedHealthChecks", "Health checks failed"
	},
	"missing": func(t *topology.Target) {
		t.Reason, t.Description = "Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]"
	},
	"healthy": func(t *topology.Target) { t.State, t.Reason, t.Description = "healthy", "", "" },
}

// Sixty-four times as many targets are about that much more work, and not the
// square of it, four thousand times: the figure is a ratio of the same run, of
// the shortest of its goes.
func BenchmarkGrowthWithTargets(b *testing.B) {
	const few, times = 100, 64
	took := func(in Input) time.Duration {
		begun := time.Now()
		Rounds(in, func(*topology.Snapshot, []topology.Want) {})
		return time.Since(begun)
	}
	for name, fail := range failingTargets {
		b.Run(name, func(b *testing.B) {
			small, large := crowded(few, 1, fail), crowded(few*times, 1, fail)
			short, long := took(small), took(large)
			for b.Loop() {
				short, long = min(short, took(small)), min(long, took(large))
			}
			b.ReportMetric(float64(long)/float64(short), "times")
		})
	}
}

func BenchmarkCrowdedGroup(b *testing.B) {
	for name, fail := range failingTargets {
		b.Run(name, func(b *testing.B) {
			in := crowded(1000, 10, fail)
			for b.Loop() {
				Rounds(in, func(*topology.Snapshot, []topology.Want) {})
			}
		})
	}
}
