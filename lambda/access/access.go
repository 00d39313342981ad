// Package access lists every action of AWS that Tidewatch needs, on what, under
// which condition and why. The policy of the deployed function is made from
// it, and so is the documentation. It imports nothing of AWS, so that the stack
// and the command line can both read it; a test holds it against the code. Here
// is also how each partition of AWS names what actions are allowed on.
package access

// Resource is what an action is allowed on. Whoever writes the policy puts in
// the ARNs.
type Resource string

// The resources.
const (
	Table      Resource = "table"      // the one with the state
	Topic      Resource = "topic"      // the one that messages go to
	TopicKey   Resource = "topic key"  // KMS key of the topic, where it has one of the customer
	Secrets    Resource = "secrets"    // those that the configuration refers to
	Parameters Resource = "parameters" // those that the configuration refers to
	SecretKeys Resource = "secret key" // KMS keys of secrets and parameters, where they have one of the customer
	Services   Resource = "services"   // of ECS, in the clusters of the configuration
	All        Resource = "*"          // where AWS offers nothing narrower

	// Of the diagnosis, all of the own account and region where not said otherwise.
	Tasks             Resource = "tasks"              // of ECS, in the clusters of the configuration: task/CLUSTER/*
	LogGroups         Resource = "log groups"         // those of the configuration, and their streams: log-group:NAME and log-group:NAME:*
	PrefixLists       Resource = "prefix lists"       // of any account, since some are of AWS: prefix-list/*
	HostedZones       Resource = "hosted zones"       // of Route 53, which has no regions: arn:PARTITION:route53:::hostedzone/*
	DiscoveryServices Resource = "discovery services" // of Cloud Map: service/*
	Certificates      Resource = "certificates"       // of ACM: certificate/*
	Databases         Resource = "databases"          // of RDS: db:*
	Function          Resource = "function"           // the one that runs Tidewatch
)

// Part is the part of Tidewatch that needs an action. Without the part its
// actions can be left out.
type Part string

// The parts.
const (
	State       Part = "state"       // of incidents, in DynamoDB
	Alerts      Part = "alerts"      // through SNS
	Credentials Part = "credentials" // of endpoints, by reference
	Deployments Part = "deployments" // of ECS services
	Diagnosis   Part = "diagnosis"   // of what fails; without one of its actions the diagnosis says what it could not read
)

// Condition narrows an action, as in a policy: {"operator": {"key": "value"}}.
type Condition struct {
	Operator string
	Key      string
	Value    Value
}

// Value is what stands in a condition. Whoever writes the policy puts in what
// it names.
type Value string

// The values.
const (
	Environment    Value = "environment"        // name of the installation, the partition key of its items
	Clusters       Value = "clusters"           // ARNs of the clusters of the configuration
	Region         Value = "region"             // of the installation
	ViaSNS         Value = "sns.REGION"         // the service through which KMS is asked, with its domain
	ViaSecretStore Value = "secretsmanager.ssm" // both services, with region and domain
)

// Action is one action that is allowed.
type Action struct {
	Name       string // as in policies: "dynamodb:GetItem"
	Resource   Resource
	Conditions []Condition
	Part       Part
	Reason     string
	Via        string // the action during which AWS itself needs this one; "": the code calls it
}

// ownItems keeps environments that share a table from each other's items.
var ownItems = []Condition{{"ForAllValues:StringEquals", "dynamodb:LeadingKeys", Environment}}

// ownClusters and ownRegion keep to what the installation is there for.
var (
	ownClusters = []Condition{{"ArnEquals", "ecs:cluster", Clusters}}
	ownRegion   = []Condition{{"StringEquals", "ec2:Region", Region}}
)

