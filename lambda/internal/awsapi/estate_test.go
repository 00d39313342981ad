package awsapi

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// estate is an environment of any size, which answers as AWS would: load
// balancers in one network, target groups in turn behind them, and a service of
// two tasks behind each of the first groups. Services break each in a way of
// its own.
type estate struct {
	balancers, groups, services int

	broken map[int]string // a way of breaking, by the number of the service
}

// The ways in which a service of an estate breaks, and the mode that each is.
var ailments = map[string]diagnose.Code{
	"closed": diagnose.NetTargetGroup, "crash": diagnose.ECSCrashLoop, "stale": diagnose.DepStaleAddress, "none": diagnose.GroupEmpty, "error": diagnose.App5xx,
}

// seed is an estate of the size that Tidewatch was made for, in which all
// services are broken, each otherwise.
func seed() estate {
	return estate{balancers: 2, groups: 6, services: 5, broken: map[int]string{0: "closed", 1: "crash", 2: "stale", 3: "none", 4: "error"}}
}

// large is one in which as many of the first services are broken as said.
func large(broken int) estate {
	e := estate{balancers: 50, groups: 200, services: 100, broken: map[int]string{}}
	for s := range broken {
		e.broken[s] = []string{"closed", "crash", "stale", "none", "error"}[s%5]
	}
	return e
}

const (
	lbARN       = "arn:aws:elasticloadbalancing:us-east-1:123456789012:"
	ecsARN      = "arn:aws:ecs:us-east-1:123456789012:"
	estateNoon  = 1772366400 // 2026-03-01T12:00:00Z
	nobody      = "10.250.0.9"
	timedOut504 = "<html><center><h1>504 Gateway Time-out</h1></center></html>"
	noTarget503 = "<html><center><h1>503 Service Temporarily Unavailable</h1></center></html>"
)

// input is a case with two endpoints of every service, of which those of broken
// ones fail.
func (e estate) input() diagnose.Input {
	in := diagnose.Input{
		Now: time.Unix(estateNoon+5, 0).UTC(), Clusters: []string{"dev"}, Facts: &topology.Snapshot{Version: topology.SnapshotVersion, Region: "us-east-1", From: time.Unix(estateNoon-600, 0)},
	}
	for s := range e.services {
		for _, page := range []string{"health", "list"} {
			in.Symptoms = append(in.Symptoms, e.symptom(s, page))
		}
	}
	return in
}

// symptom is what the probe of a page sees.
func (e estate) symptom(service int, page string) diagnose.Symptom {
	path := fmt.Sprintf("/g%d/%s", service, page)
	seen := diagnose.Symptom{
		Endpoint: diagnose.Endpoint{Key: "shop" + path, Kind: "http", Scheme: "https", Host: fmt.Sprintf("h%d.hokus.example", service%e.balancers), Port: 443, Path: path, Limit: 5 * time.Second, Critical: true},
		At:       time.Unix(estateNoon, 0).UTC(), Class: result.HTTPStatus, Phase: result.PhaseAssert,
		Answer: topology.Answer{Limit: 70 * time.Second, Server: "awselb/2.0", ContentType: "text/html"},
	}
	switch e.broken[service] {
	case "":
		seen.Healthy, seen.Class, seen.Phase, seen.Answer = true, "", "", topology.Answer{Status: 200, Took: 20 * time.Millisecond}
	case "closed":
		seen.Answer.Status, seen.Answer.Took, seen.Answer.Body = 504, 10*time.Second, timedOut504
	case "stale":
		seen.Answer.Status, seen.Answer.Took, seen.Answer.Body = 504, 60*time.Second, timedOut504
	case "crash", "none":
		seen.Answer.Status, seen.Answer.Took, seen.Answer.Body = 503, 20*time.Millisecond, noTarget503
	case "error":
		seen.Answer = topology.Answer{Status: 500, Server: "uvicorn", ContentType: "application/json", Body: `{"detail":"token not configured"}`, Took: 50 * time.Millisecond}
	}
	return seen
}

// probe answers what the diagnosis has probed: every port can be connected to.
func (e estate) probe(to *topology.Snapshot, wants []topology.Want) {
	for _, w := range probesOf(wants) {
		if w.Kind == topology.Dials {
			to.Dials.Put(w.Key, topology.KnownFact(topology.Dial{Took: time.Millisecond}, "", time.Unix(estateNoon, 0)))
			continue
		}
		to.Fail(w, topology.Failed, "not answered here")
	}
}

