package topology

import (
	"strings"
	"time"
)

// Kind is a kind of fact. The table below has all of them, each with the call
// that tells it; readers, the snapshot and documentation are held against it.
type Kind string

// The kinds of facts. What a Want's key is stands in the table.
const (
	LoadBalancers        Kind = "load_balancers"
	LoadBalancerSettings Kind = "load_balancer_attributes"
	Listeners            Kind = "listeners"
	Rules                Kind = "rules"
	ListenerCertificates Kind = "listener_certificates"
	TargetGroups         Kind = "target_groups"
	TargetHealth         Kind = "target_health"

	ServiceNames       Kind = "service_names"
	Services           Kind = "services"
	RunningTasks       Kind = "running_tasks"
	StoppedTasks       Kind = "stopped_tasks"
	TaskDefinitions    Kind = "task_definitions"
	ServiceDeployments Kind = "service_deployments"

	InterfacesByAddress Kind = "interfaces_by_address"
	Interfaces          Kind = "interfaces"
	SecurityGroups      Kind = "security_groups"
	PrefixLists         Kind = "prefix_lists"
	Subnets             Kind = "subnets"
	NetworkACLs         Kind = "network_acls"
	RouteTables         Kind = "route_tables"
	VPCs                Kind = "vpcs"
	VPCEndpoints        Kind = "vpc_endpoints"

	Zones              Kind = "zones"
	Records            Kind = "records"
	DiscoveryServices  Kind = "discovery_services"
	DiscoveryInstances Kind = "discovery_instances"
	Certificates       Kind = "certificates"
	Databases          Kind = "databases"
	DatabaseEvents     Kind = "database_events"
	Logs               Kind = "logs"
	Changes            Kind = "changes"
	OwnNetwork         Kind = "own_network"

	Dials   Kind = "dial"
	Asks    Kind = "ask"
	Slow    Kind = "slow"
	Lookups Kind = "lookup"
)

// KindInfo documents one kind.
type KindInfo struct {
	Kind   Kind
	Key    string // what the key of a Want is; "": one fact, with an empty key
	Action string // the call that decides it, as policies name it; "": a probe
	Also   []string
	Tells  string // for gaps: what cannot be told without it
}

// Kinds is the closed table, in the order in which a run should spend its
// calls when it has to choose.
var Kinds = []KindInfo{
	{LoadBalancers, "", "elasticloadbalancing:DescribeLoadBalancers", nil, "which load balancers there are"},
	{Listeners, "load balancer ARN", "elasticloadbalancing:DescribeListeners", nil, "which ports the load balancer has"},
	{Rules, "listener ARN", "elasticloadbalancing:DescribeRules", nil, "which rule takes the request"},
	{ListenerCertificates, "listener ARN", "elasticloadbalancing:DescribeListenerCertificates", nil, "which certificates the listener has"},
	{LoadBalancerSettings, "load balancer ARN", "elasticloadbalancing:DescribeLoadBalancerAttributes", nil, "which idle timeout the load balancer has"},
	{TargetGroups, "", "elasticloadbalancing:DescribeTargetGroups", nil, "which target groups there are, and how they check health"},
	{TargetHealth, "target group ARN", "elasticloadbalancing:DescribeTargetHealth", nil, "which targets there are, and why they are unhealthy"},
	{ServiceNames, "cluster", "ecs:ListServices", nil, "which services run in the cluster"},
	{Services, "cluster|service", "ecs:DescribeServices", nil, "how the service and its deployments are"},
	{RunningTasks, "cluster|service", "ecs:DescribeTasks", []string{"ecs:ListTasks"}, "which tasks run"},
	{StoppedTasks, "cluster|service", "ecs:DescribeTasks", []string{"ecs:ListTasks"}, "which tasks stopped, and why"},
	{TaskDefinitions, "task definition ARN", "ecs:DescribeTaskDefinition", nil, "which ports and addresses the containers are given"},
	{ServiceDeployments, "cluster|service", "ecs:ListServiceDeployments", nil, "whether a deployment was rolled back"},
	{InterfacesByAddress, "private address", "ec2:DescribeNetworkInterfaces", nil, "who owns the address"},
	{Interfaces, "interface id", "ec2:DescribeNetworkInterfaces", nil, "where the interface is, and its security groups"},
	{SecurityGroups, "security group id", "ec2:DescribeSecurityGroups", nil, "whether security groups admit the traffic"},
	{PrefixLists, "prefix list id", "ec2:GetManagedPrefixListEntries", nil, "which addresses a rule means"},
	{Subnets, "subnet id", "ec2:DescribeSubnets", nil, "which addresses the subnet has"},
	{NetworkACLs, "vpc id", "ec2:DescribeNetworkAcls", nil, "whether network ACLs let the traffic pass"},
	{RouteTables, "vpc id", "ec2:DescribeRouteTables", nil, "whether there is a route"},
	{VPCs, "vpc id", "ec2:DescribeVpcs", []string{"ec2:DescribeVpcAttribute"}, "whether names resolve in the VPC"},
	{VPCEndpoints, "vpc id", "ec2:DescribeVpcEndpoints", nil, "whether AWS is reachable without the internet"},
	{Zones, "DNS name", "route53:ListHostedZonesByName", []string{"route53:GetHostedZone"}, "which hosted zone has the name"},
	{Records, "zone id|DNS name", "route53:ListResourceRecordSets", nil, "which record the name has"},
	{DiscoveryServices, "", "servicediscovery:ListServices", []string{"servicediscovery:ListNamespaces"}, "which discovery names there are"},
	{DiscoveryInstances, "discovery service id", "servicediscovery:ListInstances", nil, "which instances a discovery name has"},
	{Certificates, "certificate ARN", "acm:DescribeCertificate", nil, "what the certificate covers and whether it renews"},
	{Databases, "", "rds:DescribeDBInstances", nil, "how the databases are"},
	{DatabaseEvents, "database id", "rds:DescribeEvents", nil, "what happened to the database"},
	{Logs, "log group|stream prefix", "logs:FilterLogEvents", nil, "what the containers log"},
	{Changes, "resource name", "cloudtrail:LookupEvents", nil, "who changed it"},
	{OwnNetwork, "", "lambda:GetFunctionConfiguration", nil, "where the checker itself stands in the network"},
	{Dials, "address:port", "", nil, "whether the port can be connected to from inside the VPC"},
	{Asks, "URL|Host header", "", nil, "what the target itself answers"},
	{Slow, "endpoint key", "", nil, "what the load balancer answers in the end"},
	{Lookups, "DNS name", "", nil, "whether the name resolves inside the VPC"},
}

// Info returns a kind's row; false if there is no such kind.
func (k Kind) Info() (KindInfo, bool) {
	for _, info := range Kinds {
		if info.Kind == k {
			return info, true
		}
	}
	return KindInfo{}, false
}

// IsProbe reports whether it is measured rather than read from AWS.
func (i KindInfo) IsProbe() bool { return i.Action == "" }

// Want is a fact that the diagnosis needs and nobody has looked up. It is
// comparable: the same want is made once.
type Want struct {
	Kind  Kind          `json:"kind"`
	Key   string        `json:"key,omitempty"`
	Limit time.Duration `json:"limit,omitempty"` // of a probe
}

// Key joins the parts of a key.
func Key(parts ...string) string { return strings.Join(parts, "|") }

// Parts takes a key apart.
func Parts(key string) []string { return strings.Split(key, "|") }
