package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"

	"hokus.ai/tidewatch/lambda/access"
)

// subjects are what the names in access.Actions stand for in this stack. A
// resource with no ARNs is one that this installation has not got, and the
// actions on it are left out.
type subjects struct {
	resources map[access.Resource][]string
	values    map[access.Value][]string
}

// statements makes the policy out of the actions, one statement for those with
// the same resource and conditions, whatever part needs them: AWS counts the
// characters of a policy.
func statements(actions []access.Action, s subjects) ([]awsiam.PolicyStatement, error) {
	var props []*awsiam.PolicyStatementProps
	places := map[string]int{} // what statements have in common → their index
	for _, a := range actions {
		arns, ok := s.resources[a.Resource]
		if !ok {
			return nil, fmt.Errorf("%s is allowed on %q in lambda/access, and the stack does not know what that is: add it to subjects", a.Name, a.Resource)
		}
		conditions, err := s.conditions(a)
		if err != nil {
			return nil, err
		}
		if len(arns) == 0 {
			continue
		}
		alike := fmt.Sprint(a.Resource, a.Conditions)
		if i, ok := places[alike]; ok {
			if all := props[i].Actions; !slices.ContainsFunc(*all, func(name *string) bool { return *name == a.Name }) {
				*all = append(*all, str(a.Name))
			}
			continue
		}
		places[alike] = len(props)
		props = append(props, &awsiam.PolicyStatementProps{
			Sid:     str(sid(a.Resource, len(props)+1)),
			Actions: strs(a.Name), Resources: strs(arns...), Conditions: conditions,
		})
	}
	var all []awsiam.PolicyStatement
	for _, p := range props {
		all = append(all, awsiam.NewPolicyStatement(p))
	}
	return all, nil
}

// conditions puts the conditions of an action in the form of a policy.
func (s subjects) conditions(a access.Action) (*map[string]any, error) {
	if len(a.Conditions) == 0 {
		return nil, nil
	}
	all := map[string]any{}
	for _, c := range a.Conditions {
		values, ok := s.values[c.Value]
		if !ok || len(values) == 0 {
			return nil, fmt.Errorf("%s has the condition %q in lambda/access, and the stack does not know its value: add it to subjects", a.Name, c.Value)
		}
		under, ok := all[c.Operator].(map[string]any)
		if !ok {
			under = map[string]any{}
			all[c.Operator] = under
		}
		under[c.Key] = strs(values...)
	}
	return &all, nil
}

// sid is an identifier of letters and digits, after what the statement is about.
func sid(resource access.Resource, n int) string {
	if resource == access.All {
		resource = "any"
	}
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(string(resource), func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return fmt.Sprintf("%s%d", b.String(), n)
}

// place is where ARNs are.
type place struct{ partition, region, account, domain string }

// arn names something of a service in this place.
func (p place) arn(service, rest string) string {
	return strings.Join([]string{"arn", p.partition, service, p.region, p.account, rest}, ":")
}

// owned are the ARNs of what the stack makes for the function.
type owned struct{ table, topic, key, function string }

// subjectsOf tells what the function may reach.
func subjectsOf(c config, p place, own owned) subjects {
	secrets, parameters := references(c.file)
	var services, tasks, clusters []string
	for _, name := range orAny(c.file.AWS.Clusters) {
		services = append(services, p.arn("ecs", "service/"+name+"/*"))
		tasks = append(tasks, p.arn("ecs", "task/"+name+"/*"))
		clusters = append(clusters, p.arn("ecs", "cluster/"+name))
	}
	var logs []string // those that may be quoted, and their streams
	for _, name := range c.file.AWS.LogGroups {
		logs = append(logs, p.arn("logs", "log-group:"+name), p.arn("logs", "log-group:"+name+":*"))
	}
	anywhere, global := p, p
	anywhere.account = "*" // prefix lists of AWS are in an account called aws
	global.region, global.account = "", ""
	return subjects{
		resources: map[access.Resource][]string{
			access.Table: {own.table}, access.Topic: {own.topic}, access.TopicKey: {own.key},
			access.Secrets:           each(secrets, func(name string) string { return p.secret(name) }),
			access.Parameters:        each(parameters, func(name string) string { return p.parameter(name) }),
			access.SecretKeys:        c.secretKeys,
			access.Services:          services,
			access.Tasks:             tasks,
			access.LogGroups:         logs,
			access.PrefixLists:       {anywhere.arn("ec2", "prefix-list/*")},
			access.HostedZones:       {global.arn("route53", "hostedzone/*")},
			access.DiscoveryServices: {p.arn("servicediscovery", "service/*")},
			access.Certificates:      {p.arn("acm", "certificate/*")},
			access.Databases:         {p.arn("rds", "db:*")},
			access.Function:          {own.function, own.function + ":*"}, // and its versions
			access.All:               {"*"},
		},
		values: map[access.Value][]string{
			access.Environment:    {c.file.Environment},
			access.Region:         {p.region},
			access.Clusters:       clusters,
			access.ViaSNS:         {p.via("sns")},
			access.ViaSecretStore: {p.via("secretsmanager"), p.via("ssm")},
		},
	}
}

// maxPolicy is what AWS takes as inline policies of a role, in characters; and
// ofRuntime what of it Lambda's own statements take.
const (
	maxPolicy = 10240
	ofRuntime = 1400
)

// policyFits reports a configuration that names so much that AWS would refuse
// the policy, after minutes of deploying.
func policyFits(c config) error {
	partition := access.PartitionOf(c.region)
	at := place{partition.Name, c.region, "123456789012", partition.Domain}
	name := c.stack + "-LogicalName12345678-ABCDEFGHIJKL" // as CloudFormation makes them up
	own := owned{at.arn("dynamodb", "table/"+name), at.arn("sns", name), at.arn("kms", "key/00000000-0000-0000-0000-000000000000"), functionARN(c, at)}
	code, err := statements(access.Actions, subjectsOf(c, at, own))
	if err != nil {
		return err
	}
	size := ofRuntime
	for _, s := range code {
		text, err := json.Marshal(s.ToStatementJson())
		if err != nil {
			return err
		}
		size += len(text)
	}
	if size <= maxPolicy {
		return nil
	}
	return fmt.Errorf("configuration: the policy of the function would have about %d characters, and AWS takes %d; name fewer aws.clusters (none means all), aws.log-groups (a * at the end stands for several) or secrets, or deploy several stacks",
		size, maxPolicy)
}

// via is a service as conditions of KMS name it.
func (p place) via(service string) string { return service + "." + p.region + "." + p.domain }

// secret is the ARN of a secret. AWS adds six characters to its name.
func (p place) secret(name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return p.arn("secretsmanager", "secret:"+name+"-??????")
}

// parameter is the ARN of a parameter, whose name may begin with a slash.
func (p place) parameter(name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return p.arn("ssm", "parameter/"+strings.TrimPrefix(name, "/"))
}

// orAny is a list of names, or a star if nothing was named.
func orAny(names []string) []string {
	if len(names) == 0 {
		return []string{"*"}
	}
	return names
}

// each makes a list out of another.
func each(list []string, f func(string) string) []string {
	var all []string
	for _, s := range list {
		all = append(all, f(s))
	}
	return all
}

// sortedKeys are the keys of a set in an order that does not change.
func sortedKeys(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