func (e estate) address(service, task int) string {
	return fmt.Sprintf("10.%d.%d.%d", service/100+1, service%100, task+10)
}

func (e estate) runs(service int) bool {
	return e.broken[service] != "crash" && e.broken[service] != "none"
}

// answer is what AWS says to a call.
func (e estate) answer(action, request string) (int, string) {
	uri, body, _ := strings.Cut(request, " ")
	form, _ := url.ParseQuery(body)
	var in struct {
		Service, ServiceName, DesiredStatus, TaskDefinition, LogGroupName string

		Services, Tasks []string
	}
	_ = json.Unmarshal([]byte(body), &in) // a form is none
	switch action {
	case "route53:ListHostedZonesByName":
		return 200, `<r><HostedZones><HostedZone><Id>/hostedzone/Z1</Id><Name>hokus.example.</Name></HostedZone></HostedZones></r>`
	case "route53:ListResourceRecordSets":
		_, host, _ := strings.Cut(uri, "name=")
		return 200, fmt.Sprintf(`<r><ResourceRecordSets><ResourceRecordSet><Name>%s.</Name><Type>A</Type><AliasTarget><DNSName>dualstack.lb-%d-1.us-east-1.elb.amazonaws.com.</DNSName></AliasTarget></ResourceRecordSet></ResourceRecordSets></r>`, host, numberIn(host))
	case "ecs:ListServices":
		return asJSON("serviceArns", list(e.services, func(s int) any { return fmt.Sprintf("%sservice/dev/svc-%d", ecsARN, s) }))
	case "ecs:DescribeServices":
		return asJSON("services", named(in.Services, func(name string) any { return e.service(numberIn(name)) }))
	case "ecs:ListTasks":
		return e.listTasks(in.ServiceName, in.DesiredStatus)
	case "ecs:DescribeTasks":
		return asJSON("tasks", named(in.Tasks, e.task))
	case "ecs:DescribeTaskDefinition":
		return asJSON("taskDefinition", e.definition(numberIn(in.TaskDefinition)))
	case "ecs:ListServiceDeployments":
		return 200, `{"serviceDeployments":[]}`
	case "logs:FilterLogEvents":
		return asJSON("events", e.logs(numberIn(in.LogGroupName)))
	case "servicediscovery:ListNamespaces":
		return 200, `{"Namespaces":[]}`
	case "servicediscovery:ListServices":
		return 200, `{"Services":[]}`
	case "cloudtrail:LookupEvents":
		return 200, `{"Events":[]}`
	case "lambda:GetFunctionConfiguration":
		return 200, `{"VpcConfig":{"VpcId":"vpc-1","SubnetIds":["subnet-c"],"SecurityGroupIds":["sg-checker"]}}`
	}
	return e.answerXML(action, form)
}

