package awsapi

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// kindsOf are the kinds of services with JSON or XML.
func kindsOf(isJSON bool) (wants []topology.Want) {
	for _, w := range everyWant() {
		info, _ := w.Kind.Info()
		if strings.HasPrefix(refused(info.Action, ""), "{") == isJSON {
			wants = append(wants, w)
		}
	}
	return wants
}

// answerAll reads wants from a service that gives one answer to everything:
// each gets an outcome, and what comes out can be saved and read again.
func answerAll(t *testing.T, text string, wants []topology.Want) {
	config := calm
	config.Keys, config.Endpoint = fakeKeys, "http://127.0.0.1:1"
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	client.unpaced()
	client.http = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text))}, nil
	})}
	s := &topology.Snapshot{Version: topology.SnapshotVersion}
	client.Facts(FactLimits{Function: "f", Calls: 400, Parallel: 1, Now: func() time.Time { return noon }}).Read(t.Context(), s, wants)
	for _, w := range wants {
		if got := s.Status(w); got.Pending() || strings.Contains(got.Detail, "could not be read") || strings.Contains(got.Detail, "no outcome") {
			t.Errorf("%s: %+v of %q", w.Kind, got, text)
		}
	}
	saved, err := json.Marshal(s)
	if err != nil {
		t.Fatalf("%v: from %q", err, text)
	}
	if _, err := topology.Read(saved); err != nil {
		t.Errorf("%v: %s", err, saved)
	}
}

func FuzzJSONFacts(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `[]`, `{"services":[{}],"failures":[{}],"tasks":[{}],"taskArns":[""],"serviceArns":["/"]}`,
		`{"services":[{"serviceName":"api","events":[{}],"deployments":[{"createdAt":1e300,"status":"PRIMARY"}],"taskSets":[{"status":"PRIMARY"}],"loadBalancers":[{"advancedConfiguration":null}],"healthCheckGracePeriodSeconds":"x"}]}`,
		`{"taskArns":["a/b"],"tasks":[{"taskArn":"a/b","containers":[{"exitCode":1}],"attachments":[{"details":[{"name":"subnetId"}]}]}]}`,
		`{"taskDefinition":{"cpu":256,"revision":"1","containerDefinitions":[{"environment":[{"name":"A_URL","value":"http://a:1"}],"command":["--x=http://b"],"logConfiguration":{"logDriver":"awslogs","options":null}}]}}`,
		`{"Certificate":{"NotAfter":-1,"DomainValidationOptions":[{}],"RenewalSummary":{"DomainValidationOptions":[{"ResourceRecord":{}}]}}}`,
		`{"Namespaces":[{"Id":"ns"}],"Services":[{"Id":"s"}],"Instances":[{"Attributes":{"AWS_INSTANCE_PORT":"x"}}]}`,
		`{"events":[{"message":"ERROR http://a:1","timestamp":99999999999999999}],"Events":[{"CloudTrailEvent":"{"}],"nextToken":""}`,
		`{"FunctionArn":"arn","VpcConfig":{"VpcId":"v"}}`, `{"nextToken":"x"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { answerAll(t, text, kindsOf(true)) })
}

func FuzzXMLFacts(f *testing.F) {
	for _, seed := range []string{
		`<r/>`, `<r></r>`, `<r><nextToken>x</nextToken></r>`,
		`<r><DescribeLoadBalancersResult><LoadBalancers><member><LoadBalancerArn>a</LoadBalancerArn><CreatedTime>2026-03-01T12:00:00Z</CreatedTime></member></LoadBalancers></DescribeLoadBalancersResult></r>`,
		`<r><DescribeRulesResult><Rules><member><Priority>x</Priority><Conditions><member/></Conditions><Actions><member><ForwardConfig><TargetGroups><member/></TargetGroups></ForwardConfig><FixedResponseConfig/><RedirectConfig/></member></Actions><Transforms><member/></Transforms></member></Rules></DescribeRulesResult></r>`,
		`<r><DescribeTargetHealthResult><TargetHealthDescriptions><member/></TargetHealthDescriptions></DescribeTargetHealthResult></r>`,
		`<r><networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><privateIpAddress>10.0.1.5</privateIpAddress></item></networkInterfaceSet></r>`,
		`<r><securityGroupInfo><item><groupId>sg-1</groupId><ipPermissions><item><fromPort>1</fromPort></item></ipPermissions></item></securityGroupInfo></r>`,
		`<r><networkAclSet><item><vpcId>vpc-1</vpcId><entrySet><item/></entrySet></item></networkAclSet><routeTableSet><item><vpcId>vpc-1</vpcId><routeSet><item/></routeSet><associationSet><item/></associationSet></item></routeTableSet></r>`,
		`<r><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet><enableDnsSupport><value>true</value></enableDnsSupport></r>`,
		`<r><HostedZones><HostedZone><Name>example.org.</Name><Config><PrivateZone>true</PrivateZone></Config></HostedZone></HostedZones><ResourceRecordSets><ResourceRecordSet><Name>\052.example.org.</Name></ResourceRecordSet></ResourceRecordSets></r>`,
		`<r><DescribeDBInstancesResult><DBInstances><DBInstance/></DBInstances></DescribeDBInstancesResult><DescribeEventsResult><Events><Event><Date>2026-03-01T12:00:00Z</Date></Event></Events></DescribeEventsResult></r>`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { answerAll(t, text, kindsOf(false)) })
}

func FuzzPatterns(f *testing.F) {
	for _, seed := range []string{"ERROR 10.0.0.1:5000", "password=hunter2", "Traceback (most recent call last)\n File \"x\"\n", "\x1b[", "http://[::1]:1 lookup . ", "host='', port=99999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		p := newPatterns("g")
		p.add(logEvent{Message: line, Timestamp: 1})
		for _, one := range p.list() {
			if len(one.Sample) > sampleBytes+len("…") || one.Count != 1 || strings.ContainsAny(one.Sample, "\n\x1b") {
				t.Errorf("%q came to %+v", line, one)
			}
		}
	})
}
