package awsapi

import (
	"cmp"
	"context"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

var (
	listServices           = operation{"ecs", "AmazonEC2ContainerServiceV20141113.ListServices"}
	listServiceDeployments = operation{"ecs", "AmazonEC2ContainerServiceV20141113.ListServiceDeployments"}
)

func readServiceNames(ctx context.Context, r *reading, cluster string) {
	type page struct {
		ServiceArns []string
		NextToken   string
	}
	names, err := pages(ctx, r, request{operation: listServices, region: regionOf(cluster, ""), in: map[string]any{"cluster": cluster}}, func(p page) (some []string, next string) {
		for _, arn := range p.ServiceArns {
			some = append(some, lastPart(arn))
		}
		return some, p.NextToken
	})
	slices.Sort(names)
	putList(r, &r.to.ServiceNames, topology.ServiceNames, cluster, names, err)
}

type ecsServicesAnswer struct {
	Services []ecsService
	Failures []ecsFailure
}

type ecsFailure struct{ Arn, Reason, Detail string }

type ecsService struct {
	ServiceArn, ClusterArn, ServiceName, Status, TaskDefinition string

	DesiredCount, RunningCount, PendingCount whole
	DeploymentController                     struct{ Type string }
	HealthCheckGracePeriodSeconds            whole
	LoadBalancers                            []ecsBalancer
	ServiceRegistries                        []ecsRegistry
	NetworkConfiguration                     ecsNetwork
	Deployments                              []ecsDeployment
	TaskSets                                 []ecsTaskSet
	Events                                   []struct {
		CreatedAt epoch
		Message   string
	}
}

type ecsBalancer struct {
	TargetGroupArn, ContainerName string

	ContainerPort         whole
	AdvancedConfiguration struct{ AlternateTargetGroupArn string }
}

type ecsRegistry struct {
	RegistryArn         string
	Port, ContainerPort whole
}

type ecsNetwork struct {
	AwsvpcConfiguration struct {
		Subnets, SecurityGroups []string
		AssignPublicIP          string
	}
}

type ecsDeployment struct {
	ID, Status, RolloutState, RolloutStateReason, TaskDefinition string

	DesiredCount, RunningCount, PendingCount, FailedTasks whole
	CreatedAt, UpdatedAt                                  epoch
}

// ecsTaskSet takes the place of a deployment where CodeDeploy or another
// controller deploys.
type ecsTaskSet struct {
	ID, Status, TaskDefinition string

	ComputedDesiredCount, RunningCount, PendingCount whole
	CreatedAt, UpdatedAt                             epoch
	LoadBalancers                                    []ecsBalancer
	ServiceRegistries                                []ecsRegistry
	NetworkConfiguration                             ecsNetwork
}

// readServices gets services of one cluster, at most ten.
func readServices(ctx context.Context, r *reading, keys []string) {
	cluster, _ := pair(keys[0])
	names, open := []string{}, map[string]string{} // name → key
	for _, key := range keys {
		_, name := pair(key)
		names = append(names, name)
		open[lastPart(name)] = key
	}
	var answer ecsServicesAnswer
	err := r.call(ctx, request{operation: describeServices, region: regionOf(cluster, ""), in: map[string]any{"cluster": cluster, "services": names}, out: &answer})
	for _, s := range answer.Services {
		if key, asked := open[s.ServiceName]; asked && err == nil {
			put(r, &r.to.Services, topology.Services, key, s.service(cluster))
			delete(open, s.ServiceName)
		}
	}
	for _, f := range answer.Failures {
		if key, asked := open[lastPart(f.Arn)]; asked && err == nil && f.Reason == "MISSING" {
			r.missing(topology.Services, key)
			delete(open, lastPart(f.Arn))
		}
	}
	for _, name := range names {
		if key, unanswered := open[lastPart(name)]; unanswered {
			r.fail(topology.Services, key, cmp.Or(err, errLeftOut))
		}
	}
}

func (s ecsService) service(cluster string) topology.Service {
	made := topology.Service{
		ARN: s.ServiceArn, Cluster: cmp.Or(lastPart(s.ClusterArn), lastPart(cluster)), Name: s.ServiceName, Status: s.Status,
		Desired: int(s.DesiredCount), Running: int(s.RunningCount), Pending: int(s.PendingCount), TaskDefinition: s.TaskDefinition,
		Controller: s.DeploymentController.Type, GracePeriod: time.Duration(s.HealthCheckGracePeriodSeconds) * time.Second,
		Balancers: balancersOf(s.LoadBalancers), Registries: registriesOf(s.ServiceRegistries),
		Deployments: []topology.Deployment{}, Events: []topology.Event{}, Network: s.NetworkConfiguration.network(),
	}
	for _, d := range s.Deployments {
		made.Deployments = append(made.Deployments, topology.Deployment{
			ID: d.ID, Status: d.Status, Rollout: d.RolloutState, Reason: redact.Text(d.RolloutStateReason), TaskDefinition: d.TaskDefinition,
			Desired: int(d.DesiredCount), Running: int(d.RunningCount), Pending: int(d.PendingCount), Failed: int(d.FailedTasks),
			Created: d.CreatedAt.time(), Updated: d.UpdatedAt.time(),
		})
	}
	for _, t := range s.TaskSets {
		t.addTo(&made)
	}
	slices.SortStableFunc(made.Deployments, func(a, b topology.Deployment) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), b.Created.Compare(a.Created))
	})
	for _, e := range s.Events {
		made.Events = append(made.Events, topology.Event{At: e.CreatedAt.time(), Text: redact.Text(e.Message)})
	}
	slices.SortStableFunc(made.Events, func(a, b topology.Event) int { return b.At.Compare(a.At) })
	made.Events = made.Events[:min(len(made.Events), 20)]
	return made
}

