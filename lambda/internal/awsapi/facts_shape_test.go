package awsapi

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// told reads wants from answers by action, at noon.
func told(t *testing.T, answers map[string]string, s *topology.Snapshot, wants ...topology.Want) (*topology.Snapshot, *calls) {
	t.Helper()
	client, made := serve(t, calm, func(action, _ string) (int, string) {
		text, ok := answers[action]
		if !ok {
			return 400, refused(action, "NoAnswer")
		}
		return 200, text
	})
	return readAt(t, client, FactLimits{Now: func() time.Time { return noon }}, s, wants...), made
}

func TestStoppedTasks(t *testing.T) {
	t.Parallel()
	s, _ := told(t, map[string]string{
		"ecs:ListTasks": `{"taskArns":["arn:aws:ecs:us-east-1:123456789012:task/dev/a","arn:aws:ecs:us-east-1:123456789012:task/dev/b","arn:aws:ecs:us-east-1:123456789012:task/dev/gone"]}`,
		"ecs:DescribeTasks": `{"failures":[{"arn":"arn:aws:ecs:us-east-1:123456789012:task/dev/gone","reason":"MISSING"}],"tasks":[
			{"taskArn":"arn:aws:ecs:us-east-1:123456789012:task/dev/a","group":"service:api","taskDefinitionArn":"td:114","startedBy":"ecs-svc/1","lastStatus":"STOPPED","desiredStatus":"STOPPED",
			 "stopCode":"EssentialContainerExited","stoppedReason":"Essential container in task exited","cpu":"256","createdAt":1772366000.5,"stoppedAt":1772366100,"availabilityZone":"us-east-1a",
			 "attachments":[{"type":"ElasticNetworkInterface","details":[{"name":"subnetId","value":"subnet-1"},{"name":"networkInterfaceId","value":"eni-1"},{"name":"privateIPv4Address","value":"10.0.1.7"}]}],
			 "containers":[{"name":"api","image":"api:1","imageDigest":"sha256:1","lastStatus":"STOPPED","exitCode":137,"reason":"OutOfMemoryError: Container killed due to memory usage","cpu":0},{"name":"side","cpu":"0","exitCode":null}]},
			{"taskArn":"arn:aws:ecs:us-east-1:123456789012:task/dev/b","stoppedAt":1772366400,"stoppedReason":"ResourceInitializationError: unable to pull secrets: token=` + plantedSecret + `",
			 "containers":[{"name":"api","networkInterfaces":[{"privateIpv4Address":"10.0.1.8"}]}]}]}`,
	}, nil, want(topology.StoppedTasks, "dev", "api"))
	all := value(t, s.StoppedTasks.Of("dev|api"))
	if len(all) != 2 || all[0].ID != "b" || all[1].ID != "a" || all[0].Address != "10.0.1.8" {
		t.Fatalf("the last stopped comes first, and what is gone is left out: %+v", all)
	}
	a := all[1]
	if a.Interface != "eni-1" || a.Subnet != "subnet-1" || a.Address != "10.0.1.7" || a.StopCode != "EssentialContainerExited" || a.Zone != "us-east-1a" ||
		!a.Created.Equal(time.Unix(1772366000, 5e8)) || *a.Containers[0].Exit != 137 || a.Containers[1].Exit != nil || a.Containers[0].Digest != "sha256:1" {
		t.Errorf("%+v", a)
	}
	clean(t, s)
}

