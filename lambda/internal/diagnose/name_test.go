package diagnose

import (
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// noDNS is an endpoint whose name does not resolve.
func noDNS(class result.Class) Symptom {
	return Symptom{Endpoint: endpoint("/health"), Class: class, Phase: result.PhaseDNS, At: noon}
}

func absentRecord(s *topology.Snapshot) {
	s.Records.Put("Z1|api.hokus.ai", topology.AbsentFact[[]topology.Record]("route53:ListResourceRecordSets", noon))
}

func TestNoRecordIsBlamedForNamesThatDoNotExistOnly(t *testing.T) {
	for class, want := range map[result.Class]bool{result.DNSNXDomain: true, result.DNSNoData: true, result.DNSServFail: false, result.DNSTimeout: false} {
		s := sample()
		absentRecord(s)
		out := Diagnose(caseOf(s, noDNS(class)))
		if got := slices.Contains(causes(out), DNSNoRecord); got != want {
			t.Errorf("%s: %v", class, causes(out))
		}
		if !want && len(out.Unexplained) != 1 {
			t.Errorf("%s is silently dropped", class)
		}
	}
}

func TestNoRecordProposesTheOneBalancerThatHasARuleForTheHost(t *testing.T) {
	s := sample()
	absentRecord(s)
	f := only(t, Diagnose(caseOf(s, noDNS(result.DNSNXDomain))), DNSNoRecord, Cause)
	if f.Actions[0].Command != "" || !strings.Contains(f.Actions[0].Do, "for its owner to say") {
		t.Errorf("no rule names the host: %+v", f.Actions)
	}
	s.Rules.Put(listenerARN, know([]topology.Rule{{Priority: 1, Conditions: []topology.Condition{{Field: "host-header", Values: []string{"api.hokus.ai"}}}}, {Default: true}}, "elasticloadbalancing:DescribeRules"))
	f = only(t, Diagnose(caseOf(s, noDNS(result.DNSNXDomain))), DNSNoRecord, Cause)
	if !strings.Contains(f.Actions[0].Command, `"DNSName":"main-1.us-east-1.elb.amazonaws.com"`) || f.Level != Proven {
		t.Errorf("%+v", f.Actions)
	}
	other := topology.LoadBalancer{ARN: "lb2", Name: "other"}
	s.LoadBalancers.Put("", know(append(s.LoadBalancers.Of("").Value, other), "elasticloadbalancing:DescribeLoadBalancers"))
	s.Listeners.Put("lb2", know([]topology.Listener{{ARN: "l2", Port: 443}}, "elasticloadbalancing:DescribeListeners"))
	s.Rules.Put("l2", s.Rules.Of(listenerARN))
	f = only(t, Diagnose(caseOf(s, noDNS(result.DNSNXDomain))), DNSNoRecord, Cause)
	if f.Actions[0].Command != "" || !strings.Contains(f.Actions[0].Do, "main, other") {
		t.Errorf("two have a rule, so neither is proposed: %+v", f.Actions)
	}
}

func TestUnreadableNamesAreNeverAbsent(t *testing.T) {
	for _, want := range []topology.Want{{Kind: topology.Zones, Key: "api.hokus.ai"}, {Kind: topology.Records, Key: "Z1|api.hokus.ai"}} {
		s := sample()
		absentRecord(s)
		s.Fail(want, topology.Denied, "")
		out := Diagnose(caseOf(s, noDNS(result.DNSNXDomain)))
		if len(aboutEndpoints(out)) != 0 || len(out.Gaps) != 1 || strings.Contains(asJSON(out), "has no record") {
			t.Errorf("%s: %s", want.Kind, asJSON(out))
		}
	}
}

func TestANameInNoZoneOfTheAccountIsNotExplained(t *testing.T) {
	s := sample()
	s.Zones.Put("api.hokus.ai", topology.AbsentFact[[]topology.Zone]("route53:ListHostedZonesByName", noon))
	out := Diagnose(caseOf(s, noDNS(result.DNSNXDomain)))
	if len(out.Findings) != 0 || len(out.Unexplained) != 1 {
		t.Errorf("%s", asJSON(out))
	}
}

// A record of another region, of something that is no load balancer, or of one
// that exists is not dangling.
func TestDanglingAlias(t *testing.T) {
	for to, want := range map[string]bool{
		"old-9.us-east-1.elb.amazonaws.com":    true,
		"old-9.elb.us-east-1.amazonaws.com":    true,
		"old-9.eu-west-1.elb.amazonaws.com":    false,
		"main-1.us-east-1.elb.amazonaws.com":   false,
		"d111111abcdef8.cloudfront.net":        false,
		"s3-website-us-east-1.amazonaws.com":   false,
		"MAIN-1.us-east-1.elb.amazonaws.com":   false,
		"api.execute-api.us-east-1.amazonaws.": false,
	} {
		s := sample()
		s.Records.Put("Z1|api.hokus.ai", know([]topology.Record{{Name: "api.hokus.ai", Type: "A", Alias: to}}, "route53:ListResourceRecordSets"))
		out := Rounds(caseOf(s, noDNS(result.DNSNXDomain)), func(*topology.Snapshot, []topology.Want) {})
		if got := slices.Contains(causes(out), DNSDanglingAlias); got != want {
			t.Errorf("%s: %v", to, causes(out))
		}
	}
}

// A name that another record leads to is followed; a circle ends.
func TestNamesAreFollowedToTheLoadBalancer(t *testing.T) {
	s := sample()
	s.Records.Put("Z1|api.hokus.ai", know([]topology.Record{{Name: "api.hokus.ai", Type: "CNAME", Values: []string{"lb.hokus.ai."}}}, "route53:ListResourceRecordSets"))
	s.Zones.Put("lb.hokus.ai", s.Zones.Of("api.hokus.ai"))
	s.Records.Put("Z1|lb.hokus.ai", know([]topology.Record{{Name: "lb.hokus.ai", Type: "A", Alias: "main-1.us-east-1.elb.amazonaws.com"}}, "route53:ListResourceRecordSets"))
	only(t, Diagnose(caseOf(s, notFound("/health"))), RuleDefaultFixed, Cause)
	s.Records.Put("Z1|lb.hokus.ai", know([]topology.Record{{Name: "lb.hokus.ai", Type: "CNAME", Values: []string{"api.hokus.ai"}}}, "route53:ListResourceRecordSets"))
	if out := Diagnose(caseOf(s, notFound("/health"))); len(out.Findings) != 0 {
		t.Errorf("%s", asJSON(out))
	}
}

// Of a public and a private zone with one name, those inside the private one's
// network are answered by it.
func TestWhichOfTwoZonesAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		own  topology.Fact[topology.Checker]
		zone string
	}{
		"inside":       {know(topology.Checker{VPC: "vpc-1"}, "lambda:GetFunctionConfiguration"), "Z2"},
		"other VPC":    {know(topology.Checker{VPC: "vpc-9"}, "lambda:GetFunctionConfiguration"), "Z1"},
		"no VPC":       {topology.AbsentFact[topology.Checker]("lambda:GetFunctionConfiguration", noon), "Z1"},
		"not readable": {topology.UnknownFact[topology.Checker](topology.Denied, "lambda:GetFunctionConfiguration", ""), "Z1"},
	} {
		s := sample()
		s.Zones.Put("api.hokus.ai", know([]topology.Zone{{ID: "Z1", Name: "hokus.ai"}, {ID: "Z2", Name: "hokus.ai", Private: true, VPCs: []string{"vpc-1"}}}, "route53:ListHostedZonesByName"))
		s.VPCs.Put("vpc-1", know(topology.VPC{ID: "vpc-1", DNSSupport: true, DNSHostnames: true}, "ec2:DescribeVpcs"))
		s.OwnNetwork.Put("", c.own)
		for _, zone := range []string{"Z1", "Z2"} {
			s.Records.Put(zone+"|api.hokus.ai", topology.AbsentFact[[]topology.Record]("route53:ListResourceRecordSets", noon))
		}
		f := only(t, Diagnose(caseOf(s, noDNS(result.DNSNXDomain))), DNSNoRecord, Cause)
		if !strings.Contains(f.Sentence, "("+c.zone+")") || (f.Level == Proven) == (name == "not readable") {
			t.Errorf("%s: %s %s", name, f.Level, f.Sentence)
		}
	}
}

