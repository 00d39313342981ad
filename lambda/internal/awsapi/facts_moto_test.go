package awsapi

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// builder makes things in moto, past the door.
type builder struct {
	t      *testing.T
	client *Client
}

func newBuilder(t *testing.T) builder {
	config := patient
	config.Endpoint, config.Keys = mototest.URL(t), fakeKeys
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return builder{t, client}
}

// query makes a call of the Query protocol; form is name, value, name, value…
// What comes back is the text of the first element of that name.
func (b builder) query(service, version, action, wanted string, form ...string) string {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	var answer anything
	q := request{operation: operation{service, version + "." + action}, region: mototest.Region, doing: "building", form: values, out: &answer}
	if err := b.client.call(b.t.Context(), q); err != nil {
		b.t.Fatalf("%s: %v", action, err)
	}
	return answer.find(wanted)
}

func (b builder) ec2(action, wanted string, form ...string) string {
	b.t.Helper()
	return b.query("ec2", "2016-11-15", action, wanted, form...)
}

func (b builder) elb(action, wanted string, form ...string) string {
	b.t.Helper()
	return b.query("elasticloadbalancing", "2015-12-01", action, wanted, form...)
}

// json makes a call of the JSON protocol.
func (b builder) json(service, target string, in map[string]any) map[string]any {
	b.t.Helper()
	var answer map[string]any
	q := request{operation: operation{service, target}, region: mototest.Region, doing: "building", in: in, out: &answer}
	err := b.client.call(b.t.Context(), q)
	if err != nil && !strings.Contains(err.Error(), "not JSON") { // what makes something may answer nothing
		b.t.Fatalf("%s: %v", target, err)
	}
	return answer
}

func (b builder) ecs(action string, in map[string]any) map[string]any {
	b.t.Helper()
	return b.json("ecs", "AmazonEC2ContainerServiceV20141113."+action, in)
}

// post writes to a REST service.
func (b builder) post(service, path, contentType, body string) string {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, mototest.URL(b.t)+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	text := new(strings.Builder)
	if _, err := fmt.Fprint(text, readAll(b.t, answer)); err != nil || answer.StatusCode >= 300 {
		b.t.Fatalf("%s: %d %s", path, answer.StatusCode, text)
	}
	return text.String()
}

// anything is any element.
type anything struct {
	XMLName  xml.Name
	Text     string     `xml:",chardata"`
	Children []anything `xml:",any"`
}

func (a anything) find(name string) string {
	if a.XMLName.Local == name {
		return strings.TrimSpace(a.Text)
	}
	for _, c := range a.Children {
		if found := c.find(name); found != "" {
			return found
		}
	}
	return ""
}

// network is a VPC with two subnets.
type network struct {
	vpc     string
	subnets [2]string
	group   string
}

func (b builder) network(name string) network {
	n := network{vpc: b.ec2("CreateVpc", "vpcId", "CidrBlock", "10.20.0.0/16")}
	for i, zone := range []string{"us-east-1a", "us-east-1b"} {
		n.subnets[i] = b.ec2("CreateSubnet", "subnetId", "VpcId", n.vpc, "CidrBlock", fmt.Sprintf("10.20.%d.0/24", i), "AvailabilityZone", zone)
	}
	b.ec2("ModifyVpcAttribute", "return", "VpcId", n.vpc, "EnableDnsHostnames.Value", "true")
	n.group = b.ec2("CreateSecurityGroup", "groupId", "GroupName", name, "GroupDescription", name, "VpcId", n.vpc)
	return n
}

// readAt reads wants through a door, at a time of its own.
func readAt(t *testing.T, client *Client, limits FactLimits, s *topology.Snapshot, wants ...topology.Want) *topology.Snapshot {
	t.Helper()
	if s == nil {
		s = &topology.Snapshot{Version: topology.SnapshotVersion}
	}
	client.Facts(limits).Read(t.Context(), s, wants)
	for _, w := range wants {
		if s.Status(w).Pending() {
			t.Errorf("%+v has no outcome", w)
		}
	}
	return s
}

