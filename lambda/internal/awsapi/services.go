package awsapi

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Service is an ECS service as DescribeServices has it.
type Service struct {
	Cluster, Name string
	Status        string // ACTIVE, DRAINING, INACTIVE
	Deployments   []Deployment
}

// Deployment is one deployment of a service that has not been cleaned up yet.
type Deployment struct {
	ID      string // as in events: ecs-svc/…
	Status  string // PRIMARY: the one that is wanted, ACTIVE: being replaced, INACTIVE
	Rollout string // IN_PROGRESS, COMPLETED, FAILED; "" where ECS does not say
	Reason  string // prose of ECS for Rollout
	Created time.Time
	Updated time.Time

	Desired, Running, Pending, Failed int // tasks
}

// Deployment returns the one with that id; false if ECS does not list it any
// more, because another has replaced it.
func (s Service) Deployment(id string) (Deployment, bool) {
	for _, d := range s.Deployments {
		if d.ID == id {
			return d, true
		}
	}
	return Deployment{}, false
}

// Service asks ECS about one service and its deployments.
func (c *Client) Service(ctx context.Context, cluster, name string) (Service, error) {
	var answer servicesAnswer
	doing := fmt.Sprintf("asking ECS about the service %s of the cluster %s", name, cluster)
	err := c.call(ctx, request{
		operation: describeServices, region: regionOf(cluster, c.config.Region), doing: doing,
		in: map[string]any{"cluster": cluster, "services": []string{name}}, out: &answer,
	})
	if err != nil {
		return Service{}, err
	}
	if len(answer.Services) == 0 {
		reason := "MISSING"
		if len(answer.Failures) > 0 && answer.Failures[0].Reason != "" {
			reason = answer.Failures[0].Reason
		}
		return Service{}, fmt.Errorf("%s: there is no such service (%s)", doing, reason)
	}
	return answer.service(cluster), nil
}

// servicesAnswer is as much of the answer as is used.
type servicesAnswer struct {
	Services []struct {
		ServiceName string
		Status      string
		Deployments []struct {
			ID                 string
			Status             string
			RolloutState       string
			RolloutStateReason string
			CreatedAt          epoch
			UpdatedAt          epoch
			DesiredCount       int
			RunningCount       int
			PendingCount       int
			FailedTasks        int
		}
	}
	Failures []struct{ Reason string }
}

func (a servicesAnswer) service(cluster string) Service {
	found := a.Services[0]
	s := Service{Cluster: cluster, Name: found.ServiceName, Status: found.Status}
	for _, d := range found.Deployments {
		s.Deployments = append(s.Deployments, Deployment{
			ID: d.ID, Status: d.Status, Rollout: d.RolloutState, Reason: d.RolloutStateReason,
			Created: d.CreatedAt.time(), Updated: d.UpdatedAt.time(),
			Desired: d.DesiredCount, Running: d.RunningCount, Pending: d.PendingCount, Failed: d.FailedTasks,
		})
	}
	return s
}

// epoch is a time as seconds since 1970 with a fraction.
type epoch float64

func (e epoch) time() time.Time {
	if e <= 0 || e > 253402300799 { // the end of the year 9999: JSON has no form for later times
		return time.Time{}
	}
	seconds, fraction := math.Modf(float64(e))
	return time.Unix(int64(seconds), int64(math.Round(fraction*1e3))*1e6).UTC()
}
