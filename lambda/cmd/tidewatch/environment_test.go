package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	dnstypes "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go/middleware"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
)

// appPort is where the tasks of an environment listen.
const appPort = 8001

// environment is a network with a load balancer in moto, built by the clients
// of the SDK. Everything in it bears its name.
type environment struct {
	t    *testing.T
	name string

	elb     *elb.Client
	ec2     *ec2.Client
	ecs     *ecs.Client
	acm     *acm.Client
	logs    *cloudwatchlogs.Client
	route53 *route53.Client

	vpc, subnet string // the network, and where targets are
	front, back string // security groups of the load balancer and of the targets
	balancer    elbtypes.LoadBalancer
	group, zone string
}

// made is what a call made. Calls of an environment do not fail: its clients
// end the test instead.
func made[T any](out T, _ error) T { return out }

// unfailing ends the test with the first call that fails.
func unfailing(t *testing.T, config aws.Config) aws.Config {
	config.APIOptions = append(config.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Unfailing", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, about, err := next.HandleInitialize(ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			return out, about, nil
		}), middleware.Before)
	})
	return config
}

func build(t *testing.T, name string) *environment {
	config := unfailing(t, moto(t))
	tasks := config.Copy()
	tasks.BaseEndpoint = aws.String(taskDoor(t))
	e := &environment{
		t: t, name: name,
		elb: elb.NewFromConfig(config), ec2: ec2.NewFromConfig(config), ecs: ecs.NewFromConfig(tasks), acm: acm.NewFromConfig(config),
		logs: cloudwatchlogs.NewFromConfig(config), route53: route53.NewFromConfig(config),
	}
	e.vpc = *made(e.ec2.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.30.0.0/16")})).Vpc.VpcId
	made(e.ec2.ModifyVpcAttribute(t.Context(), &ec2.ModifyVpcAttributeInput{
		VpcId: &e.vpc, EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: aws.Bool(true)},
	}))
	e.subnet = e.newSubnet("10.30.2.0/24", "us-east-1a")
	e.front, e.back = e.newGroup("front"), e.newGroup("back")
	e.balance(e.newSubnet("10.30.0.0/24", "us-east-1a"), e.newSubnet("10.30.1.0/24", "us-east-1b"))
	e.zone = *made(e.route53.CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{
		Name: aws.String(name + ".example"), CallerReference: &name,
	})).HostedZone.Id
	e.record(dnstypes.ChangeActionCreate)
	made(e.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: &name}))
	return e
}

var bareNumber = regexp.MustCompile(`"(cpu|memory)": ?(\d+)`)

// taskDoor leads to moto, which answers with numbers where ECS has texts.
func taskDoor(t *testing.T) string {
	door := mototest.Open(t)
	door.Set(mototest.Always("ecs:RunTask", func(_ string, w http.ResponseWriter, r *http.Request, forward http.Handler) {
		kept := httptest.NewRecorder()
		forward.ServeHTTP(kept, r)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(kept.Code)
		_, _ = w.Write(bareNumber.ReplaceAll(kept.Body.Bytes(), []byte(`"$1": "$2"`)))
	}))
	return door.URL
}

func (e *environment) newSubnet(cidr, zone string) string {
	return *made(e.ec2.CreateSubnet(e.t.Context(), &ec2.CreateSubnetInput{VpcId: &e.vpc, CidrBlock: &cidr, AvailabilityZone: &zone})).Subnet.SubnetId
}

func (e *environment) newGroup(name string) string {
	return *made(e.ec2.CreateSecurityGroup(e.t.Context(), &ec2.CreateSecurityGroupInput{
		VpcId: &e.vpc, GroupName: aws.String(e.name + "-" + name), Description: &name,
	})).GroupId
}

// balance makes the load balancer, which waits two seconds for an answer, and
// its target group.
func (e *environment) balance(subnets ...string) {
	e.balancer = made(e.elb.CreateLoadBalancer(e.t.Context(), &elb.CreateLoadBalancerInput{
		Name: aws.String(e.name + "-lb"), Subnets: subnets, SecurityGroups: []string{e.front}, Scheme: elbtypes.LoadBalancerSchemeEnumInternetFacing,
	})).LoadBalancers[0]
	made(e.elb.ModifyLoadBalancerAttributes(e.t.Context(), &elb.ModifyLoadBalancerAttributesInput{
		LoadBalancerArn: e.balancer.LoadBalancerArn, Attributes: []elbtypes.LoadBalancerAttribute{{Key: aws.String("idle_timeout.timeout_seconds"), Value: aws.String("2")}},
	}))
	e.group = *made(e.elb.CreateTargetGroup(e.t.Context(), &elb.CreateTargetGroupInput{
		Name: aws.String(e.name + "-tg"), Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(appPort), VpcId: &e.vpc, TargetType: elbtypes.TargetTypeEnumIp, HealthCheckPath: aws.String("/health/alb"),
	})).TargetGroups[0].TargetGroupArn
}

