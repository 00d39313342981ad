package awsapi

import (
	"context"
	"time"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Outcome is what came of trying an action.
type Outcome string

// The outcomes. Failed means that AWS did not say whether it is allowed:
// throttled, no answer, no credentials. Untried means that there was nothing
// to try it on.
const (
	Allowed     Outcome = "allowed"
	Denied      Outcome = "denied"
	TrialFailed Outcome = "failed"
	Untried     Outcome = "untried"
)

// Tried is one action of the diagnosis with what came of trying it.
type Tried struct {
	Action  access.Action
	Outcome Outcome
	Code    string   // of AWS; "" if it is allowed or no answer came
	Detail  string   // what AWS, or the network, said, clean; for Untried why it was not tried
	Limits  []string // what the diagnosis cannot tell without it
}

// Scope says what the doctor tries actions on.
type Scope struct {
	Clusters  []string // names or ARNs; none: the default one
	LogGroups []string // names; none: logs are not tried
	Hosts     []string // of endpoints, for DNS
	Function  string   // that runs the checker; "": none
}

// Doctor tries every action of the diagnosis with the calls that the diagnosis
// itself makes, on one thing of each kind, and changes nothing. It returns one
// row for each action of access.Actions that is for the diagnosis, in order.
func (c *Client) Doctor(ctx context.Context, scope Scope) []Tried {
	if len(scope.Clusters) == 0 {
		scope.Clusters = []string{"default"}
	}
	if len(scope.Hosts) == 0 {
		scope.Hosts = []string{"www.example.org"}
	}
	reader := c.Facts(FactLimits{Calls: 200, Time: 30 * time.Second, Function: scope.Function, sample: true})
	book := &trials{worst: map[string]Tried{}}
	reader.tried = book.note
	s := &topology.Snapshot{}
	reader.Read(ctx, s, scope.first())
	reader.Read(ctx, s, scope.second(s))
	reader.Read(ctx, s, third(s))
	book.rest(ctx, &reading{FactReader: reader, to: s}, scope.Clusters[0])
	return book.rows(scope)
}

// nothing are ids of things that are not there: EC2 answers so, or with an
// empty list, only to those who may ask.
const (
	noAddress = "192.0.2.1"
	noVPC     = "vpc-00000000000000000"
)

// first is what can be asked without knowing anything.
func (s Scope) first() (wants []topology.Want) {
	for kind, key := range map[topology.Kind]string{
		topology.LoadBalancers: "", topology.TargetGroups: "", topology.InterfacesByAddress: noAddress, topology.SecurityGroups: "sg-00000000000000000",
		topology.PrefixLists: "pl-00000000000000000", topology.Subnets: "subnet-00000000000000000", topology.NetworkACLs: noVPC, topology.RouteTables: noVPC,
		topology.VPCs: noVPC, topology.VPCEndpoints: noVPC, topology.DiscoveryServices: "", topology.Databases: "", topology.DatabaseEvents: "tidewatch",
		topology.Changes: "tidewatch", topology.OwnNetwork: "",
	} {
		wants = append(wants, topology.Want{Kind: kind, Key: key})
	}
	for _, cluster := range s.Clusters {
		wants = append(wants, topology.Want{Kind: topology.ServiceNames, Key: cluster})
	}
	for _, group := range s.LogGroups {
		wants = append(wants, topology.Want{Kind: topology.Logs, Key: topology.Key(group, "")})
	}
	for _, host := range s.Hosts {
		wants = append(wants, topology.Want{Kind: topology.Zones, Key: host})
	}
	return wants
}

// second is about one thing of what the first round found.
func (s Scope) second(read *topology.Snapshot) (wants []topology.Want) {
	ask := func(key string, kinds ...topology.Kind) {
		for _, kind := range kinds {
			wants = append(wants, topology.Want{Kind: kind, Key: key})
		}
	}
	for _, lb := range read.LoadBalancers.Of("").Value {
		ask(lb.ARN, topology.LoadBalancerSettings, topology.Listeners)
		ask(lb.VPC, topology.VPCs)
		break
	}
	for _, g := range read.TargetGroups.Of("").Value {
		ask(g.ARN, topology.TargetHealth)
		break
	}
	for _, cluster := range s.Clusters {
		name := "tidewatch" // the calls are tried where the cluster has no service, too
		if names := read.ServiceNames.Of(cluster).Value; len(names) > 0 {
			name = names[0]
		}
		ask(topology.Key(cluster, name), topology.Services, topology.RunningTasks, topology.ServiceDeployments)
	}
	for _, host := range s.Hosts {
		for _, z := range read.Zones.Of(host).Value {
			ask(topology.Key(z.ID, host), topology.Records)
		}
	}
	for _, d := range read.DiscoveryServices.Of("").Value {
		ask(d.ID, topology.DiscoveryInstances)
		break
	}
	return wants
}

// third is about what the second round found.
func third(read *topology.Snapshot) (wants []topology.Want) {
	for _, listeners := range read.Listeners {
		for _, l := range listeners.Value {
			wants = append(wants, topology.Want{Kind: topology.Rules, Key: l.ARN}, topology.Want{Kind: topology.ListenerCertificates, Key: l.ARN})
			for _, arn := range l.Certificates {
				wants = append(wants, topology.Want{Kind: topology.Certificates, Key: arn})
			}
		}
	}
	for _, service := range read.Services {
		if service.Value.TaskDefinition != "" {
			wants = append(wants, topology.Want{Kind: topology.TaskDefinitions, Key: service.Value.TaskDefinition})
		}
	}
	return wants
}
