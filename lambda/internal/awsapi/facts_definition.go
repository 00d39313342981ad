package awsapi

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

var describeTaskDefinition = operation{"ecs", "AmazonEC2ContainerServiceV20141113.DescribeTaskDefinition"}

type definitionAnswer struct {
	TaskDefinition struct {
		TaskDefinitionArn, Family, ExecutionRoleArn string

		Revision             whole
		CPU, Memory          words
		ContainerDefinitions []ecsContainerDefinition
	}
}

// ecsContainerDefinition: values are read to find addresses in them and go no
// further than containerDefinition. Of secrets only the names are read.
type ecsContainerDefinition struct {
	Name, Image               string
	Essential                 *bool
	Memory, MemoryReservation whole
	PortMappings              []struct{ ContainerPort whole }
	Environment               []struct{ Name, Value string }
	Secrets                   []struct{ Name string }
	Command, EntryPoint       []string
	HealthCheck               *struct{ Command []string }
	LogConfiguration          struct {
		LogDriver string
		Options   map[string]string
	}
}

func readTaskDefinition(ctx context.Context, r *reading, arn string) {
	var answer definitionAnswer
	err := r.call(ctx, request{operation: describeTaskDefinition, region: regionOf(arn, ""), in: map[string]any{"taskDefinition": arn}, out: &answer})
	if err != nil {
		r.fail(topology.TaskDefinitions, arn, err)
		return
	}
	d := answer.TaskDefinition
	made := topology.TaskDefinition{
		ARN: d.TaskDefinitionArn, Family: d.Family, Revision: int(d.Revision), ExecutionRole: d.ExecutionRoleArn,
		CPU: string(d.CPU), Memory: string(d.Memory), Containers: []topology.ContainerDefinition{},
	}
	for _, c := range d.ContainerDefinitions {
		made.Containers = append(made.Containers, c.definition())
	}
	put(r, &r.to.TaskDefinitions, topology.TaskDefinitions, arn, made)
}

func (c ecsContainerDefinition) definition() topology.ContainerDefinition {
	made := topology.ContainerDefinition{
		Name: c.Name, Image: c.Image, Essential: c.Essential == nil || *c.Essential, Memory: int(cmp.Or(c.Memory, c.MemoryReservation)),
		Ports: []int{}, Variables: []topology.Variable{}, Secrets: []string{}, Check: c.HealthCheck != nil && len(c.HealthCheck.Command) > 0,
	}
	for _, p := range c.PortMappings {
		made.Ports = append(made.Ports, int(p.ContainerPort))
	}
	for _, e := range c.Environment {
		made.Variables = append(made.Variables, topology.Variable{Name: e.Name, Address: addressIn(e.Name, e.Value)})
	}
	slices.SortFunc(made.Variables, func(a, b topology.Variable) int { return cmp.Compare(a.Name, b.Name) })
	for _, s := range c.Secrets {
		made.Secrets = append(made.Secrets, s.Name)
	}
	slices.Sort(made.Secrets)
	if l := c.LogConfiguration; l.LogDriver == "awslogs" {
		made.LogGroup, made.LogPrefix, made.LogRegion = l.Options["awslogs-group"], l.Options["awslogs-stream-prefix"], l.Options["awslogs-region"]
	}
	for _, argument := range slices.Concat(c.EntryPoint, c.Command) {
		made.Command = append(made.Command, addressesOn(argument)...)
	}
	return made
}

// addressesOn are the addresses in one argument of a command line, which may
// be a whole line for a shell.
func addressesOn(argument string) (found []topology.HostPort) {
	for word := range strings.FieldsFuncSeq(argument, func(c rune) bool { return strings.ContainsRune(" \t\r\n\"'`=,;()", c) }) {
		if a := addressIn("", word); a != nil && !slices.Contains(found, *a) {
			found = append(found, *a)
		}
	}
	return found
}