func TestServiceWithEverything(t *testing.T) {
	t.Parallel()
	var events []string
	for i := range 25 {
		events = append(events, fmt.Sprintf(`{"createdAt":%d,"message":"(service api) event %d"}`, 1772366000+i, i))
	}
	s, _ := told(t, map[string]string{"ecs:DescribeServices": `{"services":[{"serviceArn":"arn:aws:ecs:us-east-1:123456789012:service/dev/api","clusterArn":"arn:aws:ecs:us-east-1:123456789012:cluster/dev","serviceName":"api","status":"ACTIVE",
		"desiredCount":2,"runningCount":1,"pendingCount":"1","taskDefinition":"td:2","healthCheckGracePeriodSeconds":30,"deploymentController":{"type":"ECS"},
		"loadBalancers":[{"targetGroupArn":"blue","containerName":"api","containerPort":8001,"advancedConfiguration":{"alternateTargetGroupArn":"green"}}],
		"serviceRegistries":[{"registryArn":"arn:aws:servicediscovery:us-east-1:123456789012:service/srv-1","containerPort":8001}],
		"deployments":[{"id":"ecs-svc/1","status":"ACTIVE","createdAt":1772366000},{"id":"ecs-svc/2","status":"PRIMARY","rolloutState":"FAILED","rolloutStateReason":"circuit breaker","failedTasks":3,"createdAt":1772366500}],
		"events":[` + strings.Join(events, ",") + `]}],"failures":[{"arn":"arn:aws:ecs:us-east-1:123456789012:service/dev/gone","reason":"MISSING"},{"arn":"arn:aws:ecs:us-east-1:123456789012:service/dev/odd","reason":"ACCESS_DENIED"}]}`,
		"ecs:ListServiceDeployments": `{"serviceDeployments":[{"serviceDeploymentArn":"d/1","status":"SUCCESSFUL","createdAt":1772366000,"finishedAt":1772366060},{"serviceDeploymentArn":"d/2","status":"ROLLBACK_SUCCESSFUL","statusReason":"circuit breaker","createdAt":1772366500}]}`},
		nil, want(topology.Services, "dev", "api"), want(topology.Services, "dev", "gone"), want(topology.Services, "dev", "odd"), want(topology.Services, "dev", "silent"), want(topology.ServiceDeployments, "dev", "api"))
	got := value(t, s.Services.Of("dev|api"))
	if got.Deployments[0].ID != "ecs-svc/2" || got.Deployments[0].Failed != 3 || got.Pending != 1 || got.GracePeriod != 30*time.Second || got.Registries[0].Port != 8001 {
		t.Errorf("%+v", got)
	}
	if len(got.Balancers) != 2 || got.Balancers[1].TargetGroup != "green" || got.Balancers[1].Port != 8001 {
		t.Errorf("the other group of a blue/green service is fed, too: %+v", got.Balancers)
	}
	if len(got.Events) != 20 || got.Events[0].Text != "(service api) event 24" {
		t.Errorf("%+v", got.Events)
	}
	for key, wanted := range map[string]topology.State{"dev|gone": topology.Absent, "dev|odd": topology.Unknown, "dev|silent": topology.Unknown} {
		if got := s.Services.Of(key); got.State != wanted || got.Pending() {
			t.Errorf("%s: %+v", key, got.Status)
		}
	}
	if all := value(t, s.ServiceDeployments.Of("dev|api")); len(all) != 2 || all[0].Status != "ROLLBACK_SUCCESSFUL" || all[0].Reason != "circuit breaker" || !all[0].Finished.IsZero() {
		t.Errorf("%+v", all)
	}
}

func TestServiceOfCodeDeploy(t *testing.T) {
	t.Parallel()
	s, _ := told(t, map[string]string{"ecs:DescribeServices": `{"services":[{"serviceName":"api","status":"ACTIVE","deploymentController":{"type":"CODE_DEPLOY"},"taskSets":[
		{"id":"ecs-svc/1","status":"ACTIVE","taskDefinition":"td:1"},
		{"id":"ecs-svc/2","status":"PRIMARY","taskDefinition":"td:2","computedDesiredCount":2,"runningCount":1,"loadBalancers":[{"targetGroupArn":"tg","containerName":"api","containerPort":80}],
		 "networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-1"],"securityGroups":["sg-1"],"assignPublicIp":"DISABLED"}}}]}]}`}, nil, want(topology.Services, "dev", "api"))
	got := value(t, s.Services.Of("dev|api"))
	if got.Cluster != "dev" || got.TaskDefinition != "td:2" || len(got.Balancers) != 1 || got.Network.Subnets[0] != "subnet-1" || got.Deployments[0].ID != "ecs-svc/2" || got.Deployments[0].Desired != 2 {
		t.Errorf("%+v", got)
	}
}

