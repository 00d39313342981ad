package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
)

// environment is a network with a load balancer in moto, that is built call by
// call. Everything in it bears its name.
type environment struct {
	t           *testing.T
	name        string
	vpc, subnet string
	front, back string // security groups of the load balancer and of the targets
	balancer    string
	dnsName     string // of the load balancer
	group, zone string
}

func build(t *testing.T, name string) *environment {
	e := &environment{t: t, name: name}
	e.vpc = e.ec2("CreateVpc", "vpcId", "CidrBlock", "10.30.0.0/16")
	e.ec2("ModifyVpcAttribute", "", "VpcId", e.vpc, "EnableDnsHostnames.Value", "true")
	e.subnet = e.ec2("CreateSubnet", "subnetId", "VpcId", e.vpc, "CidrBlock", "10.30.0.0/24", "AvailabilityZone", "us-east-1a")
	other := e.ec2("CreateSubnet", "subnetId", "VpcId", e.vpc, "CidrBlock", "10.30.1.0/24", "AvailabilityZone", "us-east-1b")
	for group, at := range map[string]*string{"front": &e.front, "back": &e.back} {
		*at = e.ec2("CreateSecurityGroup", "groupId", "GroupName", name+"-"+group, "GroupDescription", group, "VpcId", e.vpc)
	}
	e.balancer = e.elb("CreateLoadBalancer", "LoadBalancerArn", "Name", name+"-lb", "Subnets.member.1", e.subnet, "Subnets.member.2", other, "SecurityGroups.member.1", e.front, "Scheme", "internet-facing")
	e.dnsName = e.elb("DescribeLoadBalancers", "DNSName", "LoadBalancerArns.member.1", e.balancer)
	e.elb("ModifyLoadBalancerAttributes", "", "LoadBalancerArn", e.balancer, "Attributes.member.1.Key", "idle_timeout.timeout_seconds", "Attributes.member.1.Value", "2")
	e.group = e.elb("CreateTargetGroup", "TargetGroupArn", "Name", name+"-tg", "Protocol", "HTTP", "Port", "8001", "VpcId", e.vpc, "TargetType", "ip", "HealthCheckPath", "/health/alb")
	made := e.call("route53", "POST", "/2013-04-01/hostedzone", "text/xml", `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>`+name+`.example</Name><CallerReference>`+name+`</CallerReference></CreateHostedZoneRequest>`)
	_, zone, _ := strings.Cut(made, "<Id>/hostedzone/")
	e.zone, _, _ = strings.Cut(zone, "<")
	e.record("CREATE")
	e.json("ecs", "AmazonEC2ContainerServiceV20141113.CreateCluster", map[string]any{"clusterName": name})
	return e
}

// listen adds a listener whose default is a fixed 404, with one rule.
func (e *environment) listen(path string) {
	certificate := e.json("acm", "CertificateManager.RequestCertificate", map[string]any{"DomainName": "*." + e.name + ".example", "ValidationMethod": "DNS"})["CertificateArn"].(string)
	listener := e.elb("CreateListener", "ListenerArn", "LoadBalancerArn", e.balancer, "Protocol", "HTTPS", "Port", "443", "Certificates.member.1.CertificateArn", certificate, "DefaultActions.member.1.Type", "fixed-response",
		"DefaultActions.member.1.FixedResponseConfig.StatusCode", "404", "DefaultActions.member.1.FixedResponseConfig.ContentType", "text/plain", "DefaultActions.member.1.FixedResponseConfig.MessageBody", "Not Found")
	e.elb("CreateRule", "RuleArn", "ListenerArn", listener, "Priority", "7", "Conditions.member.1.Field", "path-pattern", "Conditions.member.1.PathPatternConfig.Values.member.1", path,
		"Actions.member.1.Type", "forward", "Actions.member.1.TargetGroupArn", e.group)
}

// serve makes a service with tasks that are registered, and call an address.
func (e *environment) serve(desired int, calls string) {
	variables := []any{map[string]any{"name": "API_KEY", "value": "planted-in-a-variable"}}
	if calls != "" {
		variables = append(variables, map[string]any{"name": "MLFLOW_TRACKING_URI", "value": calls})
	}
	ecs := func(action string, in map[string]any) map[string]any {
		return e.json("ecs", "AmazonEC2ContainerServiceV20141113."+action, in)
	}
	log := map[string]any{"logDriver": "awslogs", "options": map[string]string{"awslogs-group": "/ecs/" + e.name, "awslogs-stream-prefix": "ecs", "awslogs-region": mototest.Region}}
	ecs("RegisterTaskDefinition", map[string]any{"family": e.name, "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": []string{"FARGATE"}, "containerDefinitions": []any{map[string]any{
		"name": "api", "image": "api:1", "memory": 512, "cpu": 256, "essential": true, "portMappings": []any{map[string]any{"containerPort": 8001}}, "environment": variables, "logConfiguration": log,
	}}})
	network := map[string]any{"awsvpcConfiguration": map[string]any{"subnets": []string{e.subnet}, "securityGroups": []string{e.back}}}
	ecs("CreateService", map[string]any{"cluster": e.name, "serviceName": e.name, "taskDefinition": e.name, "desiredCount": desired, "networkConfiguration": network, "launchType": "FARGATE",
		"loadBalancers": []any{map[string]any{"targetGroupArn": e.group, "containerName": "api", "containerPort": 8001}}})
	e.call("ecs", "POST", "/moto-api/state-manager/set-transition", "application/json", `{"model_name":"ecs::task","transition":{"progression":"manual","times":1000000}}`)
	for range desired {
		ran := ecs("RunTask", map[string]any{"cluster": e.name, "taskDefinition": e.name, "startedBy": e.name, "group": "service:" + e.name, "networkConfiguration": network, "launchType": "FARGATE"})
		text, _ := json.Marshal(ran)
		_, rest, _ := strings.Cut(string(text), `"privateIPv4Address","value":"`)
		address, _, _ := strings.Cut(rest, `"`)
		if address == "" {
			e.t.Fatalf("the task has no address: %s", text)
		}
		e.elb("RegisterTargets", "", "TargetGroupArn", e.group, "Targets.member.1.Id", address, "Targets.member.1.Port", "8001")
	}
}