// addTo adds a task set as the deployment that it is. The primary one tells
// what the service itself leaves out then.
func (t ecsTaskSet) addTo(s *topology.Service) {
	s.Deployments = append(s.Deployments, topology.Deployment{
		ID: t.ID, Status: t.Status, TaskDefinition: t.TaskDefinition,
		Desired: int(t.ComputedDesiredCount), Running: int(t.RunningCount), Pending: int(t.PendingCount),
		Created: t.CreatedAt.time(), Updated: t.UpdatedAt.time(),
	})
	s.Balancers = append(s.Balancers, balancersOf(t.LoadBalancers)...)
	s.Registries = append(s.Registries, registriesOf(t.ServiceRegistries)...)
	if t.Status != "PRIMARY" {
		return
	}
	s.TaskDefinition = cmp.Or(s.TaskDefinition, t.TaskDefinition)
	if len(s.Network.Subnets) == 0 {
		s.Network = t.NetworkConfiguration.network()
	}
}

// rank has the primary deployment first.
func rank(d topology.Deployment) int {
	if d.Status == "PRIMARY" {
		return 0
	}
	return 1
}

// balancersOf counts the other group of a blue/green service, too: the service
// feeds both, and which one gets traffic changes with each deployment.
func balancersOf(read []ecsBalancer) []topology.ServiceBalancer {
	all := []topology.ServiceBalancer{}
	for _, b := range read {
		for _, group := range []string{b.TargetGroupArn, b.AdvancedConfiguration.AlternateTargetGroupArn} {
			if group != "" {
				all = append(all, topology.ServiceBalancer{TargetGroup: group, Container: b.ContainerName, Port: int(b.ContainerPort)})
			}
		}
	}
	return all
}

func registriesOf(read []ecsRegistry) []topology.Registry {
	all := []topology.Registry{}
	for _, g := range read {
		all = append(all, topology.Registry{ARN: g.RegistryArn, Port: int(cmp.Or(g.Port, g.ContainerPort))})
	}
	return all
}

func (n ecsNetwork) network() topology.TaskNetwork {
	c := n.AwsvpcConfiguration
	return topology.TaskNetwork{Subnets: c.Subnets, SecurityGroups: c.SecurityGroups, PublicIP: c.AssignPublicIP == "ENABLED"}
}

// remembered is how far back deployments are asked for.
const remembered = 7 * 24 * time.Hour

func readServiceDeployments(ctx context.Context, r *reading, key string) {
	type page struct {
		ServiceDeployments []struct {
			ServiceDeploymentArn, Status, StatusReason string

			CreatedAt, FinishedAt epoch
		}
		NextToken string
	}
	cluster, name := pair(key)
	since := r.limits.Now().Add(-remembered).Unix()
	in := map[string]any{"cluster": cluster, "service": name, "createdAt": map[string]any{"after": since}}
	all, err := pages(ctx, r, request{operation: listServiceDeployments, region: regionOf(cluster, ""), in: in}, func(p page) (some []topology.ServiceDeployment, next string) {
		for _, d := range p.ServiceDeployments {
			some = append(some, topology.ServiceDeployment{ARN: d.ServiceDeploymentArn, Status: d.Status, Reason: redact.Text(d.StatusReason), Created: d.CreatedAt.time(), Finished: d.FinishedAt.time()})
		}
		return some, p.NextToken
	})
	slices.SortStableFunc(all, func(a, b topology.ServiceDeployment) int { return b.Created.Compare(a.Created) })
	putList(r, &r.to.ServiceDeployments, topology.ServiceDeployments, key, all, err)
}