func TestPrivateZoneOnlyWhereTheCheckerCannotSeeIt(t *testing.T) {
	private := func(vpcs ...string) *topology.Snapshot {
		s := sample()
		s.Zones.Put("api.hokus.ai", know([]topology.Zone{{ID: "ZP", Name: "hokus.ai", Private: true, VPCs: vpcs}}, "route53:ListHostedZonesByName"))
		s.Records.Put("ZP|api.hokus.ai", know([]topology.Record{{Name: "api.hokus.ai", Type: "A", Values: []string{"10.0.0.9"}}}, "route53:ListResourceRecordSets"))
		s.OwnNetwork.Put("", know(topology.Checker{VPC: "vpc-1"}, "lambda:GetFunctionConfiguration"))
		s.VPCs.Put("vpc-1", know(topology.VPC{ID: "vpc-1", DNSSupport: true, DNSHostnames: true}, "ec2:DescribeVpcs"))
		return s
	}
	if f := only(t, Diagnose(caseOf(private("vpc-2"), noDNS(result.DNSNXDomain))), DNSPrivateZone, Cause); f.Level != Proven {
		t.Errorf("%s", asJSON(f))
	}
	if out := Diagnose(caseOf(private("vpc-1"), noDNS(result.DNSNXDomain))); len(out.Findings) != 0 {
		t.Errorf("the zone is associated and on: %s", asJSON(out))
	}
	off := private("vpc-1")
	off.VPCs.Put("vpc-1", know(topology.VPC{ID: "vpc-1", DNSHostnames: true}, "ec2:DescribeVpcs"))
	if f := only(t, Diagnose(caseOf(off, noDNS(result.DNSNXDomain))), DNSPrivateZone, Cause); !strings.Contains(f.Actions[0].Command, "--enable-dns-support") || len(f.Actions) != 1 {
		t.Errorf("%s", asJSON(f))
	}
	laptop := private("vpc-1")
	laptop.OwnNetwork.Put("", topology.AbsentFact[topology.Checker]("lambda:GetFunctionConfiguration", noon))
	if f := only(t, Diagnose(caseOf(laptop, noDNS(result.DNSNXDomain))), DNSPrivateZone, Cause); !strings.Contains(f.Sentence, "runs in no VPC") {
		t.Error(f.Sentence)
	}
}