func (e estate) answerXML(action string, form url.Values) (int, string) {
	var values []string
	for n := 1; form.Has(fmt.Sprintf("Filter.1.Value.%d", n)); n++ {
		values = append(values, form.Get(fmt.Sprintf("Filter.1.Value.%d", n)))
	}
	switch action {
	case "elasticloadbalancing:DescribeLoadBalancers":
		return asXML(action, "LoadBalancers", list(e.balancers, func(b int) any {
			return fmt.Sprintf(`<LoadBalancerArn>%sloadbalancer/app/lb-%[2]d/1</LoadBalancerArn><LoadBalancerName>lb-%[2]d</LoadBalancerName><DNSName>lb-%[2]d-1.us-east-1.elb.amazonaws.com</DNSName><Type>application</Type><Scheme>internet-facing</Scheme><VpcId>vpc-1</VpcId><State><Code>active</Code></State><AvailabilityZones><member><ZoneName>us-east-1a</ZoneName><SubnetId>subnet-a</SubnetId></member></AvailabilityZones><SecurityGroups><member>sg-lb</member></SecurityGroups>`, lbARN, b)
		}))
	case "elasticloadbalancing:DescribeLoadBalancerAttributes":
		return asXML(action, "Attributes", []any{`<Key>idle_timeout.timeout_seconds</Key><Value>60</Value>`})
	case "elasticloadbalancing:DescribeListeners":
		return asXML(action, "Listeners", list(2, func(i int) any {
			port, protocol := []int{443, 80}[i], []string{"HTTPS", "HTTP"}[i]
			arn := form.Get("LoadBalancerArn")
			return fmt.Sprintf(`<ListenerArn>%s/%d</ListenerArn><LoadBalancerArn>%s</LoadBalancerArn><Port>%d</Port><Protocol>%s</Protocol>`, strings.Replace(arn, "loadbalancer", "listener", 1), port, arn, port, protocol)
		}))
	case "elasticloadbalancing:DescribeRules":
		return asXML(action, "Rules", e.rules(form.Get("ListenerArn")))
	case "elasticloadbalancing:DescribeTargetGroups":
		return asXML(action, "TargetGroups", list(e.groups, func(g int) any {
			return fmt.Sprintf(`<TargetGroupArn>%stargetgroup/g-%[2]d/1</TargetGroupArn><TargetGroupName>g-%[2]d</TargetGroupName><Protocol>HTTP</Protocol><Port>8000</Port><TargetType>ip</TargetType><VpcId>vpc-1</VpcId><HealthCheckEnabled>true</HealthCheckEnabled><HealthCheckProtocol>HTTP</HealthCheckProtocol><HealthCheckPort>traffic-port</HealthCheckPort><HealthCheckPath>/g%[2]d/health</HealthCheckPath><Matcher><HttpCode>200</HttpCode></Matcher><HealthCheckIntervalSeconds>30</HealthCheckIntervalSeconds><HealthCheckTimeoutSeconds>5</HealthCheckTimeoutSeconds><HealthyThresholdCount>5</HealthyThresholdCount><UnhealthyThresholdCount>2</UnhealthyThresholdCount><LoadBalancerArns><member>%[1]sloadbalancer/app/lb-%[3]d/1</member></LoadBalancerArns>`, lbARN, g, g%e.balancers)
		}))
	case "elasticloadbalancing:DescribeTargetHealth":
		return asXML(action, "TargetHealthDescriptions", e.health(numberIn(strings.TrimSuffix(form.Get("TargetGroupArn"), "/1"))))
	case "ec2:DescribeNetworkInterfaces":
		return asItems("networkInterfaceSet", values, e.networkInterface)
	case "ec2:DescribeSecurityGroups":
		return asItems("securityGroupInfo", values, e.securityGroup)
	case "ec2:DescribeSubnets":
		return asItems("subnetSet", values, func(id string) string {
			cidr := map[string]string{"subnet-a": "10.0.0.0/24", "subnet-c": "10.1.0.0/16"}[id]
			return `<subnetId>` + id + `</subnetId><vpcId>vpc-1</vpcId><availabilityZone>us-east-1a</availabilityZone><ownerId>123456789012</ownerId><cidrBlock>` + cidr + `</cidrBlock>`
		})
	case "ec2:DescribeNetworkAcls":
		return asItems("networkAclSet", values, func(string) string {
			entry := `<item><ruleNumber>100</ruleNumber><protocol>-1</protocol><ruleAction>allow</ruleAction><egress>%t</egress><cidrBlock>0.0.0.0/0</cidrBlock></item>`
			return `<networkAclId>acl-1</networkAclId><vpcId>vpc-1</vpcId><default>true</default><entrySet>` + fmt.Sprintf(entry, true) + fmt.Sprintf(entry, false) + `</entrySet><associationSet/>`
		})
	case "ec2:DescribeRouteTables":
		return asItems("routeTableSet", values, func(string) string {
			return `<routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><routeSet><item><destinationCidrBlock>10.0.0.0/8</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state></item><item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><gatewayId>igw-1</gatewayId><state>active</state></item></routeSet><associationSet><item><main>true</main></item></associationSet>`
		})
	}
	return 400, refused(action, "")
}

func (e estate) rules(listener string) []any {
	rules := []any{`<RuleArn>r0</RuleArn><Priority>default</Priority><IsDefault>true</IsDefault><Actions><member><Type>fixed-response</Type><FixedResponseConfig><StatusCode>404</StatusCode><ContentType>text/plain</ContentType></FixedResponseConfig></member></Actions>`}
	if !strings.HasSuffix(listener, "/443") {
		return rules
	}
	balancer := numberIn(strings.TrimSuffix(listener, "/1/443"))
	for g := balancer; g < e.groups; g += e.balancers {
		rules = append(rules, fmt.Sprintf(`<RuleArn>r%[1]d</RuleArn><Priority>%[2]d</Priority><Conditions><member><Field>path-pattern</Field><PathPatternConfig><Values><member>/g%[1]d/*</member></Values></PathPatternConfig></member></Conditions><Actions><member><Type>forward</Type><TargetGroupArn>%[3]stargetgroup/g-%[1]d/1</TargetGroupArn></member></Actions>`, g, g+1, lbARN))
	}
	return rules
}