// listen adds a listener on 443 whose default is a fixed 404, with one rule.
func (e *environment) listen(path string) {
	certificate := made(e.acm.RequestCertificate(e.t.Context(), &acm.RequestCertificateInput{DomainName: aws.String("*." + e.name + ".example")})).CertificateArn
	e.listenAt(&elb.CreateListenerInput{Protocol: elbtypes.ProtocolEnumHttps, Port: aws.Int32(443), Certificates: []elbtypes.Certificate{{CertificateArn: certificate}}}, path)
}

// listenPlainly does so on 80.
func (e *environment) listenPlainly(path string) {
	e.listenAt(&elb.CreateListenerInput{Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(80)}, path)
}

func (e *environment) listenAt(listener *elb.CreateListenerInput, path string) {
	listener.LoadBalancerArn = e.balancer.LoadBalancerArn
	listener.DefaultActions = []elbtypes.Action{{Type: elbtypes.ActionTypeEnumFixedResponse, FixedResponseConfig: &elbtypes.FixedResponseActionConfig{
		StatusCode: aws.String("404"), ContentType: aws.String("text/plain"), MessageBody: aws.String("Not Found"),
	}}}
	at := made(e.elb.CreateListener(e.t.Context(), listener)).Listeners[0].ListenerArn
	made(e.elb.CreateRule(e.t.Context(), &elb.CreateRuleInput{
		ListenerArn: at, Priority: aws.Int32(7), Actions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: &e.group}},
		Conditions: []elbtypes.RuleCondition{{Field: aws.String("path-pattern"), PathPatternConfig: &elbtypes.PathPatternConditionConfig{Values: []string{path}}}},
	}))
}

// serve makes a service with tasks that are registered, and call an address.
func (e *environment) serve(desired int, calls string) {
	container := ecstypes.ContainerDefinition{
		Name: aws.String("api"), Image: aws.String("api:1"), Memory: aws.Int32(512), Cpu: 256, Essential: aws.Bool(true),
		PortMappings: []ecstypes.PortMapping{{ContainerPort: aws.Int32(appPort)}},
		Environment:  []ecstypes.KeyValuePair{{Name: aws.String("API_KEY"), Value: aws.String("planted-in-a-variable")}},
		LogConfiguration: &ecstypes.LogConfiguration{LogDriver: ecstypes.LogDriverAwslogs, Options: map[string]string{
			"awslogs-group": e.logGroup(), "awslogs-stream-prefix": "ecs", "awslogs-region": mototest.Region,
		}},
	}
	if calls != "" {
		container.Environment = append(container.Environment, ecstypes.KeyValuePair{Name: aws.String("MLFLOW_TRACKING_URI"), Value: &calls})
	}
	made(e.ecs.RegisterTaskDefinition(e.t.Context(), &ecs.RegisterTaskDefinitionInput{
		Family: &e.name, NetworkMode: ecstypes.NetworkModeAwsvpc, Cpu: aws.String("256"), Memory: aws.String("512"),
		RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate}, ContainerDefinitions: []ecstypes.ContainerDefinition{container},
	}))
	network := &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{Subnets: []string{e.subnet}, SecurityGroups: []string{e.back}}}
	made(e.ecs.CreateService(e.t.Context(), &ecs.CreateServiceInput{
		Cluster: &e.name, ServiceName: &e.name, TaskDefinition: &e.name, DesiredCount: aws.Int32(int32(desired)), NetworkConfiguration: network, LaunchType: ecstypes.LaunchTypeFargate,
		LoadBalancers: []ecstypes.LoadBalancer{{TargetGroupArn: &e.group, ContainerName: aws.String("api"), ContainerPort: aws.Int32(appPort)}},
	}))
	e.holdTasks()
	for range desired {
		e.register(e.runTask(network))
	}
}