func want(kind topology.Kind, key ...string) topology.Want {
	return topology.Want{Kind: kind, Key: topology.Key(key...)}
}

// value is a fact's, which must be known.
func value[T any](t *testing.T, f topology.Fact[T]) T {
	t.Helper()
	if f.State != topology.Known {
		t.Errorf("not known: %+v", f.Status)
	}
	return f.Value
}

func TestNetworkOfMoto(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	n := b.network("facts-net")
	peer := b.ec2("CreateSecurityGroup", "groupId", "GroupName", "facts-peer", "GroupDescription", "peer", "VpcId", n.vpc)
	b.ec2("AuthorizeSecurityGroupIngress", "return", "GroupId", n.group, "IpPermissions.1.IpProtocol", "tcp", "IpPermissions.1.FromPort", "8001", "IpPermissions.1.ToPort", "8002",
		"IpPermissions.1.Groups.1.GroupId", peer, "IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/8")
	eni := b.ec2("CreateNetworkInterface", "networkInterfaceId", "SubnetId", n.subnets[0], "PrivateIpAddress", "10.20.0.77", "SecurityGroupId.1", n.group, "Description", "task")
	list := b.ec2("CreateManagedPrefixList", "prefixListId", "PrefixListName", "facts", "MaxEntries", "5", "AddressFamily", "IPv4", "Entry.1.Cidr", "192.0.2.0/24", "Entry.2.Cidr", "198.51.100.0/24")
	gateway := b.ec2("CreateInternetGateway", "internetGatewayId")
	b.ec2("AttachInternetGateway", "return", "InternetGatewayId", gateway, "VpcId", n.vpc)
	table := b.ec2("CreateRouteTable", "routeTableId", "VpcId", n.vpc)
	b.ec2("AssociateRouteTable", "associationId", "RouteTableId", table, "SubnetId", n.subnets[1])
	b.ec2("CreateRoute", "return", "RouteTableId", table, "DestinationCidrBlock", "0.0.0.0/0", "GatewayId", gateway)
	b.ec2("CreateVpcEndpoint", "vpcEndpointId", "VpcId", n.vpc, "ServiceName", "com.amazonaws.us-east-1.s3", "VpcEndpointType", "Gateway")

	client, door := open(t, patient)
	s := readAt(t, client, FactLimits{}, nil,
		want(topology.InterfacesByAddress, "10.20.0.77"), want(topology.InterfacesByAddress, "10.20.0.78"), want(topology.Interfaces, eni), want(topology.Interfaces, "eni-00000000000000000"),
		want(topology.SecurityGroups, n.group), want(topology.SecurityGroups, "sg-00000000000000000"), want(topology.Subnets, n.subnets[0]), want(topology.Subnets, n.subnets[1]),
		want(topology.NetworkACLs, n.vpc), want(topology.RouteTables, n.vpc), want(topology.VPCs, n.vpc), want(topology.VPCs, "vpc-00000000000000000"),
		want(topology.VPCEndpoints, n.vpc), want(topology.PrefixLists, list))
	asked := door.Asked()
	noteAsked(asked)
	for action, most := range map[string]int{"ec2:DescribeNetworkInterfaces": 2, "ec2:DescribeSecurityGroups": 1, "ec2:DescribeSubnets": 1, "ec2:DescribeVpcs": 1, "ec2:DescribeVpcAttribute": 2} {
		if n := count(asked, action); n != most {
			t.Errorf("%s was called %d times, not %d", action, n, most)
		}
	}
	if i := value(t, s.InterfacesByAddress.Of("10.20.0.77")); i.ID != eni || i.Subnet != n.subnets[0] || i.VPC != n.vpc || !slices.Equal(i.SecurityGroups, []string{n.group}) || i.Description != "task" {
		t.Errorf("%+v", i)
	}
	for _, gone := range []topology.Want{want(topology.InterfacesByAddress, "10.20.0.78"), want(topology.Interfaces, "eni-00000000000000000"), want(topology.SecurityGroups, "sg-00000000000000000"),
		want(topology.VPCs, "vpc-00000000000000000")} {
		if got := s.Status(gone); got.State != topology.Absent {
			t.Errorf("%+v: %+v", gone, got)
		}
	}
	g := value(t, s.SecurityGroups.Of(n.group))
	wanted := []topology.SecurityRule{{Protocol: "tcp", From: 8001, To: 8002, CIDR: "10.0.0.0/8"}, {Protocol: "tcp", From: 8001, To: 8002, Group: peer}}
	if !slices.Equal(g.In, wanted) || len(g.Out) != 1 || g.Out[0].Protocol != "-1" || g.Out[0].CIDR != "0.0.0.0/0" {
		t.Errorf("%+v", g)
	}
	if got := value(t, s.PrefixLists.Of(list)); !slices.Equal(got, []string{"192.0.2.0/24", "198.51.100.0/24"}) {
		t.Errorf("%v", got)
	}
	if v := value(t, s.VPCs.Of(n.vpc)); !v.DNSSupport || !v.DNSHostnames || !slices.Contains(v.CIDRs, "10.20.0.0/16") {
		t.Errorf("%+v", v)
	}
	acl, ok := topology.ACLOf(value(t, s.NetworkACLs.Of(n.vpc)), n.subnets[0])
	if !ok || !acl.Default || len(acl.Entries) != 4 || acl.Entries[0].Number != 100 || !acl.Entries[0].Allow || acl.Entries[3].Number != 32767 || acl.Entries[3].Allow {
		t.Errorf("%+v", acl)
	}
	tables := value(t, s.RouteTables.Of(n.vpc))
	first, _ := topology.RoutesOf(tables, n.subnets[0])
	second, _ := topology.RoutesOf(tables, n.subnets[1])
	if !first.Main || second.ID != table || !slices.Contains(second.Routes, topology.Route{Destination: "0.0.0.0/0", Target: gateway, State: "active"}) {
		t.Errorf("%+v", tables)
	}
	if e := value(t, s.VPCEndpoints.Of(n.vpc)); len(e) != 1 || e[0].Service != "com.amazonaws.us-east-1.s3" || e[0].Type != "Gateway" {
		t.Errorf("%+v", e)
	}
	if sub := value(t, s.Subnets.Of(n.subnets[1])); sub.CIDR != "10.20.1.0/24" || sub.Zone != "us-east-1b" || sub.VPC != n.vpc {
		t.Errorf("%+v", sub)
	}
}