// attach makes an interface of its own a target: those of tasks get addresses
// in moto that lie in no subnet.
func (e *environment) attach(address string) {
	e.ec2("CreateNetworkInterface", "networkInterfaceId", "SubnetId", e.subnet, "PrivateIpAddress", address, "SecurityGroupId.1", e.back)
	e.elb("RegisterTargets", "", "TargetGroupArn", e.group, "Targets.member.1.Id", address, "Targets.member.1.Port", "8001")
}

// admit lets the load balancer connect to a port of the tasks.
func (e *environment) admit(port string) {
	e.ec2("AuthorizeSecurityGroupIngress", "", "GroupId", e.back, "IpPermissions.1.IpProtocol", "tcp", "IpPermissions.1.FromPort", port, "IpPermissions.1.ToPort", port, "IpPermissions.1.Groups.1.GroupId", e.front)
}

func (e *environment) log(line string) {
	logs := func(action string, in map[string]any) { e.json("logs", "Logs_20140328."+action, in) }
	logs("CreateLogGroup", map[string]any{"logGroupName": "/ecs/" + e.name})
	logs("CreateLogStream", map[string]any{"logGroupName": "/ecs/" + e.name, "logStreamName": "ecs/api/1"})
	now := time.Now()
	var events []any
	for i := range 3 {
		events = append(events, map[string]any{"timestamp": now.Add(time.Duration(i-4) * time.Minute).UnixMilli(), "message": line + " password=planted-in-a-line"})
	}
	logs("PutLogEvents", map[string]any{"logGroupName": "/ecs/" + e.name, "logStreamName": "ecs/api/1", "logEvents": events})
}

// unname takes the record of the load balancer away.
func (e *environment) unname() { e.record("DELETE") }

func (e *environment) record(change string) {
	e.call("route53", "POST", "/2013-04-01/hostedzone/"+e.zone+"/rrset/", "text/xml", `<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change><Action>`+change+`</Action><ResourceRecordSet><Name>api.`+e.name+
		`.example</Name><Type>A</Type><AliasTarget><HostedZoneId>Z35SXDOTRQ7X7K</HostedZoneId><DNSName>`+e.dnsName+`</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`)
}

func (e *environment) ec2(action, wanted string, form ...string) string {
	e.t.Helper()
	return e.query("ec2", "2016-11-15", action, wanted, form...)
}

func (e *environment) elb(action, wanted string, form ...string) string {
	e.t.Helper()
	return e.query("elasticloadbalancing", "2015-12-01", action, wanted, form...)
}

// query makes a call of the Query protocol; form is name, value, name, value…
// What comes back is the text of the first element of that name.
func (e *environment) query(service, version, action, wanted string, form ...string) string {
	e.t.Helper()
	values := url.Values{"Action": {action}, "Version": {version}}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	answer := e.call(service, "POST", "/", "application/x-www-form-urlencoded", values.Encode())
	decoder := xml.NewDecoder(strings.NewReader(answer))
	for inside := false; ; {
		token, err := decoder.Token()
		if err != nil {
			if wanted != "" {
				e.t.Fatalf("%s: no %s in %s", action, wanted, answer)
			}
			return ""
		}
		switch token := token.(type) {
		case xml.StartElement:
			inside = token.Name.Local == wanted
		case xml.CharData:
			if text := strings.TrimSpace(string(token)); inside && text != "" {
				return text
			}
		}
	}
}

func (e *environment) json(service, target string, in map[string]any) map[string]any {
	e.t.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		e.t.Fatal(err)
	}
	var answer map[string]any
	_ = json.Unmarshal([]byte(e.call(service, "POST", "/", "application/x-amz-json-1.1 "+target, string(text))), &answer) // some answer nothing
	return answer
}

// call asks moto, which does not look at signatures but takes the service from
// them. The target of JSON stands behind its content type.
func (e *environment) call(service, method, path, contentType, body string) string {
	e.t.Helper()
	r, err := http.NewRequestWithContext(e.t.Context(), method, mototest.URL(e.t)+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	contentType, target, _ := strings.Cut(contentType, " ")
	r.Header.Set("Content-Type", contentType)
	if target != "" {
		r.Header.Set("X-Amz-Target", target)
	}
	r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=test/20260101/%s/%s/aws4_request, SignedHeaders=host, Signature=0", mototest.Region, service))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		e.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		e.t.Fatalf("%s %s: %d %s", service, body, answer.StatusCode, text)
	}
	return string(text)
}