// holdTasks keeps moto from ending tasks when they are looked at: that is a
// setting of moto itself.
func (e *environment) holdTasks() {
	e.t.Helper()
	answer, err := http.Post(mototest.URL(e.t)+"/moto-api/state-manager/set-transition", "application/json",
		strings.NewReader(`{"model_name":"ecs::task","transition":{"progression":"manual","times":1000000}}`))
	if err != nil {
		e.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusCreated && answer.StatusCode != http.StatusOK {
		e.t.Fatalf("tasks cannot be held: %s", answer.Status)
	}
}

// runTask runs one of the service, which starts none in moto, and returns its
// address.
func (e *environment) runTask(network *ecstypes.NetworkConfiguration) string {
	e.t.Helper()
	ran := made(e.ecs.RunTask(e.t.Context(), &ecs.RunTaskInput{
		Cluster: &e.name, TaskDefinition: &e.name, StartedBy: &e.name, Group: aws.String("service:" + e.name), NetworkConfiguration: network, LaunchType: ecstypes.LaunchTypeFargate,
	}))
	for _, task := range ran.Tasks {
		for _, attachment := range task.Attachments {
			for _, detail := range attachment.Details {
				if *detail.Name == "privateIPv4Address" {
					return *detail.Value
				}
			}
		}
	}
	e.t.Fatalf("the task has no address: %+v", ran)
	return ""
}

func (e *environment) register(address string) {
	made(e.elb.RegisterTargets(e.t.Context(), &elb.RegisterTargetsInput{
		TargetGroupArn: &e.group, Targets: []elbtypes.TargetDescription{{Id: &address, Port: aws.Int32(appPort)}},
	}))
}

// attach makes an interface of its own a target: those of tasks get addresses
// in moto that lie in no subnet.
func (e *environment) attach(address string) {
	made(e.ec2.CreateNetworkInterface(e.t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: &e.subnet, PrivateIpAddress: &address, Groups: []string{e.back}}))
	e.register(address)
}

// admit lets the load balancer connect to a port of the tasks.
func (e *environment) admit(port int32) {
	made(e.ec2.AuthorizeSecurityGroupIngress(e.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &e.back, IpPermissions: []ec2types.IpPermission{{
		IpProtocol: aws.String("tcp"), FromPort: &port, ToPort: &port, UserIdGroupPairs: []ec2types.UserIdGroupPair{{GroupId: &e.front}},
	}}}))
}

// shutOut gives the targets' subnet a network ACL of its own, which denies the
// way to their port and admits everything else.
func (e *environment) shutOut() {
	acl := made(e.ec2.CreateNetworkAcl(e.t.Context(), &ec2.CreateNetworkAclInput{VpcId: &e.vpc})).NetworkAcl.NetworkAclId
	entry := func(number int32, out bool, action ec2types.RuleAction, protocol string, ports *ec2types.PortRange) {
		made(e.ec2.CreateNetworkAclEntry(e.t.Context(), &ec2.CreateNetworkAclEntryInput{
			NetworkAclId: acl, RuleNumber: &number, Egress: &out, RuleAction: action, Protocol: &protocol, PortRange: ports, CidrBlock: aws.String("0.0.0.0/0"),
		}))
	}
	entry(50, false, ec2types.RuleActionDeny, "6", &ec2types.PortRange{From: aws.Int32(appPort), To: aws.Int32(appPort)})
	entry(100, false, ec2types.RuleActionAllow, "-1", nil)
	entry(100, true, ec2types.RuleActionAllow, "-1", nil)
	before := made(e.ec2.DescribeNetworkAcls(e.t.Context(), &ec2.DescribeNetworkAclsInput{
		Filters: []ec2types.Filter{{Name: aws.String("association.subnet-id"), Values: []string{e.subnet}}},
	})).NetworkAcls[0]
	for _, a := range before.Associations {
		if *a.SubnetId == e.subnet {
			made(e.ec2.ReplaceNetworkAclAssociation(e.t.Context(), &ec2.ReplaceNetworkAclAssociationInput{AssociationId: a.NetworkAclAssociationId, NetworkAclId: acl}))
		}
	}
}

func (e *environment) logGroup() string { return "/ecs/" + e.name }

func (e *environment) log(line string) {
	group, stream := aws.String(e.logGroup()), aws.String("ecs/api/1")
	made(e.logs.CreateLogGroup(e.t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group}))
	made(e.logs.CreateLogStream(e.t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: stream}))
	var events []logtypes.InputLogEvent
	for i := range 3 {
		at := time.Now().Add(time.Duration(i-4) * time.Minute).UnixMilli()
		events = append(events, logtypes.InputLogEvent{Timestamp: &at, Message: aws.String(line + " password=planted-in-a-line")})
	}
	made(e.logs.PutLogEvents(e.t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: group, LogStreamName: stream, LogEvents: events}))
}

// unname takes the record of the load balancer away.
func (e *environment) unname() { e.record(dnstypes.ChangeActionDelete) }

func (e *environment) record(change dnstypes.ChangeAction) {
	made(e.route53.ChangeResourceRecordSets(e.t.Context(), &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: &e.zone, ChangeBatch: &dnstypes.ChangeBatch{Changes: []dnstypes.Change{{Action: change, ResourceRecordSet: &dnstypes.ResourceRecordSet{
			Name: aws.String("api." + e.name + ".example"), Type: dnstypes.RRTypeA,
			AliasTarget: &dnstypes.AliasTarget{HostedZoneId: aws.String("Z35SXDOTRQ7X7K"), DNSName: e.balancer.DNSName},
		}}}},
	}))
}
