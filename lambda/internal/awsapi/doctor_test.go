package awsapi

import (
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// household answers each action with one thing.
var household = map[string]string{
	"elasticloadbalancing:DescribeLoadBalancers":          `<r><DescribeLoadBalancersResult><LoadBalancers><member><LoadBalancerArn>` + arnOf + `loadbalancer/app/x/1</LoadBalancerArn><VpcId>vpc-1</VpcId></member></LoadBalancers><NextMarker>more</NextMarker></DescribeLoadBalancersResult></r>`,
	"elasticloadbalancing:DescribeListeners":              `<r><DescribeListenersResult><Listeners><member><ListenerArn>` + arnOf + `listener/app/x/1/2</ListenerArn><Certificates><member><CertificateArn>arn:aws:acm:us-east-1:123456789012:certificate/1</CertificateArn></member></Certificates></member></Listeners></DescribeListenersResult></r>`,
	"elasticloadbalancing:DescribeTargetGroups":           `<r><DescribeTargetGroupsResult><TargetGroups><member><TargetGroupArn>` + arnOf + `targetgroup/x/1</TargetGroupArn></member></TargetGroups></DescribeTargetGroupsResult></r>`,
	"elasticloadbalancing:DescribeLoadBalancerAttributes": `<r><DescribeLoadBalancerAttributesResult><Attributes><member><Key>idle_timeout.timeout_seconds</Key><Value>60</Value></member></Attributes></DescribeLoadBalancerAttributesResult></r>`,
	"ecs:ListServices":                                    `{"serviceArns":["arn:aws:ecs:us-east-1:123456789012:service/dev/api"]}`,
	"ecs:DescribeServices":                                `{"services":[{"serviceName":"api","taskDefinition":"arn:aws:ecs:us-east-1:123456789012:task-definition/api:1"}]}`,
	"ec2:DescribeVpcs":                                    `<r><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet></r>`,
	"ec2:DescribeVpcAttribute":                            `<r><enableDnsSupport><value>true</value></enableDnsSupport></r>`,
	"route53:ListHostedZonesByName":                       `<r><HostedZones><HostedZone><Id>/hostedzone/Z1</Id><Name>example.org.</Name></HostedZone></HostedZones></r>`,
	"servicediscovery:ListNamespaces":                     `{"Namespaces":[{"Id":"ns-1","Name":"dev.local"}]}`,
	"servicediscovery:ListServices":                       `{"Services":[{"Id":"srv-1","Name":"mlflow"}]}`,
	"lambda:GetFunctionConfiguration":                     `{"FunctionName":"tidewatch","VpcConfig":{"VpcId":"vpc-1"}}`,
	"ec2:GetManagedPrefixListEntries":                     "InvalidPrefixListID.NotFound",
	"route53:GetHostedZone":                               "NoSuchHostedZone",
	"acm:DescribeCertificate":                             `{"Certificate":{}}`,
	"servicediscovery:ListInstances":                      "ServiceNotFound",
}

func homely(action string) (int, string) {
	text, ok := household[action]
	switch {
	case !ok:
		return 200, vague(action)
	case strings.ContainsAny(text, "<{"):
		return 200, text
	}
	return 404, refused(action, text)
}

var scope = Scope{Clusters: []string{"dev"}, LogGroups: []string{"/ecs/api"}, Hosts: []string{"api.example.org"}, Function: "tidewatch"}

func TestDoctorTriesEveryAction(t *testing.T) {
	t.Parallel()
	client, made := serve(t, calm, func(action, _ string) (int, string) { return homely(action) })
	client.unpaced()
	rows := client.Doctor(t.Context(), scope)
	var wanted []string
	for _, a := range access.Actions {
		if a.Part == access.Diagnosis {
			wanted = append(wanted, a.Name)
		}
	}
	var got []string
	for _, row := range rows {
		got = append(got, row.Action.Name)
		if row.Outcome != Allowed || len(row.Limits) == 0 {
			t.Errorf("%s: %+v", row.Action.Name, row)
		}
		if made.of(row.Action.Name) == 0 {
			t.Errorf("%s was not tried", row.Action.Name)
		}
	}
	if !slices.Equal(got, wanted) {
		t.Errorf("%v\nis not the order of\n%v", got, wanted)
	}
	if n := made.of("elasticloadbalancing:DescribeLoadBalancers"); n != 1 {
		t.Errorf("one page is enough: %d", n)
	}
	if made.all() > 60 {
		t.Errorf("%d calls", made.all())
	}
}

func TestDoctorTellsWhatIsDenied(t *testing.T) {
	t.Parallel()
	for _, a := range access.Actions {
		if a.Part != access.Diagnosis {
			continue
		}
		client, _ := serve(t, calm, func(action, _ string) (int, string) {
			if action == a.Name {
				return 403, refused(action, "AccessDenied")
			}
			return homely(action)
		})
		client.unpaced()
		for _, row := range client.Doctor(t.Context(), scope) {
			switch {
			case row.Action.Name == a.Name && (row.Outcome != Denied || row.Code != "AccessDenied" || row.Detail != "no"):
				t.Errorf("%s is denied: %+v", a.Name, row)
			case row.Action.Name != a.Name && row.Outcome == Denied:
				t.Errorf("with %s denied: %+v", a.Name, row)
			}
		}
	}
}

// A clean account, one with nothing to ask for, and one that does not answer.
func TestDoctorDoesNotGuess(t *testing.T) {
	t.Parallel()
	client, _ := serve(t, calm, func(action, _ string) (int, string) {
		if strings.HasPrefix(refused(action, ""), "{") {
			return 200, "{}"
		}
		return 200, "<r/>"
	})
	client.unpaced()
	outcomes := map[string]Outcome{}
	for _, row := range client.Doctor(t.Context(), Scope{}) {
		outcomes[row.Action.Name] = row.Outcome
		if row.Outcome == Untried && row.Detail == "" {
			t.Errorf("%+v", row)
		}
	}
	for action, wanted := range map[string]Outcome{
		"elasticloadbalancing:DescribeLoadBalancers": Allowed, "elasticloadbalancing:DescribeRules": Untried, "ec2:DescribeVpcAttribute": Allowed, "ecs:DescribeTasks": Allowed,
		"logs:FilterLogEvents": Untried, "lambda:GetFunctionConfiguration": Untried, "route53:ListResourceRecordSets": Allowed,
	} {
		if outcomes[action] != wanted {
			t.Errorf("%s: %s, not %s", action, outcomes[action], wanted)
		}
	}
	config := calm
	config.Endpoint, config.Keys = "http://127.0.0.1:1", fakeKeys
	nowhere, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	nowhere.unpaced()
	for _, row := range nowhere.Doctor(t.Context(), scope) {
		if row.Outcome == Allowed || row.Outcome == Denied {
			t.Errorf("nobody answered: %+v", row)
		}
	}
}

func TestLimitsAreThoseOfTheKinds(t *testing.T) {
	info, _ := topology.RunningTasks.Info()
	if got := limitsOf("ecs:ListTasks"); !slices.Contains(got, info.Tells) || len(got) != 2 {
		t.Errorf("%v", got)
	}
}
