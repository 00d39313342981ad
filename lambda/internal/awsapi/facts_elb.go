package awsapi

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

var (
	describeLoadBalancers = operation{"elasticloadbalancing", "2015-12-01.DescribeLoadBalancers"}
	describeListeners     = operation{"elasticloadbalancing", "2015-12-01.DescribeListeners"}
	describeRules         = operation{"elasticloadbalancing", "2015-12-01.DescribeRules"}
	describeTargetGroups  = operation{"elasticloadbalancing", "2015-12-01.DescribeTargetGroups"}
)

// maxPages bounds how long a list may be: 20 pages of 400.
const maxPages = 20

// pages asks for one page after the other: page takes what a page holds and
// says where to go on. A list that does not end is an error, never a part of it.
func pages[Page, Item any](ctx context.Context, r *reading, q request, page func(Page) ([]Item, string)) ([]Item, error) {
	all := []Item{}
	q.form.Set("PageSize", "400")
	for range maxPages {
		var answer Page
		q.out = &answer
		if err := r.call(ctx, q); err != nil {
			return nil, err
		}
		items, marker := page(answer)
		all = append(all, items...)
		if marker == "" {
			return all, nil
		}
		q.form.Set("Marker", marker)
	}
	return nil, fmt.Errorf("%s lists more than %d pages", q.operation.action(), maxPages)
}

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

func readLoadBalancers(ctx context.Context, r *reading, _ []string) {
	all, err := pages(ctx, r, request{operation: describeLoadBalancers, form: url.Values{}}, func(page balancersAnswer) (some []topology.LoadBalancer, marker string) {
		for _, m := range page.Members {
			some = append(some, topology.LoadBalancer{
				ARN: m.LoadBalancerArn, Name: m.LoadBalancerName, DNSName: m.DNSName, Zone: m.CanonicalHostedZoneId, Type: m.Type, Scheme: m.Scheme,
				State: m.State, VPC: m.VpcId, Subnets: m.Subnets, Zones: m.Zones, SecurityGroups: m.Groups, Created: m.CreatedTime,
			})
		}
		return some, page.NextMarker
	})
	if err != nil {
		r.fail(topology.LoadBalancers, "", err)
		return
	}
	r.to.LoadBalancers.Put("", known(r, topology.LoadBalancers, all))
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

func readListeners(ctx context.Context, r *reading, balancers []string) {
	for _, arn := range balancers {
		all, err := pages(ctx, r, request{operation: describeListeners, form: url.Values{"LoadBalancerArn": {arn}}}, func(page listenersAnswer) (some []topology.Listener, marker string) {
			for _, m := range page.Members {
				some = append(some, topology.Listener{
					ARN: m.ListenerArn, LoadBalancer: m.LoadBalancerArn, Port: m.Port, Protocol: m.Protocol, Certificates: m.Certificates, DefaultActions: actionsOf(m.Actions),
				})
			}
			return some, page.NextMarker
		})
		if err != nil {
			r.fail(topology.Listeners, arn, err)
			continue
		}
		r.to.Listeners.Put(arn, known(r, topology.Listeners, all))
	}
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

func readTargetGroups(ctx context.Context, r *reading, _ []string) {
	all, err := pages(ctx, r, request{operation: describeTargetGroups, form: url.Values{}}, func(page groupsAnswer) (some []topology.TargetGroup, marker string) {
		for _, m := range page.Members {
			some = append(some, topology.TargetGroup{
				ARN: m.TargetGroupArn, Name: m.TargetGroupName, Protocol: m.Protocol, Port: m.Port, TargetType: m.TargetType, VPC: m.VpcId, LoadBalancers: m.LoadBalancerArns,
				Health: topology.HealthCheck{
					Enabled: m.HealthCheckEnabled, Protocol: m.HealthCheckProtocol, Port: m.HealthCheckPort, Path: m.HealthCheckPath, Matcher: m.Codes,
					Interval: time.Duration(m.HealthCheckIntervalSeconds) * time.Second, Timeout: time.Duration(m.HealthCheckTimeoutSeconds) * time.Second,
					HealthyThreshold: m.HealthyThresholdCount, UnhealthyThreshold: m.UnhealthyThresholdCount,
				},
			})
		}
		return some, page.NextMarker
	})
	if err != nil {
		r.fail(topology.TargetGroups, "", err)
		return
	}
	r.to.TargetGroups.Put("", known(r, topology.TargetGroups, all))
}

// numeral reads what AWS writes as text; 0 if it is none.
func numeral(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
