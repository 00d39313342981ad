package awsapi

import (
	"cmp"
	"context"
	"net/url"
	"sync"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

var (
	describeRouteTables  = operation{"ec2", "2016-11-15.DescribeRouteTables"}
	describeVpcs         = operation{"ec2", "2016-11-15.DescribeVpcs"}
	describeVpcAttribute = operation{"ec2", "2016-11-15.DescribeVpcAttribute"}
	describeVpcEndpoints = operation{"ec2", "2016-11-15.DescribeVpcEndpoints"}
)

type routesAnswer struct {
	Items []struct {
		ID           string     `xml:"routeTableId"`
		VPC          string     `xml:"vpcId"`
		Routes       []routeXML `xml:"routeSet>item"`
		Associations []struct {
			Main   bool   `xml:"main"`
			Subnet string `xml:"subnetId"`
			State  string `xml:"associationState>state"`
		} `xml:"associationSet>item"`
	} `xml:"routeTableSet>item"`
	NextToken string `xml:"nextToken"`
}

// routeXML has one destination and one target, each under a name of its kind.
type routeXML struct {
	V4      string `xml:"destinationCidrBlock"`
	V6      string `xml:"destinationIpv6CidrBlock"`
	List    string `xml:"destinationPrefixListId"`
	Gateway string `xml:"gatewayId"` // igw, vgw, vpce, local
	NAT     string `xml:"natGatewayId"`
	ENI     string `xml:"networkInterfaceId"`
	EC2     string `xml:"instanceId"`
	Peering string `xml:"vpcPeeringConnectionId"`
	Transit string `xml:"transitGatewayId"`
	Egress  string `xml:"egressOnlyInternetGatewayId"`
	Local   string `xml:"localGatewayId"`
	Carrier string `xml:"carrierGatewayId"`
	Core    string `xml:"coreNetworkArn"`
	State   string `xml:"state"`
}

func (r routeXML) route() topology.Route {
	return topology.Route{
		Destination: cmp.Or(r.V4, r.V6, r.List), State: r.State,
		Target: cmp.Or(r.Gateway, r.NAT, r.ENI, r.EC2, r.Peering, r.Transit, r.Egress, r.Local, r.Carrier, r.Core),
	}
}

// readRouteTables: every VPC has one at least, so none means that there is no
// such VPC.
func readRouteTables(ctx context.Context, r *reading, vpcs []string) {
	found := map[string][]topology.RouteTable{}
	q := filtered(describeRouteTables, "vpc-id", vpcs)
	q.form.Set("MaxResults", "100")
	_, err := pages(ctx, r, q, func(page routesAnswer) ([]struct{}, string) {
		for _, t := range page.Items {
			table := topology.RouteTable{ID: t.ID, Subnets: []string{}, Routes: []topology.Route{}}
			for _, a := range t.Associations {
				if a.State != "" && a.State != "associated" {
					continue
				}
				table.Main = table.Main || a.Main
				if a.Subnet != "" {
					table.Subnets = append(table.Subnets, a.Subnet)
				}
			}
			for _, route := range t.Routes {
				table.Routes = append(table.Routes, route.route())
			}
			found[t.VPC] = append(found[t.VPC], table)
		}
		return nil, page.NextToken
	})
	putFound(r, &r.to.RouteTables, topology.RouteTables, vpcs, found, err)
}

type vpcsAnswer struct {
	Items []struct {
		ID    string   `xml:"vpcId"`
		Owner string   `xml:"ownerId"`
		CIDR  string   `xml:"cidrBlock"`
		CIDRs []string `xml:"cidrBlockAssociationSet>item>cidrBlock"`
		V6    []string `xml:"ipv6CidrBlockAssociationSet>item>ipv6CidrBlock"`
	} `xml:"vpcSet>item"`
	NextToken string `xml:"nextToken"`
}

// readVPCs asks for two attributes of each VPC, one call each: AWS has no other way.
func readVPCs(ctx context.Context, r *reading, ids []string) {
	all, err := pages(ctx, r, filtered(describeVpcs, "vpc-id", ids), func(page vpcsAnswer) (some []topology.VPC, next string) {
		for _, v := range page.Items {
			cidrs := v.CIDRs
			if len(cidrs) == 0 && v.CIDR != "" {
				cidrs = []string{v.CIDR}
			}
			some = append(some, topology.VPC{ID: v.ID, Owner: v.Owner, CIDRs: append(cidrs, v.V6...)})
		}
		return some, page.NextToken
	})
	found := map[string]topology.VPC{}
	for _, v := range all {
		if v, err := r.withAttributes(ctx, v); err != nil {
			r.fail(topology.VPCs, v.ID, err)
		} else {
			found[v.ID] = v
		}
	}
	for _, id := range ids {
		if r.open(topology.VPCs, id) {
			putFound(r, &r.to.VPCs, topology.VPCs, []string{id}, found, err)
		}
	}
}

// open reports whether a want has no outcome yet.
func (r *reading) open(kind topology.Kind, key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.to.Status(topology.Want{Kind: kind, Key: key}).Pending()
}

func (r *reading) withAttributes(ctx context.Context, v topology.VPC) (topology.VPC, error) {
	var wg sync.WaitGroup
	var failed [2]error
	for i, to := range []struct {
		name  string
		value *bool
	}{{"enableDnsSupport", &v.DNSSupport}, {"enableDnsHostnames", &v.DNSHostnames}} {
		wg.Go(func() {
			var answer struct {
				Support   *bool `xml:"enableDnsSupport>value"`
				Hostnames *bool `xml:"enableDnsHostnames>value"`
			}
			q := request{operation: describeVpcAttribute, form: url.Values{"VpcId": {v.ID}, "Attribute": {to.name}}, out: &answer}
			if failed[i] = r.call(ctx, q); failed[i] != nil {
				return
			}
			value := cmp.Or(answer.Support, answer.Hostnames)
			if value == nil {
				failed[i] = errLeftOut
				return
			}
			*to.value = *value
		})
	}
	wg.Wait()
	return v, cmp.Or(failed[0], failed[1])
}

type endpointsAnswer struct {
	Items []struct {
		ID      string   `xml:"vpcEndpointId"`
		VPC     string   `xml:"vpcId"`
		Service string   `xml:"serviceName"`
		Type    string   `xml:"vpcEndpointType"`
		State   string   `xml:"state"`
		Subnets []string `xml:"subnetIdSet>item"`
	} `xml:"vpcEndpointSet>item"`
	NextToken string `xml:"nextToken"`
}

// readVPCEndpoints: most VPCs have none, so an empty list is known.
func readVPCEndpoints(ctx context.Context, r *reading, vpcs []string) {
	found := map[string][]topology.Endpoint{}
	for _, vpc := range vpcs {
		found[vpc] = []topology.Endpoint{}
	}
	_, err := pages(ctx, r, filtered(describeVpcEndpoints, "vpc-id", vpcs), func(page endpointsAnswer) ([]struct{}, string) {
		for _, e := range page.Items {
			found[e.VPC] = append(found[e.VPC], topology.Endpoint{ID: e.ID, Service: e.Service, Type: e.Type, State: e.State, Subnets: e.Subnets})
		}
		return nil, page.NextToken
	})
	putFound(r, &r.to.VPCEndpoints, topology.VPCEndpoints, vpcs, found, err)
}
