// Package access lists every action of AWS that Tidewatch needs, on what, under
// which condition and why. The policy of the deployed function is made from
// it, and so is the documentation. It imports nothing of AWS, so that the stack
// and the command line can both read it; a test holds it against the code.
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

	{Name: "ecs:DescribeServices", Resource: Services, Conditions: []Condition{{"ArnEquals", "ecs:cluster", Clusters}}, Part: Deployments, Reason: "confirms that a deployment which does not end is still going on"},

	{Name: "elasticloadbalancing:DescribeLoadBalancers", Resource: All, Part: Diagnosis, Reason: "finds the load balancer of a name"},
	{Name: "elasticloadbalancing:DescribeListeners", Resource: All, Part: Diagnosis, Reason: "finds the listener of a port"},
	{Name: "elasticloadbalancing:DescribeRules", Resource: All, Part: Diagnosis, Reason: "finds the rule that takes a request"},
	{Name: "elasticloadbalancing:DescribeTargetGroups", Resource: All, Part: Diagnosis, Reason: "finds target groups and how they check health"},
	{Name: "route53:ListHostedZonesByName", Resource: All, Part: Diagnosis, Reason: "finds the zone of a name"},
	{Name: "route53:ListResourceRecordSets", Resource: All, Part: Diagnosis, Reason: "finds what a name leads to"},
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
