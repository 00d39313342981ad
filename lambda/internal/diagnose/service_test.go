package diagnose

import (
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// gateway is an error page of the load balancer.
func gateway5xx(status int, after time.Duration) Symptom {
	s := gateway504("/api/v1/x", after)
	s.Answer.Status, s.Answer.Body = status, "<html><center><h1>error</h1></center></html>"
	return s
}

func byTheApp(status int, body string) Symptom {
	s := gateway504("/api/v1/x", 40*time.Millisecond)
	s.Answer.Status, s.Answer.Server, s.Answer.ContentType, s.Answer.Body = status, "uvicorn", "application/json", body
	return s
}

func code(n int) *int { return &n }

// ended is a task of a revision that stopped some minutes before noon.
func ended(id string, ago int, change func(*topology.Task)) topology.Task {
	at := noon.Add(-time.Duration(ago) * time.Minute)
	t := topology.Task{ID: id, TaskDefinition: taskDefARN, StartedBy: "ecs-svc/2", Created: at.Add(-time.Minute), Started: at.Add(-6 * time.Second), Stopped: at, StopCode: "EssentialContainerExited", StoppedReason: "Essential container in task exited", Containers: []topology.Container{{Name: "api", Image: "api:115", Exit: code(1)}}}
	if change != nil {
		change(&t)
	}
	return t
}

func reason(text string) func(*topology.Task) {
	return func(t *topology.Task) {
		t.StopCode, t.StoppedReason, t.Started = "TaskFailedToStart", text, time.Time{}
		t.Containers[0].Exit = nil
	}
}

func memory(t *topology.Task) {
	t.Containers[0].Exit, t.Containers[0].Reason = code(137), "OutOfMemoryError: Container killed due to memory usage"
}

func sigkill(t *topology.Task) { t.Containers[0].Exit = code(137) }

func failedHealth(t *topology.Task) {
	t.StopCode, t.StoppedReason = "ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group "+groupARN+")"
	t.Started = t.Stopped.Add(-90 * time.Second)
}

// down is the sample with no task running, after these stopped.
func down(stopped ...topology.Task) *topology.Snapshot {
	s := sample()
	s.TargetHealth.Put(groupARN, know([]topology.Target{}, "elasticloadbalancing:DescribeTargetHealth"))
	s.RunningTasks.Put("dev|api", know([]topology.Task{}, "ecs:DescribeTasks"))
	s.StoppedTasks.Put("dev|api", know(stopped, "ecs:DescribeTasks"))
	ofService(s, func(v *topology.Service) {
		v.Running = 0
		v.Deployments = []topology.Deployment{{ID: "ecs-svc/2", Status: "PRIMARY", Rollout: "IN_PROGRESS", TaskDefinition: taskDefARN, Desired: 1, Failed: len(stopped), Created: noon.Add(-time.Hour)}}
	})
	return s
}

func ofService(s *topology.Snapshot, change func(*topology.Service)) {
	v := s.Services.Of("dev|api").Value
	change(&v)
	s.Services.Put("dev|api", know(v, "ecs:DescribeServices"))
}

func TestWhatStopsTasks(t *testing.T) {
	for name, c := range map[string]struct {
		stopped []topology.Task
		code    Code
		level   Level
		says    string
	}{
		"no such image":            {[]topology.Task{ended("a", 1, reason("CannotPullContainerError: failed to resolve ref api:115: not found"))}, ECSImagePull, Proven, "the image api:115 does not exist"},
		"image refused":            {[]topology.Task{ended("a", 1, reason("CannotPullContainerError: pull access denied: 403 Forbidden"))}, ECSImagePull, Proven, "may not pull"},
		"secret refused":           {[]topology.Task{ended("a", 1, reason("ResourceInitializationError: unable to pull secrets: AccessDeniedException: not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:us-east-1:123456789012:parameter/x"))}, ECSResourceInit, Proven, "lacks ssm:GetParameters"},
		"crash loop":               {[]topology.Task{ended("a", 1, nil), ended("b", 8, nil)}, ECSCrashLoop, Proven, "api:115 exits 1 after 6 s, 2 times in 15 min"},
		"memory":                   {[]topology.Task{ended("a", 1, memory)}, ECSOutOfMemory, Proven, "was killed at its memory limit"},
		"killed, nobody knows why": {[]topology.Task{ended("a", 1, sigkill), ended("b", 5, sigkill)}, ECSCrashLoop, Possible, "exits 137"},
		"health":                   {[]topology.Task{ended("a", 1, failedHealth), ended("b", 5, failedHealth)}, ECSHealthKill, Likely, "each after 90 s"},
	} {
		s := down(c.stopped...)
		out := Diagnose(caseOf(s, gateway5xx(503, 20*time.Millisecond)))
		if f := only(t, out, c.code, Cause); f.Level != c.level || !strings.Contains(f.Sentence, c.says) || len(causes(out)) != 1 {
			t.Errorf("%s: %s %q, causes %v", name, f.Level, f.Sentence, causes(out))
		}
		for what, other := range map[string]Symptom{"a minute": gateway504("/api/v1/x", time.Minute), "the application answers": byTheApp(500, "{}")} {
			if got := causes(Diagnose(caseOf(s, other))); hasCode(got, c.code) {
				t.Errorf("%s is blamed although %s", name, what)
			}
		}
		s.Fail(topology.Want{Kind: topology.StoppedTasks, Key: "dev|api"}, topology.Denied, "")
		out = Diagnose(caseOf(s, gateway5xx(503, 20*time.Millisecond)))
		if len(out.Gaps) == 0 || hasCode(causes(out), c.code) || strings.Contains(asJSON(out), "no task of api stopped") {
			t.Errorf("%s, denied: %s", name, asJSON(out))
		}
	}
}

// One crash, or crashes that are over, are no loop; nor are those of a
// deployment that has been replaced.
func TestWhatIsNoCrashLoop(t *testing.T) {
	for name, s := range map[string]*topology.Snapshot{
		"one crash":            down(ended("a", 1, nil)),
		"far apart":            down(ended("a", 1, nil), ended("b", 40, nil)),
		"of another":           down(ended("a", 1, func(t *topology.Task) { t.StartedBy = "ecs-svc/1" }), ended("b", 2, func(t *topology.Task) { t.StartedBy = "ecs-svc/1" })),
		"stopped by somebody":  down(ended("a", 1, func(t *topology.Task) { t.StopCode = "UserInitiated" }), ended("b", 2, func(t *topology.Task) { t.StopCode = "UserInitiated" })),
		"ended without errors": down(ended("a", 1, func(t *topology.Task) { t.Containers[0].Exit = code(0) }), ended("b", 2, func(t *topology.Task) { t.Containers[0].Exit = code(0) })),
	} {
		if got := causes(Diagnose(caseOf(s, gateway5xx(503, 0)))); hasCode(got, ECSCrashLoop) {
			t.Errorf("%s: %v", name, got)
		}
	}
	over := down(ended("a", 30, nil), ended("b", 35, nil))
	ofService(over, func(v *topology.Service) { v.Running = 1 })
	if got := causes(Diagnose(caseOf(over, gateway5xx(502, 0)))); hasCode(got, ECSCrashLoop) {
		t.Errorf("over: %v", got)
	}
	serves := down(ended("a", 1, nil), ended("b", 5, nil))
	ofService(serves, func(v *topology.Service) {
		v.Running = 1
		v.Deployments = append(v.Deployments, topology.Deployment{Status: "ACTIVE", Running: 1, TaskDefinition: "x/api:114"})
	})
	out := Diagnose(caseOf(serves, gateway5xx(502, 0)))
	if hasCode(causes(out), ECSCrashLoop) {
		t.Error("the old revision serves")
	}
	if f := only(t, out, ECSCrashLoop, Next); !strings.Contains(f.Actions[0].Do, "api:114") {
		t.Errorf("%+v", f.Actions)
	}
}

func TestRollBackIsToWhatIsKnownToHaveWorked(t *testing.T) {
	loop := []topology.Task{ended("a", 1, nil), ended("b", 5, nil)}
	f := only(t, Diagnose(caseOf(down(loop...), gateway5xx(503, 0))), ECSCrashLoop, Cause)
	if f.Actions[0].Command != "" || !strings.Contains(f.Actions[0].Do, "no longer to be seen") {
		t.Errorf("a revision is proposed that nobody knows to work: %+v", f.Actions[0])
	}
	old := ended("old", 50, func(t *topology.Task) {
		t.TaskDefinition, t.StopCode, t.Started = strings.Replace(taskDefARN, "115", "114", 1), "ServiceSchedulerInitiated", t.Stopped.Add(-time.Hour)
	})
	f = only(t, Diagnose(caseOf(down(append(loop, old)...), gateway5xx(503, 0))), ECSCrashLoop, Cause)
	if !strings.Contains(f.Actions[0].Command, "--task-definition "+old.TaskDefinition) {
		t.Errorf("%+v", f.Actions[0])
	}
}

func TestLastErrorNamesTheApplicationsLine(t *testing.T) {
	at := func(s int, text string) topology.LogPattern {
		return topology.LogPattern{Sample: text, Last: noon.Add(time.Duration(s) * time.Millisecond), Count: 1}
	}
	for name, c := range map[string]struct {
		log  []topology.LogPattern
		want string
	}{
		"python":     {[]topology.LogPattern{at(0, "Traceback (most recent call last):"), at(1, `File "/usr/lib/python3/site-packages/x.py", line 9, in run`), at(1, `File "/app/src/services/model_registry.py", line 26`), at(2, "SyntaxError: '(' was never closed")}, "`SyntaxError: '(' was never closed` (model_registry.py:26)"},
		"one event":  {[]topology.LogPattern{at(0, `File "/app/a.py", line 3, in f: ValueError: no key`)}, "`ValueError: no key` (a.py:3)"},
		"node":       {[]topology.LogPattern{at(0, "Error: Cannot find module 'x'")}, "`Error: Cannot find module 'x'`"},
		"nothing":    {[]topology.LogPattern{at(0, "INFO: Started server process [1]")}, ""},
		"no warning": {nil, ""},
	} {
		if quote, _, _ := lastError(c.log); quote != c.want {
			t.Errorf("%s: %q", name, quote)
		}
	}
}

func TestAGracePeriodThatIsTooShort(t *testing.T) {
	s := down(ended("a", 1, failedHealth), ended("b", 5, failedHealth))
	ofService(s, func(v *topology.Service) { v.GracePeriod = 10 * time.Second })
	started := noon.Add(-time.Minute - 90*time.Second)
	s.Logs.Put("/ecs/api|ecs/api/a", know([]topology.LogPattern{{Count: 1, Sample: "INFO: Started server process [1]", First: started.Add(time.Second)}, {Count: 1, Sample: "INFO: Application startup complete.", First: started.Add(85 * time.Second)}}, "logs:FilterLogEvents"))
	f := only(t, Diagnose(caseOf(s, gateway5xx(503, 0))), ECSHealthKill, Cause)
	if f.Level != Proven || !strings.Contains(f.Sentence, "need 85 s to start; the grace period is 10 s") || !strings.Contains(f.Actions[0].Command, "--health-check-grace-period-seconds 130") {
		t.Errorf("%s %s %+v", f.Level, f.Sentence, f.Actions)
	}
	s.Logs.Put("/ecs/api|ecs/api/a", know([]topology.LogPattern{{Count: 1, Sample: "INFO: Started server process [1]", First: started.Add(time.Second)}}, "logs:FilterLogEvents"))
	if f := only(t, Diagnose(caseOf(s, gateway5xx(503, 0))), ECSHealthKill, Cause); f.Level == Proven || strings.Contains(f.Sentence, "grace") {
		t.Errorf("a process that was started does not listen: %s", f.Sentence)
	}
}

// One dictionary tells for every server that its process runs, and that it
// listens: the first is no sign of the second.
func TestEveryServerBeginsBeforeItListens(t *testing.T) {
	for line, want := range map[string][2]bool{
		"INFO:     Started server process [1]":                 {true, false},
		"INFO:     Waiting for application startup.":           {true, false},
		"INFO:     Uvicorn running on http://0.0.0.0:8001":     {false, true},
		"[INFO] Starting gunicorn 21.2.0":                      {true, false},
		"[INFO] Listening at: http://0.0.0.0:8000 (1)":         {false, true},
		"Server listening on port 3000":                        {false, true},
		"Tomcat started on port(s): 8080 (http)":               {false, true},
		"LOG:  database system is ready to accept connections": {false, true},
		"GET /health 200":                                      {false, false},
	} {
		if begun, listens := anyServer(line); begun != want[0] || listens != want[1] {
			t.Errorf("%q: begun %v, listens %v", line, begun, listens)
		}
	}
}
