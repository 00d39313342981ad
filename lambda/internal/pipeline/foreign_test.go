package pipeline

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// saying is what ECS says of every service.
type saying string

func (s saying) Rollout(context.Context, string, string) (string, error) { return string(s), nil }

// TestFailedDeployments: one of a cluster that is not watched is nothing to us;
// one of a watched cluster opens an incident, which ends when ECS says that the
// service is well again, whatever made it so.
func TestFailedDeployments(t *testing.T) {
	for cluster, want := range map[string]int{"staging": 0, "prod": 2} {
		t.Run(cluster, func(t *testing.T) {
			s := newSite(t)
			cfg := load(t, fmt.Sprintf(lifeConfig, s.URL)) // clusters: [prod]
			synctest.Test(t, func(t *testing.T) {
				c := newChecker(cfg, filestate.Open(filepath.Join(t.TempDir(), "state.json")))
				c.Rollouts = saying("COMPLETED")
				c.tick(t, time.Minute)
				failed := trigger.Event{
					Kind: trigger.Deployment, ID: "1", Name: "SERVICE_DEPLOYMENT_FAILED", DeploymentID: "ecs-svc/1", Reason: "tasks failed to start",
					Service: trigger.Service{Cluster: cluster, Name: "batch"}, Time: time.Now(),
				}
				if _, err := c.Handle(t.Context(), failed); err != nil {
					t.Error(err)
				}
				for range 6 {
					time.Sleep(10 * time.Minute)
					c.tick(t, time.Minute)
				}
				state, _, err := c.Store.Load(t.Context())
				if err != nil || len(state.Active()) != 0 || len(state.Services) != want/2 || len(c.out.sent) != want {
					t.Errorf("error %v, %d open, %d services known, %d messages; want none, %d, %d", err, len(state.Active()), len(state.Services), len(c.out.sent), want/2, want)
				}
			})
		})
	}
}
