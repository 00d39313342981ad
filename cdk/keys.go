package main

import (
	"regexp"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/check"
)

// key is one word of the context.
type key struct {
	name    string
	accepts string // for people
	def     string // what holds where it is not written; "": nothing
	meaning string
	set     func(*config, value) error
}

// Forms of what AWS gives names to.
var (
	vpcID       = form{"the id of a VPC such as vpc-0a1b2c3d4e5f67890", regexp.MustCompile(`^vpc-([0-9a-f]{8}|[0-9a-f]{17})$`)}
	subnetID    = form{"the id of a subnet such as subnet-0a1b2c3d4e5f67890", regexp.MustCompile(`^subnet-([0-9a-f]{8}|[0-9a-f]{17})$`)}
	groupID     = form{"the id of a security group such as sg-0a1b2c3d4e5f67890", regexp.MustCompile(`^sg-([0-9a-f]{8}|[0-9a-f]{17})$`)}
	routesID    = form{"the id of a route table such as rtb-0a1b2c3d4e5f67890", regexp.MustCompile(`^rtb-([0-9a-f]{8}|[0-9a-f]{17})$`)}
	zoneName    = form{"an availability zone such as us-east-1a", regexp.MustCompile(`^` + check.RegionPattern + `[a-z]$`)}
	region      = form{"a region such as us-east-1", regexp.MustCompile(`^` + check.RegionPattern + `$`)}
	address     = form{"a mail address", regexp.MustCompile(`^[^@\s,<>]+@[^@\s,<>]+\.[^@\s,<>]+$`)}
	stackID     = form{"a name of letters, digits and dashes, at most 64, that begins with a letter", regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)}
	metricNS    = form{"a namespace of letters, digits and . - _ / # that does not begin with AWS/", regexp.MustCompile(`^[A-Za-z0-9._/#-]{1,255}$`)}
	kmsKey      = form{"the ARN of a KMS key", regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$`)}
	slackWS     = form{"the id of a Slack workspace such as T0123ABCD", regexp.MustCompile(`^[0-9A-Z]{1,255}$`)}
	slackCh     = form{"the id of a Slack channel such as C0123ABCD", regexp.MustCompile(`^[A-Za-z0-9]{1,255}$`)}
	clusterName = form{"the name of an ECS cluster", regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)}
	secretID    = form{"the name of a secret, or its whole ARN with the six characters at its end, with #KEY if it holds JSON", regexp.MustCompile(`^([A-Za-z0-9/_+=.@-]{1,512}|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6})(#[^#\s]+)?$`)}
)

// keys are all of them, in the order of the documentation.
var keys = []key{
	{"config", "path", "", "the configuration file, or a directory with it and the files that it names; by default the one that is built in", text(func(c *config) *string { return &c.path })},
	{"variables", "NAME=VALUE, …", "", "variables of the configuration file; not for secrets, which are references", setVariables},
	{"region", "region", "", "where the stack goes; by default `aws.region` of the configuration, else that of `AWS_REGION` or of your AWS profile, where us-east-1 must be written, since the CDK assumes it where there is none", one(region, func(c *config) *string { return &c.region })},
	{"stackName", "name", "", "of the stack, and of the function in it; by default `Tidewatch-` and the environment of the configuration", one(stackID, func(c *config) *string { return &c.stack })},

	{"vpcId", "id", "", "the VPC that the function is put into; by default a new one is made", one(vpcID, func(c *config) *string { return &c.vpc.id })},
	{"subnetIds", "ids", "", "private subnets of that VPC, with a route to a NAT gateway unless all is inside", many(subnetID, func(c *config) *[]string { return &c.vpc.subnets })},
	{"availabilityZones", "names", "", "the zone of each of these subnets, in their order", zones},
	{"securityGroupIds", "ids", "", "security groups for the function; by default it gets one of its own, which may reach everything", many(groupID, func(c *config) *[]string { return &c.vpc.groups })},
	{"admitTo", "sg-…:PORT, …", "", "security groups that must let the function in, each with a port or a range such as 8000-8100", setAdmissions},
	{"vpcEndpoints", strings.Join(endpointServices, ", "), "", "services of AWS that the function reaches without NAT; a new VPC has dynamodb, which is free", setServices},
	{"routeTableIds", "ids", "", "route tables of the subnets, which the endpoint of dynamodb in an existing VPC needs", many(routesID, func(c *config) *[]string { return &c.vpc.routes })},
	{"vpcCidr", "IPv4 network", "10.91.0.0/16", "addresses of a new VPC", setCIDR},
	{"natGateways", "1 or 2", "1", "NAT gateways of a new VPC; with 2 an availability zone may fail", number(1, 2, func(c *config) *int { return &c.newVPC.nats })},
	{"peered", "true or false", "false", "a new VPC will be peered, so private endpoints can be reached", truth(func(c *config) *bool { return &c.newVPC.peered })},

	{"email", "addresses", "", "who gets incidents by mail", many(address, func(c *config) *[]string { return &c.mail })},
	{"operatorEmail", "addresses", "", "who gets the alarms about the checker itself by mail", many(address, func(c *config) *[]string { return &c.operatorMail })},
	{"slackWorkspaceId", "id", "", "the Slack workspace, authorized in Amazon Q Developer", one(slackWS, func(c *config) *string { return &c.slack.workspace })},
	{"slackChannelId", "id", "", "its channel", one(slackCh, func(c *config) *string { return &c.slack.channel })},
	{"slackWebhookSecret", "secret", "", "instead: the secret in Secrets Manager that holds the URL of an incoming webhook, as NAME, NAME#KEY or ARN", setWebhook},

	{"secretKeys", "ARNs", "", "KMS keys of your own that secrets and parameters are encrypted with", many(kmsKey, func(c *config) *[]string { return &c.secretKeys })},
	{"retainTable", "true or false", "true", "the table is protected and stays when the stack is removed", truth(func(c *config) *bool { return &c.keepTable })},
	{"logRetentionDays", "days", "30", "how long logs are kept", setLogDays},
	{"memory", "128 to 10240", "512", "memory of the function in MiB, with which its CPU grows", number(128, 10240, func(c *config) *int { return &c.memory })},
	{"namespace", "namespace", "Tidewatch", "namespace of the metrics", setNamespace},
	{"dashboard", "true or false", "true", "whether there is a dashboard", truth(func(c *config) *bool { return &c.dashboard })},
}

// keyNamed returns the key of a name, or nil.
func keyNamed(name string) *key {
	if i := slices.IndexFunc(keys, func(k key) bool { return k.name == name }); i >= 0 {
		return &keys[i]
	}
	return nil
}
