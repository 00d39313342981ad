package incident

import (
	"reflect"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestCausesOf(t *testing.T) {
	long := strings.Repeat("x", 2000)
	out := diagnose.Output{Findings: []diagnose.Finding{
		{
			Code: diagnose.NetTargetGroup, Key: "NET_TARGET_SG/sg-a", Role: diagnose.Cause, Level: diagnose.Likely, Severity: diagnose.S2,
			Sentence: long, Explains: []string{"web/a"},
			Evidence: []diagnose.Evidence{{ID: "E1", Statement: "it is so", Source: "ec2:DescribeSecurityGroups"}, {ID: "E2", Statement: "that is fine", Source: "probe"}},
			RuledOut: []diagnose.RuledOut{{Statement: "that is fine", Evidence: "E2"}},
			Rivals:   []diagnose.Rival{{What: "the other", Decides: "a probe"}},
			Actions: []diagnose.Action{
				{Priority: "P0.1", Do: "open the port", Command: "aws ec2 authorize", Mutates: true, Done: diagnose.Test{Kind: diagnose.FindingGone, Key: "NET_TARGET_SG/sg-a"}},
				{Priority: "P0.2", Do: "the other way", Command: long},
			},
			Verify: []string{long, "curl -sS https://a"},
			Gaps:   []diagnose.Gap{{Subject: "network_acls vpc-1", Action: "ec2:DescribeNetworkAcls", Why: topology.Denied, Limits: "whether network ACLs let the traffic pass"}},
		},
		{Role: diagnose.Next, Sentence: "Then the rule is missing."},
		{Role: diagnose.Latent, Sentence: "Nobody notices."},
		{Code: diagnose.DNSNoRecord, Key: "DNS_NO_RECORD/x", Role: diagnose.Cause, Level: diagnose.Proven, Severity: diagnose.S3, Explains: []string{"web/b"}},
	}}
	causes := CausesOf(out)
	if len(causes) != 2 {
		t.Fatalf("%d causes", len(causes))
	}
	got := causes[0]
	if len(got.Sentence) > sentenceLimit+len("…") {
		t.Errorf("the sentence has %d bytes", len(got.Sentence))
	}
	got.Sentence = ""
	want := Cause{Explains: []string{"web/a"}, Root: Root{
		Key: "NET_TARGET_SG/sg-a", Code: "NET_TARGET_SG", Title: "security group of the target does not admit the load balancer", Level: "likely", Severity: SEV2,
		Proof: []Proof{{"E1", "it is so", "ec2:DescribeSecurityGroups"}}, RuledOut: []string{"that is fine"}, Rival: "the other", Decides: "a probe",
		Actions: []Action{
			{Priority: "P0.1", Do: "open the port", Command: "aws ec2 authorize", Mutates: true, Test: "finding_gone NET_TARGET_SG/sg-a"},
			{Priority: "P0.2", Do: "the other way"}, // a command that does not fit is not cut
		},
		Verify: []string{"curl -sS https://a"},
		Gaps:   []string{"ec2:DescribeNetworkAcls (denied): whether network ACLs let the traffic pass is not known"},
		Next:   []string{"Then the rule is missing."},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if causes[1].Level != "proven" || causes[1].Severity != SEV3 || causes[1].Next != nil {
		t.Errorf("%+v", causes[1])
	}
}