// Tasks of two services are described together, a hundred at a time, and lists
// have pages.
func TestTasksAreBatched(t *testing.T) {
	t.Parallel()
	client, made := serve(t, calm, func(action, request string) (int, string) {
		_, body, _ := strings.Cut(request, " ")
		var in struct {
			ServiceName, NextToken string
			Tasks                  []string
		}
		if err := json.Unmarshal([]byte(body), &in); err != nil {
			return 500, ""
		}
		switch {
		case action == "ecs:DescribeTasks":
			var tasks []string
			for _, arn := range in.Tasks {
				tasks = append(tasks, fmt.Sprintf(`{"taskArn":%q}`, arn))
			}
			slices.Reverse(tasks)
			return 200, `{"tasks":[` + strings.Join(tasks, ",") + `]}`
		case in.ServiceName == "small":
			return 200, `{"taskArns":["arn:small/1"]}`
		}
		var arns []string
		from := map[string]int{"": 0, "1": 100, "2": 200}[in.NextToken]
		for i := range 100 {
			arns = append(arns, fmt.Sprintf(`"arn:large/%03d"`, from+i))
		}
		next := map[string]string{"": "1", "1": "2", "2": ""}[in.NextToken]
		return 200, fmt.Sprintf(`{"taskArns":[%s],"nextToken":%q}`, strings.Join(arns, ","), next)
	})
	s := readAt(t, client, FactLimits{}, nil, want(topology.RunningTasks, "dev", "large"), want(topology.RunningTasks, "dev", "small"))
	large, small := value(t, s.RunningTasks.Of("dev|large")), value(t, s.RunningTasks.Of("dev|small"))
	if len(large) != 300 || large[0].ID != "000" || large[299].ID != "299" || len(small) != 1 || small[0].ID != "1" {
		t.Errorf("%d and %d tasks", len(large), len(small))
	}
	if made.of("ecs:ListTasks") != 4 || made.of("ecs:DescribeTasks") != 4 {
		t.Errorf("%+v", made.count)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	item := func(id, vpc, status string) string {
		return `<item><networkInterfaceId>` + id + `</networkInterfaceId><vpcId>` + vpc + `</vpcId><status>` + status + `</status><interfaceType>interface</interfaceType><ownerId>123456789012</ownerId>
		<privateIpAddress>10.0.1.5</privateIpAddress><privateIpAddressesSet><item><privateIpAddress>10.0.1.5</privateIpAddress></item><item><privateIpAddress>10.0.1.6</privateIpAddress></item></privateIpAddressesSet></item>`
	}
	wants := []topology.Want{want(topology.InterfacesByAddress, "mlflow.local"), want(topology.InterfacesByAddress, "fd00::1")}
	for i := range 250 {
		wants = append(wants, want(topology.InterfacesByAddress, fmt.Sprintf("10.0.1.%d", i)))
	}
	s, made := told(t, map[string]string{"ec2:DescribeNetworkInterfaces": `<r><networkInterfaceSet>` + item("eni-9", "vpc-1", "available") + item("eni-2", "vpc-2", "in-use") + `</networkInterfaceSet></r>`}, nil, wants...)
	if n := made.of("ec2:DescribeNetworkInterfaces"); n != 2 {
		t.Errorf("252 keys took %d calls", n)
	}
	for _, second := range []string{"10.0.1.5", "10.0.1.6"} {
		if got := value(t, s.InterfacesByAddress.Of(second)); got.ID != "eni-2" || len(got.Elsewhere) != 1 || got.Elsewhere[0].VPC != "vpc-1" {
			t.Errorf("%s: %+v", second, got)
		}
	}
	for key, why := range map[string]topology.Why{"mlflow.local": topology.Unsupported, "fd00::1": topology.Unsupported} {
		if got := s.InterfacesByAddress.Of(key); got.Why != why {
			t.Errorf("%s: %+v", key, got)
		}
	}
	if got := s.InterfacesByAddress.Of("10.0.1.249"); got.State != topology.Absent || !got.At.Equal(noon) {
		t.Errorf("%+v", got)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	s, _ := told(t, map[string]string{
		"ec2:DescribeSecurityGroups": `<r><securityGroupInfo><item><groupId>sg-1</groupId><groupName>api</groupName><vpcId>vpc-1</vpcId><ipPermissions>
			<item><ipProtocol>6</ipProtocol><fromPort>80</fromPort><toPort>81</toPort><groups><item><groupId>sg-2</groupId></item><item><groupId>sg-3</groupId><peeringStatus>deleted</peeringStatus></item></groups><prefixListIds><item><prefixListId>pl-1</prefixListId></item></prefixListIds><ipv6Ranges><item><cidrIpv6>::/0</cidrIpv6></item></ipv6Ranges></item>
			<item><ipProtocol>-1</ipProtocol><ipRanges><item><cidrIp>10.0.0.0/8</cidrIp></item></ipRanges></item></ipPermissions></item></securityGroupInfo></r>`,
		"ec2:DescribeNetworkAcls": `<r><networkAclSet><item><networkAclId>acl-1</networkAclId><vpcId>vpc-1</vpcId><associationSet><item><subnetId>subnet-1</subnetId></item></associationSet><entrySet>
			<item><ruleNumber>32767</ruleNumber><protocol>-1</protocol><ruleAction>deny</ruleAction><egress>true</egress><cidrBlock>0.0.0.0/0</cidrBlock></item>
			<item><ruleNumber>90</ruleNumber><protocol>6</protocol><ruleAction>deny</ruleAction><egress>true</egress><ipv6CidrBlock>::/0</ipv6CidrBlock><portRange><from>1024</from><to>65535</to></portRange></item></entrySet></item></networkAclSet></r>`,
		"ec2:DescribeRouteTables": `<r><routeTableSet><item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><associationSet><item><main>true</main></item><item><main>false</main><subnetId>subnet-9</subnetId><associationState><state>disassociated</state></associationState></item></associationSet>
			<routeSet><item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state></item><item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><natGatewayId>nat-1</natGatewayId><state>blackhole</state></item>
			<item><destinationPrefixListId>pl-1</destinationPrefixListId><gatewayId>vpce-1</gatewayId><state>active</state></item><item><destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock><egressOnlyInternetGatewayId>eigw-1</egressOnlyInternetGatewayId><state>active</state></item></routeSet></item></routeTableSet></r>`,
	}, nil, want(topology.SecurityGroups, "sg-1"), want(topology.NetworkACLs, "vpc-1"), want(topology.RouteTables, "vpc-1"), want(topology.RouteTables, "vpc-2"))
	wanted := []topology.SecurityRule{{Protocol: "tcp", From: 80, To: 81, CIDR: "::/0"}, {Protocol: "tcp", From: 80, To: 81, Group: "sg-2"}, {Protocol: "tcp", From: 80, To: 81, PrefixList: "pl-1"}, {Protocol: "-1", CIDR: "10.0.0.0/8"}}
	if got := value(t, s.SecurityGroups.Of("sg-1")); !slices.Equal(got.In, wanted) || len(got.Out) != 0 {
		t.Errorf("%+v", got)
	}
	if got := value(t, s.NetworkACLs.Of("vpc-1")); len(got) != 1 || got[0].Entries[0] != (topology.ACLEntry{Number: 90, Egress: true, Protocol: "6", CIDR: "::/0", From: 1024, To: 65535}) || got[0].Entries[1].Number != 32767 {
		t.Errorf("%+v", got)
	}
	routes := []topology.Route{{Destination: "10.0.0.0/16", Target: "local", State: "active"}, {Destination: "0.0.0.0/0", Target: "nat-1", State: "blackhole"}, {Destination: "pl-1", Target: "vpce-1", State: "active"}, {Destination: "::/0", Target: "eigw-1", State: "active"}}
	if got := value(t, s.RouteTables.Of("vpc-1")); len(got) != 1 || !got[0].Main || len(got[0].Subnets) != 0 || !slices.Equal(got[0].Routes, routes) {
		t.Errorf("%+v", got)
	}
	if got := s.RouteTables.Of("vpc-2"); got.State != topology.Absent {
		t.Errorf("%+v", got)
	}
}

func TestHealthAndCertificates(t *testing.T) {
	t.Parallel()
	cert := sampleKeys[topology.Certificates]
	s, _ := told(t, map[string]string{
		"elasticloadbalancing:DescribeTargetHealth": `<r><DescribeTargetHealthResult><TargetHealthDescriptions><member><HealthCheckPort>8001</HealthCheckPort><Target><Id>10.0.1.76</Id><Port>8001</Port><AvailabilityZone>us-east-1a</AvailabilityZone></Target>
			<TargetHealth><State>unhealthy</State><Reason>Target.Timeout</Reason><Description>Request timed out</Description></TargetHealth></member></TargetHealthDescriptions></DescribeTargetHealthResult></r>`,
		"elasticloadbalancing:DescribeListenerCertificates": `<r><DescribeListenerCertificatesResult><Certificates><member><CertificateArn>a</CertificateArn><IsDefault>true</IsDefault></member><member><CertificateArn>b</CertificateArn><IsDefault>false</IsDefault></member><member><CertificateArn>a</CertificateArn><IsDefault>false</IsDefault></member></Certificates></DescribeListenerCertificatesResult></r>`,
		"acm:DescribeCertificate": `{"Certificate":{"CertificateArn":"` + cert + `","DomainName":"api.hokus.ai","SubjectAlternativeNames":["api.hokus.ai"],"Type":"AMAZON_ISSUED","Status":"ISSUED","NotAfter":1773000000,"RenewalEligibility":"ELIGIBLE","InUseBy":["lb"],
			"DomainValidationOptions":[{"DomainName":"api.hokus.ai","ValidationStatus":"SUCCESS"}],
			"RenewalSummary":{"RenewalStatus":"PENDING_VALIDATION","RenewalStatusReason":"CAA_ERROR","DomainValidationOptions":[{"DomainName":"api.hokus.ai","ValidationStatus":"PENDING_VALIDATION","ResourceRecord":{"Name":"_x.api.hokus.ai.","Type":"CNAME","Value":"_y.acm-validations.aws."}}]}}}`,
	}, nil, want(topology.TargetHealth, arnOf+"targetgroup/x/1"), want(topology.ListenerCertificates, "l"), want(topology.Certificates, cert))
	if got := value(t, s.TargetHealth.Of(arnOf+"targetgroup/x/1")); len(got) != 1 || got[0] != (topology.Target{ID: "10.0.1.76", Port: 8001, Zone: "us-east-1a", State: "unhealthy", Reason: "Target.Timeout", Description: "Request timed out"}) {
		t.Errorf("%+v", got)
	}
	if got := value(t, s.ListenerCertificates.Of("l")); !slices.Equal(got, []topology.ListenerCertificate{{ARN: "a", Default: true}, {ARN: "b"}}) {
		t.Errorf("%+v", got)
	}
	wanted := topology.Certificate{ARN: cert, Domain: "api.hokus.ai", Names: []string{"api.hokus.ai"}, Type: "AMAZON_ISSUED", Status: "ISSUED", NotAfter: time.Unix(1773000000, 0).UTC(), Eligibility: "ELIGIBLE", Renewal: "PENDING_VALIDATION", Why: "CAA_ERROR",
		InUseBy: []string{"lb"}, Validations: []topology.Validation{{Domain: "api.hokus.ai", Status: "PENDING_VALIDATION", Name: "_x.api.hokus.ai", Value: "_y.acm-validations.aws"}}}
	if got := value(t, s.Certificates.Of(cert)); !reflect.DeepEqual(got, wanted) {
		t.Errorf("%+v", got)
	}
}

// AWS lists the zones below a name behind it: one call serves all names of a
// zone, and finds zones of their own.
func TestZonesBelowAName(t *testing.T) {
	t.Parallel()
	zone := func(id, name string) string {
		return `<HostedZone><Id>/hostedzone/` + id + `</Id><Name>` + name + `.</Name></HostedZone>`
	}
	for truncated, wanted := range map[bool]int{false: 1, true: 4} {
		client, made := serve(t, calm, func(_, request string) (int, string) {
			zones := zone("Z1", "example.org") + zone("Z2", "dev.example.org")
			if !strings.Contains(request, "dnsname=example.org") {
				zones = zone("Z9", "zzz.example.org")
			}
			return 200, fmt.Sprintf(`<r><HostedZones>%s</HostedZones><IsTruncated>%v</IsTruncated></r>`, zones, truncated)
		})
		s := readAt(t, client, FactLimits{}, nil, want(topology.Zones, "api.example.org"), want(topology.Zones, "dev.example.org"), want(topology.Zones, "www.example.org"), want(topology.Zones, "example.org"))
		for host, id := range map[string]string{"api.example.org": "Z1", "www.example.org": "Z1", "example.org": "Z1", "dev.example.org": "Z2"} {
			if got := value(t, s.Zones.Of(host)); len(got) != 1 || got[0].ID != id {
				t.Errorf("%s: %+v", host, got)
			}
		}
		if n := made.all(); n > wanted {
			t.Errorf("truncated %v: %d calls", truncated, n)
		}
	}
}
