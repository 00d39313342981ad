package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/access"
)

// installation is what narrows a policy.
type installation struct {
	region, function string
	clusters, groups []string
}

// policy is a policy of IAM.
type policy struct {
	Version   string      `json:"Version"`
	Statement []statement `json:"Statement"`
}

type statement struct {
	Effect    string                         `json:"Effect"`
	Action    []string                       `json:"Action"`
	Resource  []string                       `json:"Resource"`
	Condition map[string]map[string][]string `json:"Condition,omitempty"`
}

// policy allows actions on as little as AWS and the configuration let one name.
// It holds in any account, because whoever attaches it knows theirs.
func (in installation) policy(actions []access.Action) policy {
	byScope := map[string]*statement{}
	var order []string
	for _, a := range actions {
		one := statement{Effect: "Allow", Resource: in.resources(a.Resource), Condition: in.conditions(a.Conditions)}
		scope := fmt.Sprint(one.Resource, one.Condition)
		if byScope[scope] == nil {
			byScope[scope] = &one
			order = append(order, scope)
		}
		if s := byScope[scope]; !slices.Contains(s.Action, a.Name) {
			s.Action = append(s.Action, a.Name)
		}
	}
	p := policy{Version: "2012-10-17"}
	for _, scope := range order {
		slices.Sort(byScope[scope].Action)
		p.Statement = append(p.Statement, *byScope[scope])
	}
	return p
}

func (in installation) policyText(actions []access.Action) string {
	text, _ := json.MarshalIndent(in.policy(actions), "", "  ") // strings only: it is always encoded
	return string(text)
}

func (in installation) partition() string { return access.PartitionOf(in.region).Name }

func (in installation) arn(service, rest string) string {
	return "arn:" + in.partition() + ":" + service + ":" + cmp.Or(in.region, "*") + ":*:" + rest
}

// resources are the ARNs of a resource.
func (in installation) resources(r access.Resource) []string {
	switch r {
	case access.Services:
		return in.ofClusters("service")
	case access.Tasks:
		return in.ofClusters("task")
	case access.LogGroups:
		return in.logGroups()
	case access.PrefixLists:
		return []string{in.arn("ec2", "prefix-list/*")}
	case access.HostedZones:
		return []string{"arn:" + in.partition() + ":route53:::hostedzone/*"}
	case access.DiscoveryServices:
		return []string{in.arn("servicediscovery", "service/*")}
	case access.Certificates:
		return []string{in.arn("acm", "certificate/*")}
	case access.Databases:
		return []string{in.arn("rds", "db:*")}
	case access.Function:
		return []string{in.arn("lambda", "function:"+cmp.Or(in.function, "*"))}
	}
	return []string{"*"}
}

func (in installation) ofClusters(kind string) []string {
	if len(in.clusters) == 0 {
		return []string{in.arn("ecs", kind+"/*")}
	}
	var arns []string
	for _, cluster := range in.clusters {
		arns = append(arns, in.arn("ecs", kind+"/"+lastPart(cluster)+"/*"))
	}
	return arns
}

func (in installation) logGroups() []string {
	if len(in.groups) == 0 {
		return []string{in.arn("logs", "log-group:*")}
	}
	var arns []string
	for _, group := range in.groups {
		arns = append(arns, in.arn("logs", "log-group:"+group), in.arn("logs", "log-group:"+group+":*"))
	}
	return arns
}

func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// conditions are those of the diagnosis; what the configuration does not say
// narrows nothing.
func (in installation) conditions(all []access.Condition) map[string]map[string][]string {
	conditions := map[string]map[string][]string{}
	for _, c := range all {
		var values []string
		switch {
		case c.Value == access.Clusters:
			for _, cluster := range in.clusters {
				values = append(values, in.arn("ecs", "cluster/"+lastPart(cluster)))
			}
		case c.Value == access.Region && in.region != "":
			values = []string{in.region}
		}
		operator := c.Operator
		if c.Value == access.Clusters { // the account in it is a wildcard
			operator = strings.Replace(operator, "ArnEquals", "ArnLike", 1)
		}
		if len(values) > 0 {
			conditions[operator] = map[string][]string{c.Key: values}
		}
	}
	if len(conditions) == 0 {
		return nil
	}
	return conditions
}
