package awsapi

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/scenario"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// noises are things that are odd and do not matter, and where they come in:
// what an answer of the action holds, and what it holds then.
var noises = map[string]noise{
	"a deny of another port":          {"ec2:DescribeNetworkAcls", "<entrySet>", "<entrySet><item><ruleNumber>5</ruleNumber><protocol>6</protocol><ruleAction>deny</ruleAction><egress>false</egress><cidrBlock>0.0.0.0/0</cidrBlock><portRange><from>22</from><to>22</to></portRange></item>"},
	"a deny of another network":       {"ec2:DescribeNetworkAcls", "<entrySet>", "<entrySet><item><ruleNumber>6</ruleNumber><protocol>-1</protocol><ruleAction>deny</ruleAction><egress>true</egress><cidrBlock>203.0.113.0/24</cidrBlock></item>"},
	"a rule for pings":                {"ec2:DescribeSecurityGroups", "<ipPermissions>", "<ipPermissions><item><ipProtocol>icmp</ipProtocol><fromPort>8</fromPort><toPort>-1</toPort><groups/><ipRanges><item><cidrIp>10.0.0.0/8</cidrIp></item></ipRanges></item>"},
	"a blackhole of another network":  {"ec2:DescribeRouteTables", "<routeSet>", "<routeSet><item><destinationCidrBlock>172.20.0.0/16</destinationCidrBlock><vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId><state>blackhole</state></item>"},
	"a target that drains":            {"elasticloadbalancing:DescribeTargetHealth", "<TargetHealthDescriptions>", "<TargetHealthDescriptions><member><Target><Id>10.0.3.61</Id><Port>8001</Port><AvailabilityZone>us-east-1a</AvailabilityZone></Target><HealthCheckPort>8001</HealthCheckPort><TargetHealth><State>draining</State><Reason>Target.DeregistrationInProgress</Reason></TargetHealth></member>"},
	"a rule of another host":          {"elasticloadbalancing:DescribeRules", "<Rules>", "<Rules><member><RuleArn>other</RuleArn><Priority>3</Priority><IsDefault>false</IsDefault><Conditions><member><Field>host-header</Field><HostHeaderConfig><Values><member>other.example</member></Values></HostHeaderConfig></member></Conditions><Actions><member><Type>fixed-response</Type><FixedResponseConfig><StatusCode>503</StatusCode></FixedResponseConfig></member></Actions></member>"},
	"a group that nobody uses":        {"elasticloadbalancing:DescribeTargetGroups", "<TargetGroups>", "<TargetGroups><member><TargetGroupArn>arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/unused/9</TargetGroupArn><TargetGroupName>unused</TargetGroupName><Protocol>HTTP</Protocol><Port>9000</Port><VpcId>vpc-1</VpcId><TargetType>ip</TargetType></member>"},
	"scanners in the log":             {"logs:FilterLogEvents", `"events": [`, `"events": [{"logStreamName": "ecs/api/t1", "timestamp": 1772365900000, "message": "ERROR: client 10.0.1.23:51234 asked for /wp-login.php, not found"}, `},
	"a task that failed long ago":     {"ecs:DescribeTasks", `"tasks": [`, `"tasks": [{"taskArn": "arn:aws:ecs:us-east-1:123456789012:task/dev/ancient", "group": "service:api", "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/api:90", "lastStatus": "STOPPED", "stoppedAt": 1772360000, "stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited", "containers": [{"name": "api", "exitCode": 1}]}, `},
	"a discovery service of old":      {"servicediscovery:ListServices", `"Services": [`, `"Services": [{"Id": "srv-old", "Arn": "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-old", "Name": "legacy"}, `},
	"a load balancer of somebody":     {"elasticloadbalancing:DescribeLoadBalancers", "<LoadBalancers>", "<LoadBalancers><member><LoadBalancerArn>arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/theirs/8</LoadBalancerArn><DNSName>theirs-8.us-east-1.elb.amazonaws.com</DNSName><LoadBalancerName>theirs</LoadBalancerName><Scheme>internal</Scheme><VpcId>vpc-9</VpcId><State><Code>active</Code></State><Type>network</Type></member>"},
	"a database that is being backed": {"rds:DescribeDBInstances", "<DBInstances>", "<DBInstances><DBInstance><DBInstanceIdentifier>other</DBInstanceIdentifier><DBInstanceStatus>backing-up</DBInstanceStatus><Endpoint><Address>other.abc.us-east-1.rds.amazonaws.com</Address><Port>5432</Port></Endpoint></DBInstance>"},
}

type noise struct{ action, at, with string }

// noisy plays a scenario with a noise in it, and says how often it came in.
func noisy(t *testing.T, s *scenario.Scenario, n noise) (diagnose.Output, int64) {
	t.Helper()
	var came atomic.Int64
	behind := scenario.NewServer(s)
	client := facing(t, calm, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		action, kept := mototest.Action(r), httptest.NewRecorder()
		behind.ServeHTTP(kept, r)
		text := kept.Body.String()
		if action == n.action && strings.Contains(text, n.at) {
			came.Add(1)
			text = strings.ReplaceAll(strings.ReplaceAll(text, n.at, n.with), ", ]", "]") // the list was empty
		}
		maps.Copy(w.Header(), kept.Header())
		w.WriteHeader(kept.Code)
		_, _ = io.WriteString(w, text)
	}))
	client.unpaced()
	reader := client.Facts(FactLimits{Function: "tidewatch"})
	out := diagnose.Rounds(s.Case(calm.Region), func(to *topology.Snapshot, wants []topology.Want) {
		s.Fetch(to, probesOf(wants))
		reader.Read(t.Context(), to, wants)
	})
	return out, came.Load()
}

// concluded is what matters of an outcome.
func concluded(out diagnose.Output) string {
	var all []string
	for _, f := range out.Findings {
		all = append(all, fmt.Sprintf("%s %s %s SEV%d %v", f.Role, f.Key, f.Level, f.Severity, f.Explains))
	}
	for _, u := range out.Unexplained {
		all = append(all, "unexplained "+u.Endpoint)
	}
	return strings.Join(all, "\n")
}

// Noise changes nothing: in every scenario the conclusions are those without it.
func TestNoiseChangesNothing(t *testing.T) {
	t.Parallel()
	came := map[string]int64{}
	for _, s := range sample(wire(t)) {
		plain, server := play(t, s)
		calls, _ := server.Calls()
		for name, one := range noises {
			if !slices.Contains(calls, one.action) {
				continue
			}
			out, n := noisy(t, s, one)
			came[name] += n
			if got, want := concluded(out), concluded(plain); n > 0 && got != want {
				t.Errorf("%s with %s:\n%s\nand without:\n%s", s.Name, name, got, want)
			}
		}
	}
	for name := range noises {
		if came[name] < 3 && !testing.Short() {
			t.Errorf("%s came in %d times", name, came[name])
		}
	}
}
