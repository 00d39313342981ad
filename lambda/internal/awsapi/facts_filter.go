package awsapi

import (
	"cmp"
	"context"
	"net/url"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

var (
	describeSecurityGroups      = operation{"ec2", "2016-11-15.DescribeSecurityGroups"}
	getManagedPrefixListEntries = operation{"ec2", "2016-11-15.GetManagedPrefixListEntries"}
	describeNetworkAcls         = operation{"ec2", "2016-11-15.DescribeNetworkAcls"}
)

type groupsOfEC2Answer struct {
	Items []struct {
		ID   string          `xml:"groupId"`
		Name string          `xml:"groupName"`
		VPC  string          `xml:"vpcId"`
		In   []permissionXML `xml:"ipPermissions>item"`
		Out  []permissionXML `xml:"ipPermissionsEgress>item"`
	} `xml:"securityGroupInfo>item"`
	NextToken string `xml:"nextToken"`
}

// permissionXML is several rules that have protocol and ports in common.
type permissionXML struct {
	Protocol string `xml:"ipProtocol"`
	From     int    `xml:"fromPort"`
	To       int    `xml:"toPort"`
	Groups   []struct {
		ID      string `xml:"groupId"`
		Peering string `xml:"peeringStatus"`
	} `xml:"groups>item"`
	V4    []string `xml:"ipRanges>item>cidrIp"`
	V6    []string `xml:"ipv6Ranges>item>cidrIpv6"`
	Lists []string `xml:"prefixListIds>item>prefixListId"`
}

func readSecurityGroups(ctx context.Context, r *reading, ids []string) {
	all, err := pages(ctx, r, filtered(describeSecurityGroups, "group-id", ids), func(page groupsOfEC2Answer) (some []topology.SecurityGroup, next string) {
		for _, g := range page.Items {
			some = append(some, topology.SecurityGroup{ID: g.ID, Name: g.Name, VPC: g.VPC, In: securityRules(g.In), Out: securityRules(g.Out)})
		}
		return some, page.NextToken
	})
	found := map[string]topology.SecurityGroup{}
	for _, g := range all {
		found[g.ID] = g
	}
	putFound(r, &r.to.SecurityGroups, topology.SecurityGroups, ids, found, err)
}

// securityRules has one rule for each peer. A group behind a peering that has
// ended admits nobody.
func securityRules(read []permissionXML) []topology.SecurityRule {
	all := []topology.SecurityRule{}
	for _, p := range read {
		rule := topology.SecurityRule{Protocol: protocolName(p.Protocol), From: p.From, To: p.To}
		for _, cidr := range slices.Concat(p.V4, p.V6) {
			rule.CIDR = cidr
			all = append(all, rule)
		}
		rule.CIDR = ""
		for _, g := range p.Groups {
			if g.Peering == "" || g.Peering == "active" {
				rule.Group = g.ID
				all = append(all, rule)
			}
		}
		rule.Group = ""
		for _, list := range p.Lists {
			rule.PrefixList = list
			all = append(all, rule)
		}
	}
	return all
}

// protocolName: EC2 takes both forms, and gives back mostly names.
func protocolName(text string) string {
	if name, ok := map[string]string{"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}[text]; ok {
		return name
	}
	return text
}

type entriesAnswer struct {
	CIDRs     []string `xml:"entrySet>item>cidr"`
	NextToken string   `xml:"nextToken"`
}

func readPrefixList(ctx context.Context, r *reading, id string) {
	q := request{operation: getManagedPrefixListEntries, form: url.Values{"PrefixListId": {id}, "MaxResults": {"100"}}}
	all, err := pages(ctx, r, q, func(page entriesAnswer) ([]string, string) { return page.CIDRs, page.NextToken })
	putList(r, &r.to.PrefixLists, topology.PrefixLists, id, all, err)
}

type aclsAnswer struct {
	Items []struct {
		ID      string   `xml:"networkAclId"`
		VPC     string   `xml:"vpcId"`
		Default bool     `xml:"default"`
		Subnets []string `xml:"associationSet>item>subnetId"`
		Entries []struct {
			Number   int    `xml:"ruleNumber"`
			Egress   bool   `xml:"egress"`
			Action   string `xml:"ruleAction"`
			Protocol string `xml:"protocol"`
			V4       string `xml:"cidrBlock"`
			V6       string `xml:"ipv6CidrBlock"`
			From     int    `xml:"portRange>from"`
			To       int    `xml:"portRange>to"`
		} `xml:"entrySet>item"`
	} `xml:"networkAclSet>item"`
	NextToken string `xml:"nextToken"`
}

// readNetworkACLs: every VPC has one at least, so none means that there is no
// such VPC.
func readNetworkACLs(ctx context.Context, r *reading, vpcs []string) {
	found := map[string][]topology.NetworkACL{}
	_, err := pages(ctx, r, filtered(describeNetworkAcls, "vpc-id", vpcs), func(page aclsAnswer) ([]struct{}, string) {
		for _, a := range page.Items {
			acl := topology.NetworkACL{ID: a.ID, Default: a.Default, Subnets: a.Subnets, Entries: []topology.ACLEntry{}}
			for _, e := range a.Entries {
				acl.Entries = append(acl.Entries, topology.ACLEntry{
					Number: e.Number, Egress: e.Egress, Allow: e.Action == "allow", Protocol: e.Protocol, CIDR: cmp.Or(e.V4, e.V6), From: e.From, To: e.To,
				})
			}
			slices.SortStableFunc(acl.Entries, func(a, b topology.ACLEntry) int { return cmp.Compare(a.Number, b.Number) })
			found[a.VPC] = append(found[a.VPC], acl)
		}
		return nil, page.NextToken
	})
	putFound(r, &r.to.NetworkACLs, topology.NetworkACLs, vpcs, found, err)
}
