package main

import (
	"fmt"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
)

// network is where the function is.
type network struct {
	vpc     awsec2.IVpc
	subnets *awsec2.SubnetSelection
	groups  []awsec2.ISecurityGroup // never empty
}

// own is the group by which others know the function.
func (n network) own() awsec2.ISecurityGroup { return n.groups[0] }

// newNetwork takes or makes the VPC, the groups and the ways out of it.
func newNetwork(stack awscdk.Stack, c config) network {
	var n network
	if c.vpc.id == "" {
		n.vpc = newVPC(stack, c)
		n.subnets = &awsec2.SubnetSelection{SubnetType: awsec2.SubnetType_PRIVATE_WITH_EGRESS}
	} else {
		n.vpc = existingVPC(stack, c)
		n.subnets = &awsec2.SubnetSelection{Subnets: n.vpc.PrivateSubnets()}
	}
	for i, id := range c.vpc.groups {
		n.groups = append(n.groups, awsec2.SecurityGroup_FromSecurityGroupId(stack, str(fmt.Sprintf("Group%d", i+1)), str(id),
			&awsec2.SecurityGroupImportOptions{Mutable: no()}))
	}
	if len(n.groups) == 0 {
		// A checker may have to reach any address and port. Nothing comes in.
		n.groups = append(n.groups, awsec2.NewSecurityGroup(stack, str("SecurityGroup"), &awsec2.SecurityGroupProps{
			Vpc: n.vpc, Description: str("Tidewatch function: out to everything, nothing in"), AllowAllOutbound: yes(),
		}))
	}
	admit(stack, c, n.own())
	interfaceEndpoints(stack, c, n)
	if slices.Contains(c.services, gatewayService) || c.vpc.id == "" {
		tableEndpoint(stack, c, n)
	}
	return n
}

// newVPC makes a VPC whose private subnets reach the internet by NAT.
func newVPC(stack awscdk.Stack, c config) awsec2.IVpc {
	vpc := awsec2.NewVpc(stack, str("Vpc"), &awsec2.VpcProps{
		IpAddresses: awsec2.IpAddresses_Cidr(str(c.newVPC.cidr)),
		MaxAzs:      num(2),
		NatGateways: num(c.newVPC.nats),
		SubnetConfiguration: &[]*awsec2.SubnetConfiguration{
			{Name: str("Public"), SubnetType: awsec2.SubnetType_PUBLIC, MapPublicIpOnLaunch: no()},
			{Name: str("Private"), SubnetType: awsec2.SubnetType_PRIVATE_WITH_EGRESS},
		},
		// It would bring a function of its own only to empty a group that
		// nothing uses.
		RestrictDefaultSecurityGroup: no(),
	})
	output(stack, "Vpc", *vpc.VpcId(), "The new VPC")
	for i, subnet := range (*vpc.PublicSubnets())[:c.newVPC.nats] {
		if address, ok := subnet.Node().TryFindChild(str("EIP")).(awsec2.CfnEIP); ok {
			output(stack, fmt.Sprintf("Address%d", i+1), *address.Ref(), "Public address that probes come from, for lists of allowed addresses")
		}
	}
	return vpc
}

// existingVPC takes everything from the context: a lookup would need an
// account at synthesis.
func existingVPC(stack awscdk.Stack, c config) awsec2.IVpc {
	vpc := awsec2.Vpc_FromVpcAttributes(stack, str("Vpc"), &awsec2.VpcAttributes{
		VpcId: str(c.vpc.id), AvailabilityZones: strs(c.vpc.zones...), PrivateSubnetIds: strs(c.vpc.subnets...),
	})
	for _, subnet := range *vpc.PrivateSubnets() {
		awscdk.Annotations_Of(subnet).AcknowledgeWarning(str("@aws-cdk/aws-ec2:noSubnetRouteTableId"), str("the endpoint gets its route tables from the context"))
	}
	return vpc
}

// admit opens groups of somebody else's for the function.
func admit(stack awscdk.Stack, c config, own awsec2.ISecurityGroup) {
	for _, a := range c.admitTo {
		awsec2.NewCfnSecurityGroupIngress(stack, str(fmt.Sprintf("Admission-%s-%d-%d", a.group, a.from, a.to)), &awsec2.CfnSecurityGroupIngressProps{
			GroupId: str(a.group), SourceSecurityGroupId: own.SecurityGroupId(), Description: str("Tidewatch probes"),
			IpProtocol: str("tcp"), FromPort: num(a.from), ToPort: num(a.to),
		})
	}
}

// interfaceEndpoints bring services of AWS into the VPC. All share one group,
// which only the function gets into.
func interfaceEndpoints(stack awscdk.Stack, c config, n network) {
	services := slices.DeleteFunc(slices.Clone(c.services), func(s string) bool { return s == gatewayService })
	if len(services) == 0 {
		return
	}
	group := awsec2.NewSecurityGroup(stack, str("EndpointGroup"), &awsec2.SecurityGroupProps{
		Vpc: n.vpc, Description: str("Endpoints of AWS services: HTTPS from the Tidewatch function"), AllowAllOutbound: no(),
	})
	for i, from := range n.groups {
		awsec2.NewCfnSecurityGroupIngress(stack, str(fmt.Sprintf("EndpointIngress%d", i+1)), &awsec2.CfnSecurityGroupIngressProps{
			GroupId: group.SecurityGroupId(), SourceSecurityGroupId: from.SecurityGroupId(), Description: str("HTTPS from the Tidewatch function"),
			IpProtocol: str("tcp"), FromPort: num(443), ToPort: num(443),
		})
	}
	for _, name := range services {
		awsec2.NewInterfaceVpcEndpoint(stack, str("Endpoint-"+name), &awsec2.InterfaceVpcEndpointProps{
			Vpc: n.vpc, Service: awsec2.NewInterfaceVpcEndpointAwsService(str(name), nil, nil, nil), Subnets: n.subnets,
			Open: no(), SecurityGroups: &[]awsec2.ISecurityGroup{group}, PrivateDnsEnabled: yes(),
		})
	}
}

// tableEndpoint makes the way to DynamoDB a route of the VPC.
func tableEndpoint(stack awscdk.Stack, c config, n network) {
	if c.vpc.id == "" {
		n.vpc.AddGatewayEndpoint(str("TableEndpoint"), &awsec2.GatewayVpcEndpointOptions{
			Service: awsec2.GatewayVpcEndpointAwsService_DYNAMODB(), Subnets: &[]*awsec2.SubnetSelection{n.subnets},
		})
		return
	}
	// The construct would take one table for each subnet, and subnets share them.
	var routes []any
	for _, id := range c.vpc.routes {
		routes = append(routes, id)
	}
	awsec2.NewCfnVPCEndpoint(stack, str("TableEndpoint"), &awsec2.CfnVPCEndpointProps{
		VpcId: n.vpc.VpcId(), ServiceName: str("com.amazonaws." + c.region + ".dynamodb"),
		VpcEndpointType: str("Gateway"), RouteTableIds: &routes,
	})
}