func (e estate) health(group int) []any {
	state := `<State>healthy</State>`
	switch e.broken[group] {
	case "crash", "none":
		return nil
	case "closed", "stale":
		state = `<State>unhealthy</State><Reason>Target.Timeout</Reason><Description>Request timed out</Description>`
	}
	return list(2, func(task int) any {
		return fmt.Sprintf(`<Target><Id>%s</Id><Port>8000</Port></Target><TargetHealth>%s</TargetHealth>`, e.address(group, task), state)
	})
}

// networkInterface is that of a task, or none.
func (e estate) networkInterface(address string) string {
	var a, b, c, d int
	_, _ = fmt.Sscanf(address, "%d.%d.%d.%d", &a, &b, &c, &d)
	service := (b-1)*100 + c
	if service < 0 || service >= e.groups || address == nobody {
		return ""
	}
	return fmt.Sprintf(`<networkInterfaceId>eni-%s</networkInterfaceId><privateIpAddress>%[1]s</privateIpAddress><vpcId>vpc-1</vpcId><subnetId>subnet-c</subnetId><status>in-use</status><ownerId>123456789012</ownerId><interfaceType>interface</interfaceType><groupSet><item><groupId>sg-%d</groupId></item></groupSet>`, address, service)
}

func (e estate) securityGroup(id string) string {
	in := `<item><ipProtocol>-1</ipProtocol><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item>`
	out := in
	if id != "sg-lb" && id != "sg-checker" {
		from := "sg-lb"
		if e.broken[numberIn(id)] == "closed" {
			from = "sg-old"
		}
		in = `<item><ipProtocol>tcp</ipProtocol><fromPort>8000</fromPort><toPort>8000</toPort><groups><item><groupId>` + from + `</groupId></item><item><groupId>sg-checker</groupId></item></groups></item>`
	}
	return `<groupId>` + id + `</groupId><groupName>` + id + `</groupName><vpcId>vpc-1</vpcId><ownerId>123456789012</ownerId><ipPermissions>` + in + `</ipPermissions><ipPermissionsEgress>` + out + `</ipPermissionsEgress>`
}

type object = map[string]any

func (e estate) service(s int) any {
	desired, running, rollout := 2, 2, "COMPLETED"
	switch e.broken[s] {
	case "none":
		desired, running = 0, 0
	case "crash":
		running, rollout = 0, "IN_PROGRESS"
	}
	definition := fmt.Sprintf("%stask-definition/svc-%d:7", ecsARN, s)
	return object{
		"serviceArn": fmt.Sprintf("%sservice/dev/svc-%d", ecsARN, s), "clusterArn": ecsARN + "cluster/dev", "serviceName": fmt.Sprintf("svc-%d", s), "status": "ACTIVE",
		"desiredCount": desired, "runningCount": running, "taskDefinition": definition,
		"loadBalancers":        []any{object{"targetGroupArn": fmt.Sprintf("%stargetgroup/g-%d/1", lbARN, s), "containerName": "app", "containerPort": 8000}},
		"networkConfiguration": object{"awsvpcConfiguration": object{"subnets": []string{"subnet-c"}, "securityGroups": []string{fmt.Sprintf("sg-%d", s)}}},
		"deployments":          []any{object{"id": "ecs-svc/1", "status": "PRIMARY", "rolloutState": rollout, "taskDefinition": definition, "desiredCount": desired, "runningCount": running, "createdAt": estateNoon - 1800, "updatedAt": estateNoon - 1700}},
	}
}

// listTasks is the first page of the tasks of a service, or of all.
func (e estate) listTasks(service, status string) (int, string) {
	if service != "" {
		return asJSON("taskArns", e.tasksOf(numberIn(service), status))
	}
	var all []any
	for s := range e.services {
		all = append(all, e.tasksOf(s, status)...)
	}
	if len(all) <= tasksPerCall {
		return asJSON("taskArns", all)
	}
	text, _ := json.Marshal(object{"taskArns": all[:tasksPerCall], "nextToken": "more"})
	return 200, string(text)
}

// tasksOf are the names of a service's tasks; those that crashed are stopped.
func (e estate) tasksOf(service int, status string) []any {
	if (status == "RUNNING") != e.runs(service) || e.broken[service] == "none" {
		return []any{}
	}
	return list(2, func(task int) any { return fmt.Sprintf("%stask/dev/task%d-of-%d", ecsARN, task, service) })
}

