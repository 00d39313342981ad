package awsapi

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// The tasks of many services are those that each of them has, read with fewer
// calls where all of the cluster fit into one.
func TestTasksOfManyServices(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		estate estate
		calls  int // for five services, running and stopped tasks
	}{
		"few tasks":         {seed(), 4},
		"too many to list":  {estate{balancers: 1, groups: 60, services: 60, broken: map[int]string{1: "crash"}}, 1 + 5 + 1 + 2},
		"nothing has ended": {estate{balancers: 1, groups: 5, services: 5}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, made := serve(t, calm, c.estate.answer)
			client.unpaced()
			var wants []topology.Want
			for s := range 5 {
				key := topology.Key("dev", fmt.Sprintf("svc-%d", s))
				wants = append(wants, want(topology.RunningTasks, key), want(topology.StoppedTasks, key))
			}
			together, alone := readAt(t, client, FactLimits{}, nil, wants...), &topology.Snapshot{}
			if n := made.all(); n != c.calls {
				t.Errorf("%d calls, want %d: %v", n, c.calls, made.count)
			}
			for _, w := range wants {
				alone.Copy(readAt(t, client, FactLimits{}, nil, w), w)
				if one, many := alone.Status(w), together.Status(w); one.State != topology.Known || many.State != topology.Known {
					t.Errorf("%+v: %+v and %+v", w, one, many)
				}
			}
			for table, of := range map[string][2]topology.Table[[]topology.Task]{
				"running": {alone.RunningTasks, together.RunningTasks}, "stopped": {alone.StoppedTasks, together.StoppedTasks},
			} {
				for key, one := range of[0] {
					if many := of[1].Of(key); !reflect.DeepEqual(one.Value, many.Value) {
						t.Errorf("%s of %s: alone %+v, with others %+v", table, key, one.Value, many.Value)
					}
				}
			}
		})
	}
}

// Where the tasks of a cluster may not be listed, each service says so.
func TestTasksOfManyServicesDenied(t *testing.T) {
	t.Parallel()
	for _, denied := range []string{"ecs:ListTasks", "ecs:DescribeTasks"} {
		client, _ := serve(t, calm, func(action, request string) (int, string) {
			if action == denied {
				return 400, refused(action, "AccessDeniedException")
			}
			return seed().answer(action, request)
		})
		client.unpaced()
		var wants []topology.Want
		for s := range 5 {
			wants = append(wants, want(topology.RunningTasks, topology.Key("dev", fmt.Sprintf("svc-%d", s))))
		}
		s := readAt(t, client, FactLimits{}, nil, wants...)
		for _, w := range wants {
			got := s.Status(w)
			runs := !strings.HasSuffix(w.Key, "-1") && !strings.HasSuffix(w.Key, "-3") // which has tasks to describe
			if (denied == "ecs:ListTasks" || runs) && (got.Why != topology.Denied || got.Action != denied) {
				t.Errorf("%s denied: %+v is %+v", denied, w, got)
			}
		}
	}
}
