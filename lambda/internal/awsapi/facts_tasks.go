package awsapi

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

var (
	listTasks     = operation{"ecs", "AmazonEC2ContainerServiceV20141113.ListTasks"}
	describeTasks = operation{"ecs", "AmazonEC2ContainerServiceV20141113.DescribeTasks"}
)

func readRunningTasks(ctx context.Context, r *reading, keys []string) {
	readTasks(ctx, r, &r.to.RunningTasks, topology.RunningTasks, keys)
}

func readStoppedTasks(ctx context.Context, r *reading, keys []string) {
	readTasks(ctx, r, &r.to.StoppedTasks, topology.StoppedTasks, keys)
}

// Tasks are described a hundred at a call. From some services on it takes fewer
// calls to look at all tasks of a cluster that has no more than that.
const (
	tasksPerCall = 100
	manyServices = 4
)

// readTasks lists the tasks of each service of one cluster, all at once, and
// describes those of all services together.
func readTasks(ctx context.Context, r *reading, table *topology.Table[[]topology.Task], kind topology.Kind, keys []string) {
	cluster, _ := pair(keys[0])
	if len(keys) >= manyServices {
		if of, ok := r.tasksByService(ctx, kind, cluster); ok {
			for _, key := range keys {
				_, service := pair(key)
				putList(r, table, kind, key, append([]topology.Task{}, of["service:"+lastPart(service)]...), nil)
			}
			return
		}
	}
	listed := r.listTasks(ctx, kind, keys)
	var arns []string
	for i := range keys {
		arns = append(arns, listed[i].arns...)
	}
	tasks, failed := map[string]topology.Task{}, map[string]error{}
	for some := range slices.Chunk(arns, tasksPerCall) {
		err := r.describeTasks(ctx, cluster, some, tasks)
		for _, arn := range some {
			failed[arn] = err
		}
	}
	for i, key := range keys {
		err := listed[i].err
		all := []topology.Task{}
		for _, arn := range listed[i].arns {
			err = cmp.Or(err, failed[arn])
			if t, there := tasks[arn]; there { // one that is not has ended in between
				all = append(all, t)
			}
		}
		slices.SortFunc(all, byAge(kind))
		putList(r, table, kind, key, all, err)
	}
}

// statuses are those that ECS lists tasks by.
var statuses = map[topology.Kind]string{topology.RunningTasks: "RUNNING", topology.StoppedTasks: "STOPPED"}

type tasksPage struct {
	TaskArns  []string
	NextToken string
}

// tasksByService are all tasks of a cluster by their group, which is named for
// the service; false if there are too many, or if it does not work: then each
// service says what is wrong.
func (r *reading) tasksByService(ctx context.Context, kind topology.Kind, cluster string) (map[string][]topology.Task, bool) {
	var listed tasksPage
	in := map[string]any{"cluster": cluster, "desiredStatus": statuses[kind], "maxResults": tasksPerCall}
	if r.call(ctx, request{operation: listTasks, region: regionOf(cluster, ""), in: in, out: &listed}) != nil || listed.NextToken != "" {
		return nil, false
	}
	tasks := map[string]topology.Task{}
	if len(listed.TaskArns) > 0 && r.describeTasks(ctx, cluster, listed.TaskArns, tasks) != nil {
		return nil, false
	}
	of := map[string][]topology.Task{}
	for _, t := range tasks {
		of[t.Group] = append(of[t.Group], t)
	}
	for _, some := range of {
		slices.SortFunc(some, byAge(kind))
	}
	return of, true
}

type tasksListed struct {
	arns []string
	err  error
}

func (r *reading) listTasks(ctx context.Context, kind topology.Kind, keys []string) []tasksListed {
	listed := make([]tasksListed, len(keys))
	var wg sync.WaitGroup
	for i, key := range keys {
		wg.Go(func() {
			cluster, service := pair(key)
			in := map[string]any{"cluster": cluster, "serviceName": service, "desiredStatus": statuses[kind]}
			listed[i].arns, listed[i].err = pages(ctx, r, request{operation: listTasks, region: regionOf(cluster, ""), in: in}, func(p tasksPage) ([]string, string) { return p.TaskArns, p.NextToken })
		})
	}
	wg.Wait()
	return listed
}

type ecsTask struct {
	TaskArn, Group, TaskDefinitionArn, StartedBy, LastStatus, HealthStatus, StopCode, StoppedReason, AvailabilityZone string

	CreatedAt, StartedAt, StoppedAt epoch
	Attachments                     []struct {
		Type    string
		Details []struct{ Name, Value string }
	}
	Containers []ecsContainer
}

// ecsContainer leaves out its shares of CPU and memory, which emulators write
// in another type.
type ecsContainer struct {
	Name, Image, ImageDigest, LastStatus, HealthStatus, Reason string

	ExitCode          *int
	NetworkInterfaces []struct{ PrivateIpv4Address string }
}

func (r *reading) describeTasks(ctx context.Context, cluster string, arns []string, into map[string]topology.Task) error {
	var answer struct{ Tasks []ecsTask }
	err := r.call(ctx, request{operation: describeTasks, region: regionOf(cluster, ""), in: map[string]any{"cluster": cluster, "tasks": arns}, out: &answer})
	if err != nil {
		return err
	}
	for _, t := range answer.Tasks {
		into[t.TaskArn] = t.task()
	}
	return nil
}

func (t ecsTask) task() topology.Task {
	made := topology.Task{
		ARN: t.TaskArn, ID: lastPart(t.TaskArn), Group: t.Group, TaskDefinition: t.TaskDefinitionArn, StartedBy: t.StartedBy,
		Status: t.LastStatus, Health: t.HealthStatus, StopCode: t.StopCode, StoppedReason: redact.Text(t.StoppedReason), Zone: t.AvailabilityZone,
		Created: t.CreatedAt.time(), Started: t.StartedAt.time(), Stopped: t.StoppedAt.time(), Containers: []topology.Container{},
	}
	for _, a := range t.Attachments {
		for _, d := range a.Details {
			switch d.Name {
			case "networkInterfaceId":
				made.Interface = d.Value
			case "subnetId":
				made.Subnet = d.Value
			case "privateIPv4Address":
				made.Address = d.Value
			}
		}
	}
	for _, c := range t.Containers {
		made.Containers = append(made.Containers, topology.Container{
			Name: c.Name, Image: c.Image, Digest: c.ImageDigest, Status: c.LastStatus, Health: c.HealthStatus, Exit: c.ExitCode, Reason: redact.Text(c.Reason),
		})
		for _, n := range c.NetworkInterfaces {
			made.Address = cmp.Or(made.Address, n.PrivateIpv4Address)
		}
	}
	return made
}

// byAge has running tasks by when they were made, stopped ones the last first.
func byAge(kind topology.Kind) func(a, b topology.Task) int {
	return func(a, b topology.Task) int {
		if kind == topology.StoppedTasks {
			return cmp.Or(b.Stopped.Compare(a.Stopped), cmp.Compare(a.ARN, b.ARN))
		}
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ARN, b.ARN))
	}
}