func (e estate) task(arn string) any {
	var task, s int
	_, _ = fmt.Sscanf(lastPart(arn), "task%d-of-%d", &task, &s)
	made := object{
		"taskArn": arn, "group": fmt.Sprintf("service:svc-%d", s), "taskDefinitionArn": fmt.Sprintf("%stask-definition/svc-%d:7", ecsARN, s), "startedBy": "ecs-svc/1", "lastStatus": "RUNNING",
		"createdAt": estateNoon - 1700, "startedAt": estateNoon - 1690,
		"containers": []any{object{"name": "app", "image": "app:7", "lastStatus": "RUNNING", "networkInterfaces": []any{object{"privateIpv4Address": e.address(s, task)}}}},
	}
	if e.broken[s] == "crash" {
		at := estateNoon - 300 - 300*task
		made["lastStatus"], made["stopCode"], made["stoppedReason"] = "STOPPED", "EssentialContainerExited", "Essential container in task exited"
		made["createdAt"], made["startedAt"], made["stoppedAt"] = at-40, at-6, at
		made["containers"] = []any{object{"name": "app", "image": "app:7", "lastStatus": "STOPPED", "exitCode": 1}}
	}
	return made
}

func (e estate) definition(s int) any {
	variables := []any{}
	if e.broken[s] == "stale" {
		variables = append(variables, object{"name": "MLFLOW_TRACKING_URI", "value": "http://" + nobody + ":5000"})
	}
	return object{
		"taskDefinitionArn": fmt.Sprintf("%stask-definition/svc-%d:7", ecsARN, s), "family": fmt.Sprintf("svc-%d", s), "revision": 7,
		"containerDefinitions": []any{object{
			"name": "app", "image": "app:7", "portMappings": []any{object{"containerPort": 8000}}, "environment": variables,
			"logConfiguration": object{"logDriver": "awslogs", "options": object{"awslogs-group": fmt.Sprintf("/ecs/svc-%d", s), "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs"}},
		}},
	}
}

func (e estate) logs(s int) []any {
	line := map[string]string{
		"stale": "ConnectTimeoutError: Connection to " + nobody + " timed out. (connect timeout=120)", "crash": "SyntaxError: '(' was never closed", "error": "ValueError: token not configured",
	}[e.broken[s]]
	if line == "" {
		return []any{}
	}
	return list(3, func(n int) any {
		return object{"logStreamName": fmt.Sprintf("ecs/app/task%d-of-%d", n%2, s), "timestamp": (estateNoon - 301 - 300*(n%2)) * 1000, "message": line, "eventId": fmt.Sprint(n)}
	})
}

func list(n int, one func(int) any) []any {
	all := make([]any, n)
	for i := range n {
		all[i] = one(i)
	}
	return all
}

func named(names []string, one func(string) any) []any {
	return list(len(names), func(i int) any { return one(names[i]) })
}

func asJSON(name string, value any) (int, string) {
	text, err := json.Marshal(object{name: value})
	if err != nil {
		return 500, err.Error()
	}
	return 200, string(text)
}

// asXML is the answer of a load balancer's action with a list.
func asXML(action, name string, members []any) (int, string) {
	_, action, _ = strings.Cut(action, ":")
	var b strings.Builder
	for _, m := range members {
		fmt.Fprintf(&b, "<member>%s</member>", m)
	}
	return 200, fmt.Sprintf("<%[1]sResponse><%[1]sResult><%[2]s>%[3]s</%[2]s></%[1]sResult></%[1]sResponse>", action, name, b.String())
}

// asItems is the answer of EC2 with those of the asked that there are.
func asItems(name string, asked []string, one func(string) string) (int, string) {
	var b strings.Builder
	for _, id := range asked {
		if item := one(id); item != "" {
			b.WriteString("<item>" + item + "</item>")
		}
	}
	return 200, "<r><" + name + ">" + b.String() + "</" + name + "></r>"
}

// numberIn is the first number of a name such as svc-7:7 or h1.hokus.example.
func numberIn(name string) (n int) {
	name = name[strings.LastIndex(name, "/")+1:]
	at := strings.IndexAny(name, "0123456789")
	if at >= 0 {
		_, _ = fmt.Sscanf(name[at:], "%d", &n)
	}
	return n
}

// causesOf are the causes of an outcome, sorted.
func causesOf(out diagnose.Output) (codes []diagnose.Code) {
	for _, f := range out.Findings {
		if f.Role == diagnose.Cause {
			codes = append(codes, f.Code)
		}
	}
	slices.Sort(codes)
	return codes
}
