package awsapi

import (
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// planted answers have a secret wherever a text of others has a place for one.
func planted(action string) string {
	named := "password=" + plantedSecret
	switch action {
	case "elasticloadbalancing:DescribeRules":
		return `<r><DescribeRulesResult><Rules><member><Priority>1</Priority><Conditions>
			<member><Field>http-header</Field><HttpHeaderConfig><HttpHeaderName>X-Origin-Verify</HttpHeaderName><Values><member>` + plantedSecret + `</member></Values></HttpHeaderConfig></member>
			<member><Field>http-header</Field><HttpHeaderConfig><HttpHeaderName>User-Agent</HttpHeaderName><Values><member>*Mobile*</member></Values></HttpHeaderConfig></member>
			<member><Field>query-string</Field><QueryStringConfig><Values><member><Key>token</Key><Value>` + plantedSecret + `</Value></member><member><Key>v</Key><Value>2</Value></member></Values></QueryStringConfig></member></Conditions>
			<Actions><member><Type>fixed-response</Type><FixedResponseConfig><StatusCode>403</StatusCode><MessageBody>` + named + `</MessageBody></FixedResponseConfig></member>
			<member><Type>redirect</Type><RedirectConfig><Query>token=` + plantedSecret + `</Query></RedirectConfig></member>
			<member><Type>authenticate-oidc</Type><AuthenticateOidcConfig><ClientSecret>` + plantedSecret + `</ClientSecret></AuthenticateOidcConfig></member></Actions></member></Rules></DescribeRulesResult></r>`
	case "elasticloadbalancing:DescribeTargetHealth":
		return `<r><DescribeTargetHealthResult><TargetHealthDescriptions><member><TargetHealth><Description>` + named + `</Description></TargetHealth></member></TargetHealthDescriptions></DescribeTargetHealthResult></r>`
	case "ec2:DescribeNetworkInterfaces":
		return `<r><networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><privateIpAddress>10.0.1.5</privateIpAddress><description>` + named + `</description><tagSet><item><key>k</key><value>` + plantedSecret + `</value></item></tagSet></item></networkInterfaceSet></r>`
	case "route53:ListResourceRecordSets":
		return `<r><ResourceRecordSets><ResourceRecordSet><Name>api.example.org.</Name><Type>TXT</Type><ResourceRecords><ResourceRecord><Value>"verification ` + plantedSecret + `"</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></ResourceRecordSets></r>`
	case "rds:DescribeEvents":
		return `<r><DescribeEventsResult><Events><Event><Message>` + named + `</Message><Date>2026-03-01T12:00:00Z</Date></Event></Events></DescribeEventsResult></r>`
	case "ecs:DescribeServices":
		return `{"services":[{"serviceName":"api","events":[{"message":"` + named + `"}],"deployments":[{"rolloutStateReason":"` + named + `"}],"tags":[{"key":"k","value":"` + plantedSecret + `"}]}]}`
	case "ecs:ListServiceDeployments":
		return `{"serviceDeployments":[{"statusReason":"` + named + `"}]}`
	case "ecs:ListTasks":
		return `{"taskArns":["t/1"]}`
	case "ecs:DescribeTasks":
		return `{"tasks":[{"taskArn":"t/1","stoppedReason":"` + named + `","containers":[{"reason":"` + named + `"}],"overrides":{"containerOverrides":[{"environment":[{"name":"A","value":"` + plantedSecret + `"}]}]}}]}`
	case "ecs:DescribeTaskDefinition":
		return `{"taskDefinition":{"containerDefinitions":[{"environment":[{"name":"PLAIN","value":"` + plantedSecret + `"},{"name":"SOME_KEY","value":"` + plantedSecret + `.example.org:1"},{"name":"DB_URL","value":"postgres://u:` + plantedSecret + `@db.internal/x?p=` + plantedSecret + `"},{"name":"ODD","value":"` + plantedSecret + `:12345"}],
			"secrets":[{"name":"S","valueFrom":"` + plantedSecret + `"}],"command":["--x=` + plantedSecret + `","http://u:` + plantedSecret + `@a.internal/"],"dockerLabels":{"k":"` + plantedSecret + `"},
			"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"g","k":"` + plantedSecret + `"},"secretOptions":[{"name":"s","valueFrom":"` + plantedSecret + `"}]}}]}}`
	case "acm:DescribeCertificate":
		return `{"Certificate":{"RenewalSummary":{"RenewalStatusReason":"` + named + `"}}}`
	case "logs:FilterLogEvents":
		return `{"events":[{"logStreamName":"api/1","message":"ERROR ` + named + `"},{"logStreamName":"api/1","message":"{\"level\":\"error\",\"token\":\"` + plantedSecret + `\"}"},{"logStreamName":"api/1","message":"ERROR calling http://u:` + plantedSecret + `@a.internal:80/?api_key=` + plantedSecret + `"}]}`
	case "cloudtrail:LookupEvents":
		return `{"Events":[{"EventName":"UpdateService","Username":"` + named + `","CloudTrailEvent":"{\"requestParameters\":{\"x\":\"` + plantedSecret + `\"},\"errorCode\":\"` + named + `\"}"}]}`
	case "lambda:GetFunctionConfiguration":
		return `{"VpcConfig":{"VpcId":"vpc-1"},"Environment":{"Variables":{"A":"` + plantedSecret + `"}}}`
	}
	return vague(action)
}

func TestSecretsStayOutOfFacts(t *testing.T) {
	t.Parallel()
	client, _ := serve(t, calm, func(action, _ string) (int, string) { return 200, planted(action) })
	client.unpaced()
	s := readAt(t, client, FactLimits{Function: "f"}, nil, everyWant()...)
	for _, kind := range []topology.Kind{topology.Rules, topology.TargetHealth, topology.InterfacesByAddress, topology.Records, topology.DatabaseEvents, topology.Services, topology.ServiceDeployments,
		topology.StoppedTasks, topology.TaskDefinitions, topology.Certificates, topology.Logs, topology.Changes, topology.OwnNetwork} {
		if got := s.Status(want(kind, sampleKeys[kind])); got.State != topology.Known {
			t.Errorf("%s holds nothing that could leak: %+v", kind, got)
		}
	}
	clean(t, s)
	conditions := s.Rules.Of(sampleKeys[topology.Rules]).Value[0].Conditions
	if conditions[0].Values[0] != redact.Mask || conditions[1].Values[0] != "*Mobile*" || conditions[2].Query[0].Value != redact.Mask || conditions[2].Query[1].Value != "2" {
		t.Errorf("%+v", conditions)
	}
}

// Errors quote what AWS says, and AWS may quote the request.
func TestSecretsStayOutOfFailures(t *testing.T) {
	t.Parallel()
	client, _ := serve(t, calm, func(action, _ string) (int, string) {
		return 400, strings.ReplaceAll(refused(action, "password="+plantedSecret), `"no"`, `"token=`+plantedSecret+`"`)
	})
	client.unpaced()
	clean(t, readAt(t, client, FactLimits{Function: "f"}, nil, everyWant()...))
	for _, row := range client.Doctor(t.Context(), scope) {
		if strings.Contains(row.Detail+row.Code, plantedSecret) {
			t.Errorf("%+v", row)
		}
	}
}