func count(list []string, one string) (n int) {
	for _, s := range list {
		if s == one {
			n++
		}
	}
	return n
}

func TestBalancersOfMoto(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	n := b.network("facts-elb")
	lb := b.elb("CreateLoadBalancer", "LoadBalancerArn", "Name", "facts-lb", "Subnets.member.1", n.subnets[0], "Subnets.member.2", n.subnets[1], "SecurityGroups.member.1", n.group, "Scheme", "internet-facing")
	b.elb("ModifyLoadBalancerAttributes", "", "LoadBalancerArn", lb, "Attributes.member.1.Key", "idle_timeout.timeout_seconds", "Attributes.member.1.Value", "75")
	group := b.elb("CreateTargetGroup", "TargetGroupArn", "Name", "facts-tg", "Protocol", "HTTP", "Port", "8001", "VpcId", n.vpc, "TargetType", "ip", "HealthCheckPath", "/health/alb")
	listener := b.elb("CreateListener", "ListenerArn", "LoadBalancerArn", lb, "Protocol", "HTTP", "Port", "80", "DefaultActions.member.1.Type", "fixed-response",
		"DefaultActions.member.1.FixedResponseConfig.StatusCode", "404", "DefaultActions.member.1.FixedResponseConfig.ContentType", "text/plain", "DefaultActions.member.1.FixedResponseConfig.MessageBody", "Not Found")
	b.elb("CreateRule", "RuleArn", "ListenerArn", listener, "Priority", "7", "Conditions.member.1.Field", "path-pattern", "Conditions.member.1.PathPatternConfig.Values.member.1", "/api/*",
		"Actions.member.1.Type", "forward", "Actions.member.1.TargetGroupArn", group)
	b.elb("RegisterTargets", "", "TargetGroupArn", group, "Targets.member.1.Id", "10.20.0.5", "Targets.member.1.Port", "8001")

	client, _ := open(t, patient)
	gone := strings.Replace(group, "facts-tg", "facts-gone", 1)
	s := readAt(t, client, FactLimits{}, nil, want(topology.LoadBalancers), want(topology.LoadBalancerSettings, lb), want(topology.Listeners, lb), want(topology.Rules, listener),
		want(topology.ListenerCertificates, listener), want(topology.TargetGroups), want(topology.TargetHealth, group), want(topology.TargetHealth, gone))
	found := false
	for _, one := range value(t, s.LoadBalancers.Of("")) {
		found = found || one.ARN == lb && one.Scheme == "internet-facing" && slices.Contains(one.SecurityGroups, n.group) && len(one.Subnets) == 2
	}
	if !found || s.Account != mototest.Account {
		t.Errorf("account %q, %+v", s.Account, s.LoadBalancers)
	}
	if got := value(t, s.LoadBalancerSettings.Of(lb)); got.IdleTimeout != 75*time.Second {
		t.Errorf("%+v", got)
	}
	rules := value(t, s.Rules.Of(listener))
	if len(rules) != 2 || rules[0].Priority != 7 || rules[0].Conditions[0].Values[0] != "/api/*" || rules[0].Actions[0].Groups[0].Group != group || !rules[1].Default || rules[1].Actions[0].Fixed.Status != 404 {
		t.Errorf("%+v", rules)
	}
	if got, ok := topology.Group(value(t, s.TargetGroups.Of("")), group); !ok || got.Health.Path != "/health/alb" || !slices.Equal(got.LoadBalancers, []string{lb}) {
		t.Errorf("%+v", got)
	}
	if got := value(t, s.TargetHealth.Of(group)); len(got) != 1 || got[0].ID != "10.20.0.5" || got[0].Port != 8001 || got[0].State != "healthy" {
		t.Errorf("%+v", got)
	}
	if got := s.TargetHealth.Of(gone); got.State != topology.Absent {
		t.Errorf("%+v", got)
	}
}

