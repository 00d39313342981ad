package diagnose

import (
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// with are the containers of a task that ended, by name and exit code.
func with(containers ...topology.Container) func(*topology.Task) {
	return func(t *topology.Task) { t.Containers = containers }
}

// beside is the definition of the sample with a container next to the
// application: not essential, if it is a sidecar.
func beside(s *topology.Snapshot, essential bool) {
	d := s.TaskDefinitions.Of(taskDefARN).Value
	d.Containers = append([]topology.ContainerDefinition{{Name: "agent", Essential: essential}}, d.Containers...)
	d.Containers[1].Essential = true
	s.TaskDefinitions.Put(taskDefARN, know(d, "ecs:DescribeTaskDefinition"))
}

// Only a container that its task cannot do without ends it, so only such a one
// is a crash loop, and it is named.
func TestTheContainerThatEndedTheTask(t *testing.T) {
	agent := func(exit int) topology.Container { return topology.Container{Name: "agent", Exit: code(exit)} }
	api := func(exit int) topology.Container { return topology.Container{Name: "api", Exit: code(exit)} }
	for name, c := range map[string]struct {
		containers []topology.Container
		essential  bool // the one beside the application
		level      Level
		says       string
	}{
		"a sidecar died":                     {[]topology.Container{agent(1), api(0)}, false, "", ""},
		"a sidecar died, the rest stopped":   {[]topology.Container{agent(1), api(143)}, false, Proven, "container api of api:115 exits 143"},
		"a sidecar died, and the app":        {[]topology.Container{agent(1), api(3)}, false, Proven, "container api of api:115 exits 3"},
		"the other one is essential":         {[]topology.Container{api(143), agent(1)}, true, Proven, "container agent of api:115 exits 1"},
		"it would not stop when the app did": {[]topology.Container{agent(137), api(3)}, true, Proven, "container api of api:115 exits 3"},
		"the app ended by itself":            {[]topology.Container{agent(143), api(0)}, true, "", ""},
		"one that nobody defined died":       {[]topology.Container{{Name: "aws-guardduty-agent-1", Exit: code(1)}, api(0)}, false, "", ""},
	} {
		s := down(ended("a", 1, with(c.containers...)), ended("b", 8, with(c.containers...)))
		beside(s, c.essential)
		f := concluded(caseOf(s, gatewaySays(503)))
		if (f.Code == ECSCrashLoop) != (c.level != "") || f.Code == ECSCrashLoop && (f.Level != c.level || !strings.Contains(f.Sentence, c.says)) {
			t.Errorf("%s: %s %s: %s", name, f.Code, f.Level, f.Sentence)
		}
	}
}

// Where the definition is not known, several containers may be what ended the
// task.
func TestWhichContainersAreEssentialIsNotKnown(t *testing.T) {
	two := with(topology.Container{Name: "agent", Exit: code(1)}, topology.Container{Name: "api", Exit: code(0)})
	one := with(topology.Container{Name: "api", Exit: code(1)})
	for name, c := range map[string]struct {
		change func(*topology.Task)
		want   Level
	}{"two": {two, Likely}, "one": {one, Proven}} {
		old := func(t *topology.Task) { c.change(t); t.TaskDefinition = taskDefARN + "0" }
		s := down(ended("a", 1, old), ended("b", 8, old))
		beside(s, false)
		if f := concluded(caseOf(s, gatewaySays(503))); f.Code != ECSCrashLoop || f.Level != c.want {
			t.Errorf("%s: %s %s: %s %q", name, f.Code, f.Level, f.Sentence, f.Inferred)
		}
	}
}

// A sidecar out of memory ends no task.
func TestASidecarOutOfMemory(t *testing.T) {
	oom := with(topology.Container{Name: "agent", Exit: code(137), Reason: "OutOfMemoryError: killed"}, topology.Container{Name: "api", Exit: code(1)})
	s := down(ended("a", 1, oom), ended("b", 8, oom))
	beside(s, false)
	if f := concluded(caseOf(s, gatewaySays(503))); f.Code != ECSCrashLoop || !strings.Contains(f.Sentence, "container api") {
		t.Errorf("%s %s: %s", f.Code, f.Level, f.Sentence)
	}
}