// Actions are all of them. There is nothing in it that changes what Tidewatch
// watches.
var Actions = []Action{
	{Name: "dynamodb:GetItem", Resource: Table, Conditions: ownItems, Part: State, Reason: "reads the state before each decision"},
	{Name: "dynamodb:PutItem", Resource: Table, Conditions: ownItems, Part: State, Reason: "writes the state with its outbox, incidents as items of their own, and a copy of a damaged state"},
	{Name: "dynamodb:Query", Resource: Table, Conditions: ownItems, Part: State, Reason: "lists kept incidents"},

	{Name: "sns:Publish", Resource: Topic, Part: Alerts, Reason: "sends messages"},
	{Name: "kms:GenerateDataKey", Resource: TopicKey, Conditions: via(ViaSNS), Part: Alerts, Reason: "encrypts messages for a topic with a key of the customer", Via: "sns:Publish"},
	{Name: "kms:Decrypt", Resource: TopicKey, Conditions: via(ViaSNS), Part: Alerts, Reason: "lets SNS check the key that it encrypts with", Via: "sns:Publish"},

	{Name: "secretsmanager:GetSecretValue", Resource: Secrets, Part: Credentials, Reason: "reads secretsmanager: references of the configuration"},
	{Name: "ssm:GetParameter", Resource: Parameters, Part: Credentials, Reason: "reads ssm: references of the configuration"},
	{Name: "kms:Decrypt", Resource: SecretKeys, Conditions: via(ViaSecretStore), Part: Credentials, Reason: "opens secrets that have a key of the customer", Via: "secretsmanager:GetSecretValue"},

	{Name: "ecs:DescribeServices", Resource: Services, Conditions: ownClusters, Part: Deployments, Reason: "confirms that a deployment which does not end is still going on"},

	{Name: "elasticloadbalancing:DescribeLoadBalancers", Resource: All, Part: Diagnosis, Reason: "finds the load balancer of a name, and tells whether an alias leads to one that is gone"},
	{Name: "elasticloadbalancing:DescribeListeners", Resource: All, Part: Diagnosis, Reason: "finds the listener of a port, or that there is none"},
	{Name: "elasticloadbalancing:DescribeRules", Resource: All, Part: Diagnosis, Reason: "finds the rule that takes a request, or that none does"},
	{Name: "elasticloadbalancing:DescribeListenerCertificates", Resource: All, Part: Diagnosis, Reason: "tells whether a listener has a certificate for a name"},
	{Name: "elasticloadbalancing:DescribeLoadBalancerAttributes", Resource: All, Part: Diagnosis, Reason: "reads the idle timeout, which tells one kind of 504 from the other"},
	{Name: "elasticloadbalancing:DescribeTargetGroups", Resource: All, Part: Diagnosis, Reason: "finds target groups and how they check health"},
	{Name: "elasticloadbalancing:DescribeTargetHealth", Resource: All, Part: Diagnosis, Reason: "tells which targets there are and why they are unhealthy"},

	{Name: "ecs:ListServices", Resource: All, Conditions: ownClusters, Part: Diagnosis, Reason: "finds the service behind a target group"},
	{Name: "ecs:DescribeServices", Resource: Services, Conditions: ownClusters, Part: Diagnosis, Reason: "tells how a service and its deployments are"},
	{Name: "ecs:ListTasks", Resource: All, Conditions: ownClusters, Part: Diagnosis, Reason: "finds running and stopped tasks"},
	{Name: "ecs:DescribeTasks", Resource: Tasks, Conditions: ownClusters, Part: Diagnosis, Reason: "tells why tasks stopped, and which address belongs to which task"},
	{Name: "ecs:DescribeTaskDefinition", Resource: All, Part: Diagnosis, Reason: "reads ports, log groups and the addresses that containers are given; never values of variables or secrets"},
	{Name: "ecs:ListServiceDeployments", Resource: Services, Conditions: ownClusters, Part: Diagnosis, Reason: "tells whether a deployment was rolled back"},

	{Name: "ec2:DescribeNetworkInterfaces", Resource: All, Conditions: ownRegion, Part: Diagnosis, Reason: "tells who owns an address, or that nobody does"},
	{Name: "ec2:DescribeSecurityGroups", Resource: All, Conditions: ownRegion, Part: Diagnosis, Reason: "tells whether security groups admit traffic, and which rule is missing"},
	{Name: "ec2:GetManagedPrefixListEntries", Resource: PrefixLists, Conditions: ownRegion, Part: Diagnosis, Reason: "reads which addresses a rule of a security group means"},
	{Name: "ec2:DescribeSubnets", Resource: All, Conditions: ownRegion, Part: Diagnosis, Reason: "reads the addresses of a subnet"},
	{Name: "ec2:DescribeNetworkAcls", Resource: All, Conditions: ownRegion, Part: Diagnosis, Reason: "tells whether a network ACL drops the traffic"},
	{Name: "ec2:DescribeRouteTables", Resource: All, Conditions: ownRegion, Part: Diagnosis, Reason: "tells whether a subnet has a route"},
	{Name: "ec2:DescribeVpcs", Resource: All, Conditions: ownRegion, Part: Diagnosis, Reason: "reads the addresses of a VPC"},
	{Name: "ec2:DescribeVpcAttribute", Resource: All, Conditions: ownRegion, Part: Diagnosis, Reason: "tells whether private names resolve in a VPC"},
	{Name: "ec2:DescribeVpcEndpoints", Resource: All, Conditions: ownRegion, Part: Diagnosis, Reason: "tells whether AWS is reachable without the internet"},

	{Name: "route53:ListHostedZonesByName", Resource: All, Part: Diagnosis, Reason: "finds the zone of a name"},
	{Name: "route53:GetHostedZone", Resource: HostedZones, Part: Diagnosis, Reason: "tells in which VPCs a private zone answers"},
	{Name: "route53:ListResourceRecordSets", Resource: HostedZones, Part: Diagnosis, Reason: "finds what a name leads to, or that it has no record"},
	{Name: "servicediscovery:ListNamespaces", Resource: All, Part: Diagnosis, Reason: "finds the names of service discovery"},
	{Name: "servicediscovery:ListServices", Resource: All, Part: Diagnosis, Reason: "finds the names of service discovery"},
	{Name: "servicediscovery:ListInstances", Resource: DiscoveryServices, Part: Diagnosis, Reason: "tells whether a discovery name has instances"},
	{Name: "acm:DescribeCertificate", Resource: Certificates, Part: Diagnosis, Reason: "tells what a certificate covers, when it expires and why it does not renew"},
	{Name: "rds:DescribeDBInstances", Resource: Databases, Part: Diagnosis, Reason: "tells whether a database is available"},
	{Name: "rds:DescribeEvents", Resource: All, Part: Diagnosis, Reason: "tells what happened to a database"},
	{Name: "logs:FilterLogEvents", Resource: LogGroups, Part: Diagnosis, Reason: "quotes what containers log while an endpoint fails"},
	{Name: "cloudtrail:LookupEvents", Resource: All, Part: Diagnosis, Reason: "tells who changed what before it broke"},
	{Name: "lambda:GetFunctionConfiguration", Resource: Function, Part: Diagnosis, Reason: "tells where the checker itself stands in the network"},
}

func via(service Value) []Condition {
	return []Condition{{"StringEquals", "kms:ViaService", service}}
}

// Listed reports whether an action is in the table.
func Listed(name string) bool {
	for _, a := range Actions {
		if a.Name == name {
			return true
		}
	}
	return false
}
