package awsapi

import (
	"context"
	"net/url"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

type healthAnswer struct {
	Members []struct {
		ID          string `xml:"Target>Id"`
		Port        int    `xml:"Target>Port"`
		Zone        string `xml:"Target>AvailabilityZone"`
		State       string `xml:"TargetHealth>State"`
		Reason      string `xml:"TargetHealth>Reason"`
		Description string `xml:"TargetHealth>Description"`
	} `xml:"DescribeTargetHealthResult>TargetHealthDescriptions>member"`
}

// readTargetHealth: the list has no pages.
func readTargetHealth(ctx context.Context, r *reading, group string) {
	var answer healthAnswer
	err := r.call(ctx, request{operation: describeTargetHealth, region: regionOf(group, ""), form: url.Values{"TargetGroupArn": {group}}, out: &answer})
	all := []topology.Target{}
	for _, m := range answer.Members {
		all = append(all, topology.Target{ID: m.ID, Port: m.Port, Zone: m.Zone, State: m.State, Reason: m.Reason, Description: redact.Text(m.Description)})
	}
	putList(r, &r.to.TargetHealth, topology.TargetHealth, group, all, err)
}

type certificatesAnswer struct {
	Members []struct {
		CertificateArn string
		IsDefault      bool
	} `xml:"DescribeListenerCertificatesResult>Certificates>member"`
	NextMarker string `xml:"DescribeListenerCertificatesResult>NextMarker"`
}

// readListenerCertificates: AWS lists the default certificate twice where it is
// among the others, too.
func readListenerCertificates(ctx context.Context, r *reading, listener string) {
	q := request{operation: describeListenerCertificates, region: regionOf(listener, ""), form: url.Values{"ListenerArn": {listener}}}
	read, err := pages(ctx, r, q, func(page certificatesAnswer) (some []topology.ListenerCertificate, marker string) {
		for _, m := range page.Members {
			some = append(some, topology.ListenerCertificate{ARN: m.CertificateArn, Default: m.IsDefault})
		}
		return some, page.NextMarker
	})
	all, at := []topology.ListenerCertificate{}, map[string]int{}
	for _, one := range read {
		if i, twice := at[one.ARN]; twice {
			all[i].Default = all[i].Default || one.Default
			continue
		}
		at[one.ARN] = len(all)
		all = append(all, one)
	}
	putList(r, &r.to.ListenerCertificates, topology.ListenerCertificates, listener, all, err)
}

type attributesAnswer struct {
	Members []struct{ Key, Value string } `xml:"DescribeLoadBalancerAttributesResult>Attributes>member"`
}

// readBalancerAttributes: a load balancer that has no idle timeout, as one of
// the network, has 0.
func readBalancerAttributes(ctx context.Context, r *reading, balancer string) {
	var answer attributesAnswer
	err := r.call(ctx, request{operation: describeLoadBalancerAttributes, region: regionOf(balancer, ""), form: url.Values{"LoadBalancerArn": {balancer}}, out: &answer})
	if err != nil {
		r.fail(topology.LoadBalancerSettings, balancer, err)
		return
	}
	all := map[string]string{}
	for _, m := range answer.Members {
		all[m.Key] = m.Value
	}
	if strings.Contains(balancer, ":loadbalancer/app/") && all["idle_timeout.timeout_seconds"] == "" {
		r.fail(topology.LoadBalancerSettings, balancer, errLeftOut)
		return
	}
	put(r, &r.to.LoadBalancerSettings, topology.LoadBalancerSettings, balancer, topology.BalancerAttributes{
		IdleTimeout:  time.Duration(numeral(all["idle_timeout.timeout_seconds"])) * time.Second,
		DropInvalid:  all["routing.http.drop_invalid_header_fields.enabled"] == "true",
		PreserveHost: all["routing.http.preserve_host_header.enabled"] == "true",
		WAFFailOpen:  all["waf.fail_open.enabled"] == "true",
	})
}
