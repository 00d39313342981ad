package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// terminated is the exit code of SIGTERM.
const terminated = 143

// culprit is the container that ended a task: one that ends with an error ends
// the task only if it is essential to it. Once one has ended, ECS ends the
// others by SIGTERM and SIGKILL, so another code says more than theirs. Guessed:
// there are several, and the definition that says which are essential is not
// known. A zero one: none ended with an error.
func culprit(t topology.Task, d *topology.TaskDefinition) (found topology.Container, guessed bool) {
	for _, c := range t.Containers { // without one of them the task does not start at all
		if strings.Contains(c.Reason, "CannotPull") || strings.Contains(c.Reason, "ResourceInitializationError") {
			return c, false
		}
	}
	essential, known := essentialOf(t, d)
	left := slices.DeleteFunc(slices.Clone(t.Containers), func(c topology.Container) bool { return known && !slices.Contains(essential, c.Name) })
	guessed = !known && len(t.Containers) > 1
	for _, tells := range []func(topology.Container) bool{
		func(c topology.Container) bool { return c.Reason != "" },
		func(c topology.Container) bool { return failed(c) && *c.Exit != killed && *c.Exit != terminated },
		func(c topology.Container) bool { return failed(c) && *c.Exit == killed },
		func(c topology.Container) bool { return failed(c) && !slices.ContainsFunc(left, finished) },
	} {
		if i := slices.IndexFunc(left, tells); i >= 0 {
			return left[i], guessed
		}
	}
	return topology.Container{}, false
}

// guess is what is inferred where it is not known which containers end the task.
func (s stop) guess() []string {
	if !s.guessed {
		return nil
	}
	return []string{fmt.Sprintf("that the container %s is what ended the task: which containers of %s are essential is not known", s.container.Name, revision(s.TaskDefinition))}
}

func failed(c topology.Container) bool { return c.Exit != nil && *c.Exit != 0 }

func finished(c topology.Container) bool { return c.Exit != nil && *c.Exit == 0 }

// essentialOf are the containers that a task cannot do without; false if its
// definition is not known. Every definition has one at least.
func essentialOf(t topology.Task, d *topology.TaskDefinition) (names []string, known bool) {
	if d == nil || d.ARN != t.TaskDefinition {
		return nil, false
	}
	for _, c := range d.Containers {
		if c.Essential {
			names = append(names, c.Name)
		}
	}
	return names, len(names) > 0
}
