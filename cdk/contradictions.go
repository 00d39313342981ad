package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"hokus.ai/tidewatch/lambda/access"
)

// maxEntries is how many subscriptions and rules fit into a stack beside its
// own resources, which are fewer than a hundred: CloudFormation takes 500.
const maxEntries = 400

// contradictions are what does not go together, each in one sentence.
func (c *config) contradictions(written map[string]bool) []error {
	var found []error
	say := func(format string, args ...any) { found = append(found, fmt.Errorf(format, args...)) }
	if c.region == "" && !written["region"] { // one that is wrong was told
		say("context region: it is missing: aws.region of the configuration has none, nor has AWS_REGION, and us-east-1 of a profile could be an assumption of the CDK; set it, such as -c region=us-east-1")
	}
	if c.file != nil && c.file.AWS.Region != "" && c.region != c.file.AWS.Region && c.region != "" {
		say("context region: it is %q, but aws.region of the configuration is %q, and the function only hears of ECS in its own region; leave one of them out", c.region, c.file.AWS.Region)
	}
	if c.file != nil && stackID.check(c.stack) != nil && !written["stackName"] {
		say("context stackName: it is missing, and %q, made of the environment, does not do; expected %s", c.stack, stackID.expected)
	}
	found = append(found, c.network(written)...)
	found = append(found, c.chatting()...)
	if n := len(c.mail) + len(c.operatorMail) + len(c.admitTo); n > maxEntries {
		say("context email: with operatorEmail and admitTo there are %d entries, each a resource of the stack, of which there may be %d; name a mailing list, or one group for many", n, maxEntries)
	}
	return found
}

// network are the contradictions of the VPC.
func (c *config) network(written map[string]bool) []error {
	var found []error
	say := func(format string, args ...any) { found = append(found, fmt.Errorf(format, args...)) }
	if !written["vpcId"] {
		for _, name := range []string{"subnetIds", "availabilityZones", "securityGroupIds", "routeTableIds"} {
			if written[name] {
				say("context %s: it belongs to an existing VPC, so vpcId must be there too", name)
			}
		}
		if err := c.unreachable(); err != nil && !c.newVPC.peered {
			found = append(found, err)
		}
		return found
	}
	for _, name := range []string{"vpcCidr", "natGateways", "peered"} {
		if written[name] {
			say("context %s: it describes a new VPC, but vpcId names an existing one; leave one of them out", name)
		}
	}
	switch subnets, zones := len(c.vpc.subnets), len(c.vpc.zones); {
	case !written["subnetIds"]:
		say("context subnetIds: it is missing; vpcId needs the private subnets that the function is put into")
	case !written["availabilityZones"]:
		say("context availabilityZones: it is missing; subnetIds needs the zone of each of its %d subnets", subnets)
	case subnets != zones && subnets > 0 && zones > 0:
		say("context availabilityZones: there are %d zones for %d subnets; expected one for each, in the order of subnetIds", zones, subnets)
	case subnets > 16:
		say("context subnetIds: there are %d; a function takes at most 16", subnets)
	}
	if len(c.vpc.groups) > 5 {
		say("context securityGroupIds: there are %d; a function takes at most 5", len(c.vpc.groups))
	}
	for _, zone := range c.vpc.zones {
		if c.region != "" && zone[:len(zone)-1] != c.region {
			say("context availabilityZones: %q is not in the region %s", zone, c.region)
		}
	}
	return append(found, c.endpoints(written)...)
}

// endpoints are the contradictions of endpoints in an existing VPC.
func (c *config) endpoints(written map[string]bool) []error {
	var found []error
	if slices.Contains(c.services, gatewayService) && !written["routeTableIds"] {
		found = append(found, errors.New("context routeTableIds: it is missing; the endpoint of dynamodb is a route in the tables of your subnets"))
	}
	if written["routeTableIds"] && !slices.Contains(c.services, gatewayService) {
		found = append(found, errors.New("context routeTableIds: it has no use without vpcEndpoints=dynamodb"))
	}
	interfaces := slices.ContainsFunc(c.services, func(s string) bool { return s != gatewayService })
	for i, zone := range c.vpc.zones {
		if interfaces && slices.Contains(c.vpc.zones[:i], zone) {
			return append(found, fmt.Errorf("context vpcEndpoints: an endpoint takes one subnet in each zone, but subnetIds has several in %s", zone))
		}
	}
	return found
}

// chatting are the contradictions of Slack.
func (c *config) chatting() []error {
	workspace, channel, webhook := c.slack.workspace != "", c.slack.channel != "", c.slack.webhook != ""
	switch secret, err := arn.Parse(c.slack.webhook); {
	case err == nil && c.region != "" && secret.Region != c.region:
		return []error{fmt.Errorf("context slackWebhookSecret: the secret is in %s, and the function that reads it in %s; put it there, or copy it", secret.Region, c.region)}
	case webhook && (workspace || channel):
		return []error{errors.New("context slackWebhookSecret: it posts to Slack itself, and slackWorkspaceId and slackChannelId would post everything a second time; leave one way out")}
	case channel && access.PartitionOf(c.region).Name != "aws": // which has it in its ordinary partition only
		return []error{fmt.Errorf("context slackChannelId: there is no Amazon Q Developer in the region %s; use slackWebhookSecret", c.region)}
	case workspace && !channel:
		return []error{errors.New("context slackChannelId: it is missing; slackWorkspaceId needs the channel")}
	case channel && !workspace:
		return []error{errors.New("context slackWorkspaceId: it is missing; slackChannelId needs the workspace that it is in")}
	}
	return nil
}

// unreachable reports endpoints that only answer inside somebody's VPC.
func (c *config) unreachable() error {
	if c.file == nil {
		return nil
	}
	private := privateEndpoints(c.file)
	if len(private) == 0 {
		return nil
	}
	shown := private[:min(len(private), 3)]
	rest := ""
	if more := len(private) - len(shown); more > 0 {
		rest = fmt.Sprintf(" and %d more", more)
	}
	return fmt.Errorf("context vpcId: it is missing, and a new VPC does not reach the private endpoints %s%s; name the VPC they are in, or set peered=true if the new one will be peered with it",
		strings.Join(shown, ", "), rest)
}