func readAll(t *testing.T, answer *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestContainersOfMoto(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	n := b.network("facts-ecs")
	b.ecs("CreateCluster", map[string]any{"clusterName": "facts"})
	log := map[string]any{"logDriver": "awslogs", "options": map[string]string{"awslogs-group": "/ecs/api", "awslogs-stream-prefix": "api", "awslogs-region": "us-east-1"}}
	definition := b.ecs("RegisterTaskDefinition", map[string]any{"family": "facts-api", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": []string{"FARGATE"},
		"containerDefinitions": []any{map[string]any{
			"name": "api", "image": "api:1", "memory": 512, "cpu": 256, "essential": true, "portMappings": []any{map[string]any{"containerPort": 8001}}, "logConfiguration": log,
			"environment": []any{map[string]any{"name": "MLFLOW_TRACKING_URI", "value": "http://bob:" + plantedSecret + "@10.0.3.219:5000/x?token=" + plantedSecret}, map[string]any{"name": "API_KEY", "value": plantedSecret}},
			"secrets":     []any{map[string]any{"name": "DB_PASSWORD", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/x"}},
			"command":     []any{"serve", "--store=postgresql://u:" + plantedSecret + "@db.internal:5432/m"}, "healthCheck": map[string]any{"command": []string{"CMD", "true"}},
		}}})["taskDefinition"].(map[string]any)["taskDefinitionArn"].(string)
	vpc := map[string]any{"awsvpcConfiguration": map[string]any{"subnets": n.subnets[:], "securityGroups": []string{n.group}, "assignPublicIp": "ENABLED"}}
	for i := range 12 {
		b.ecs("CreateService", map[string]any{"cluster": "facts", "serviceName": fmt.Sprintf("api-%d", i), "taskDefinition": "facts-api", "desiredCount": 1, "networkConfiguration": vpc, "launchType": "FARGATE",
			"loadBalancers": []any{map[string]any{"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/x/1", "containerName": "api", "containerPort": 8001}}})
	}
	b.post("ecs", "/moto-api/state-manager/set-transition", "application/json", `{"model_name":"ecs::task","transition":{"progression":"manual","times":1000000}}`)
	for range 2 {
		b.ecs("RunTask", map[string]any{"cluster": "facts", "taskDefinition": "facts-api", "startedBy": "api-0", "group": "service:api-0", "networkConfiguration": vpc, "launchType": "FARGATE"})
	}

	client, door := open(t, patient)
	wants := []topology.Want{want(topology.ServiceNames, "facts"), want(topology.ServiceNames, "nowhere"), want(topology.Services, "facts", "nothing"), want(topology.TaskDefinitions, definition),
		want(topology.RunningTasks, "facts", "api-0"), want(topology.StoppedTasks, "facts", "api-0")}
	for i := range 12 {
		wants = append(wants, want(topology.Services, "facts", fmt.Sprintf("api-%d", i)))
	}
	s := readAt(t, client, FactLimits{}, nil, wants...)
	asked := door.Asked()
	noteAsked(asked)
	if n := count(asked, "ecs:DescribeServices"); n != 2 {
		t.Errorf("13 services took %d calls", n)
	}
	if names := value(t, s.ServiceNames.Of("facts")); len(names) != 12 || names[0] != "api-0" {
		t.Errorf("%v", names)
	}
	for _, gone := range []topology.Want{want(topology.ServiceNames, "nowhere"), want(topology.Services, "facts", "nothing")} {
		if got := s.Status(gone); got.State != topology.Absent {
			t.Errorf("%+v: %+v", gone, got)
		}
	}
	service := value(t, s.Services.Of(topology.Key("facts", "api-11")))
	if service.Cluster != "facts" || service.Name != "api-11" || service.Status != "ACTIVE" || service.Desired != 1 || service.TaskDefinition != definition ||
		len(service.Balancers) != 1 || service.Balancers[0].Port != 8001 || len(service.Deployments) != 1 || !service.Network.PublicIP || !slices.Equal(service.Network.SecurityGroups, []string{n.group}) {
		t.Errorf("%+v", service)
	}
	tasks := value(t, s.RunningTasks.Of(topology.Key("facts", "api-0")))
	if len(tasks) != 2 || tasks[0].Group != "service:api-0" || !strings.HasPrefix(tasks[0].Interface, "eni-") || tasks[0].Address == "" || tasks[0].TaskDefinition != definition || len(tasks[0].Containers) != 1 {
		t.Errorf("%+v", tasks)
	}
	if stopped := value(t, s.StoppedTasks.Of(topology.Key("facts", "api-0"))); len(stopped) != 0 {
		t.Errorf("%+v", stopped)
	}
	d := value(t, s.TaskDefinitions.Of(definition))
	wanted := topology.ContainerDefinition{
		Name: "api", Image: "api:1", Essential: true, Memory: 512, Ports: []int{8001}, LogGroup: "/ecs/api", LogPrefix: "api", LogRegion: "us-east-1", Secrets: []string{"DB_PASSWORD"}, Check: true,
		Variables: []topology.Variable{{Name: "API_KEY"}, {Name: "MLFLOW_TRACKING_URI", Address: &topology.HostPort{Host: "10.0.3.219", Port: 5000, Scheme: "http"}}},
		Command:   []topology.HostPort{{Host: "db.internal", Port: 5432, Scheme: "postgresql"}},
	}
	if d.Family != "facts-api" || d.Revision != 1 || !reflect.DeepEqual(d.Containers, []topology.ContainerDefinition{wanted}) {
		t.Errorf("%+v", d)
	}
	clean(t, s)
}

// clean fails where a snapshot holds a planted secret.
func clean(t *testing.T, s *topology.Snapshot) {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{plantedSecret, plantedKey} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the snapshot holds %q: %s", secret, text)
		}
	}
}

func TestNamesOfMoto(t *testing.T) {
	t.Parallel()
	b := newBuilder(t)
	n := b.network("facts-dns")
	zone := func(name, private string) string {
		text := b.post("route53", "/2013-04-01/hostedzone", "text/xml", `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>`+name+`</Name><CallerReference>`+name+`</CallerReference>`+private+`</CreateHostedZoneRequest>`)
		_, id, _ := strings.Cut(text, "<Id>/hostedzone/")
		id, _, _ = strings.Cut(id, "<")
		return id
	}
	public := zone("facts.example", "")
	private := zone("facts.local", `<HostedZoneConfig><PrivateZone>true</PrivateZone></HostedZoneConfig><VPC><VPCId>`+n.vpc+`</VPCId><VPCRegion>us-east-1</VPCRegion></VPC>`)
	set := func(id, name, rest string) {
		b.post("route53", "/2013-04-01/hostedzone/"+id+"/rrset/", "text/xml", `<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change><Action>CREATE</Action><ResourceRecordSet><Name>`+name+`</Name>`+rest+`</ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`)
	}
	set(public, "api.facts.example", `<Type>A</Type><AliasTarget><HostedZoneId>Z35SXDOTRQ7X7K</HostedZoneId><DNSName>dualstack.LB-1.us-east-1.elb.amazonaws.com.</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>`)
	set(public, "*.apps.facts.example", `<Type>CNAME</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>lb.example</Value></ResourceRecord></ResourceRecords>`)
	set(public, "*.facts.example", `<Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords>`)
	set(public, "b.sub.facts.example", `<Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.2</Value></ResourceRecord></ResourceRecords>`)
	set(public, "far.facts.example", `<Type>NS</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>ns.example.</Value></ResourceRecord></ResourceRecords>`)

	client, door := open(t, patient)
	s := readAt(t, client, FactLimits{}, nil, want(topology.Zones, "api.facts.example"), want(topology.Zones, "mlflow.facts.example"), want(topology.Zones, "mlflow.facts.local"), want(topology.Zones, "api.facts.invalid"))
	asked := door.Asked()
	noteAsked(asked)
	if n := count(asked, "route53:ListHostedZonesByName"); n != 4 {
		t.Errorf("%d calls: names of one zone should share those above them", n)
	}
	if z := value(t, s.Zones.Of("mlflow.facts.example")); len(z) != 1 || z[0].ID != public || z[0].Private {
		t.Errorf("%+v", z)
	}
	if z := value(t, s.Zones.Of("mlflow.facts.local")); len(z) != 1 || z[0].ID != private || !z[0].Private || !slices.Equal(z[0].VPCs, []string{n.vpc}) {
		t.Errorf("%+v", z)
	}
	if z := s.Zones.Of("api.facts.invalid"); z.State != topology.Absent {
		t.Errorf("%+v", z)
	}
	for name, wanted := range map[string]string{
		"api.facts.example": "alias lb-1.us-east-1.elb.amazonaws.com", "x.apps.facts.example": "*.apps.facts.example", "x.y.facts.example": "*.facts.example", "other.facts.example": "*.facts.example",
		"a.sub.facts.example": "absent", "sub.facts.example": "absent", "x.far.facts.example": "unsupported",
	} {
		key := topology.Key(public, name)
		s := readAt(t, client, FactLimits{}, nil, want(topology.Records, key))
		got := s.Records.Of(key)
		said := cmp.Or(string(got.Why), string(got.State))
		if records, ok := got.Get(); ok {
			said = records[0].Name
			if records[0].Alias != "" {
				said = "alias " + records[0].Alias
			}
		}
		if said != wanted {
			t.Errorf("%s: %s, not %s: %+v", name, said, wanted, got)
		}
	}
}
