package awsapi

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

var (
	describeLoadBalancers = operation{"elasticloadbalancing", "2015-12-01.DescribeLoadBalancers"}
	describeListeners     = operation{"elasticloadbalancing", "2015-12-01.DescribeListeners"}
	describeRules         = operation{"elasticloadbalancing", "2015-12-01.DescribeRules"}
	describeTargetGroups  = operation{"elasticloadbalancing", "2015-12-01.DescribeTargetGroups"}
	describeTargetHealth  = operation{"elasticloadbalancing", "2015-12-01.DescribeTargetHealth"}

	describeListenerCertificates   = operation{"elasticloadbalancing", "2015-12-01.DescribeListenerCertificates"}
	describeLoadBalancerAttributes = operation{"elasticloadbalancing", "2015-12-01.DescribeLoadBalancerAttributes"}
)

type balancersAnswer struct {
	Members []struct {
		LoadBalancerArn, LoadBalancerName, DNSName, CanonicalHostedZoneId, Type, Scheme, VpcId string

		State       string    `xml:"State>Code"`
		CreatedTime time.Time `xml:"CreatedTime"`
		Subnets     []string  `xml:"AvailabilityZones>member>SubnetId"`
		Zones       []string  `xml:"AvailabilityZones>member>ZoneName"`
		Groups      []string  `xml:"SecurityGroups>member"`
	} `xml:"DescribeLoadBalancersResult>LoadBalancers>member"`
	NextMarker string `xml:"DescribeLoadBalancersResult>NextMarker"`
}

func readLoadBalancers(ctx context.Context, r *reading, _ string) {
	all, err := pages(ctx, r, request{operation: describeLoadBalancers, form: url.Values{}}, func(page balancersAnswer) (some []topology.LoadBalancer, marker string) {
		for _, m := range page.Members {
			some = append(some, topology.LoadBalancer{
				ARN: m.LoadBalancerArn, Name: m.LoadBalancerName, DNSName: m.DNSName, Zone: m.CanonicalHostedZoneId, Type: m.Type, Scheme: m.Scheme,
				State: m.State, VPC: m.VpcId, Subnets: m.Subnets, Zones: m.Zones, SecurityGroups: m.Groups, Created: m.CreatedTime,
			})
		}
		return some, page.NextMarker
	})
	if len(all) > 0 {
		r.own(all[0].ARN) // nobody lists load balancers of others
	}
	putList(r, &r.to.LoadBalancers, topology.LoadBalancers, "", all, err)
}

type listenersAnswer struct {
	Members []struct {
		ListenerArn, LoadBalancerArn, Protocol string

		Port         int
		Certificates []string    `xml:"Certificates>member>CertificateArn"`
		Actions      []actionXML `xml:"DefaultActions>member"`
	} `xml:"DescribeListenersResult>Listeners>member"`
	NextMarker string `xml:"DescribeListenersResult>NextMarker"`
}

func readListeners(ctx context.Context, r *reading, arn string) {
	q := request{operation: describeListeners, region: regionOf(arn, ""), form: url.Values{"LoadBalancerArn": {arn}}}
	all, err := pages(ctx, r, q, func(page listenersAnswer) (some []topology.Listener, marker string) {
		for _, m := range page.Members {
			some = append(some, topology.Listener{
				ARN: m.ListenerArn, LoadBalancer: m.LoadBalancerArn, Port: m.Port, Protocol: m.Protocol, Certificates: m.Certificates, DefaultActions: actionsOf(m.Actions),
			})
		}
		return some, page.NextMarker
	})
	putList(r, &r.to.Listeners, topology.Listeners, arn, all, err)
}

type groupsAnswer struct {
	Members []struct {
		TargetGroupArn, TargetGroupName, Protocol, TargetType, VpcId string

		Port                                           int
		LoadBalancerArns                               []string `xml:"LoadBalancerArns>member"`
		HealthCheckEnabled                             bool
		HealthCheckProtocol, HealthCheckPort           string
		HealthCheckPath                                string
		Codes                                          string `xml:"Matcher>HttpCode"`
		HealthCheckIntervalSeconds                     int
		HealthCheckTimeoutSeconds                      int
		HealthyThresholdCount, UnhealthyThresholdCount int
	} `xml:"DescribeTargetGroupsResult>TargetGroups>member"`
	NextMarker string `xml:"DescribeTargetGroupsResult>NextMarker"`
}

func readTargetGroups(ctx context.Context, r *reading, _ string) {
	all, err := pages(ctx, r, request{operation: describeTargetGroups, form: url.Values{}}, func(page groupsAnswer) (some []topology.TargetGroup, marker string) {
		for _, m := range page.Members {
			some = append(some, topology.TargetGroup{
				ARN: m.TargetGroupArn, Name: m.TargetGroupName, Protocol: m.Protocol, Port: m.Port, TargetType: m.TargetType, VPC: m.VpcId, LoadBalancers: distinct(m.LoadBalancerArns),
				Health: topology.HealthCheck{
					Enabled: m.HealthCheckEnabled, Protocol: m.HealthCheckProtocol, Port: m.HealthCheckPort, Path: m.HealthCheckPath, Matcher: m.Codes,
					Interval: time.Duration(m.HealthCheckIntervalSeconds) * time.Second, Timeout: time.Duration(m.HealthCheckTimeoutSeconds) * time.Second,
					HealthyThreshold: m.HealthyThresholdCount, UnhealthyThreshold: m.UnhealthyThresholdCount,
				},
			})
		}
		return some, page.NextMarker
	})
	putList(r, &r.to.TargetGroups, topology.TargetGroups, "", all, err)
}

// distinct leaves out what is there twice.
func distinct(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// numeral reads what AWS writes as text; 0 if it is none.
func numeral(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
