package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestFunction(t *testing.T) {
	tt := templateOf(t, "existing")
	fn := tt.where(t, "AWS::Lambda::Function", "Description", "checks the endpoints")
	fn.wants(t, map[string]string{
		"Architectures": `["arm64"]`, "Runtime": `"provided.al2023"`, "Handler": `"bootstrap"`, "MemorySize": "512", "Timeout": "120",
		"VpcConfig.SubnetIds":                       `["subnet-0a1b2c3d4e5f60001","subnet-0a1b2c3d4e5f60002"]`,
		"LoggingConfig.LogFormat":                   `"JSON"`,
		"LoggingConfig.ApplicationLogLevel":         `"INFO"`,
		"Environment.Variables.TIDEWATCH_NAMESPACE": `"Tidewatch"`,
		"Environment.Variables.TIDEWATCH_CONFIG":    "null",
		"ReservedConcurrentExecutions":              "null",
	})
	if len(tt.all("AWS::IAM::ManagedPolicy")) != 0 || strings.Contains(show(tt.all("AWS::IAM::Role")), "ManagedPolicyArns") {
		t.Error("a role has more than its own policies")
	}
	tt.where(t, "AWS::Logs::LogGroup", "RetentionInDays", "30")
}

// A setting that is not the default is one that arrives.
func TestSettingsArrive(t *testing.T) {
	tt := templateOf(t, "quiet")
	fn := tt.where(t, "AWS::Lambda::Function", "Description", "checks the endpoints")
	fn.wants(t, map[string]string{"MemorySize": "1024", "Environment.Variables.TIDEWATCH_NAMESPACE": `"Shop"`})
	tt.where(t, "AWS::Logs::LogGroup", "RetentionInDays", "7")
	if n := len(tt.all("AWS::CloudWatch::Dashboard")); n != 0 {
		t.Errorf("%d dashboards", n)
	}
	table := tt.all("AWS::DynamoDB::Table")[0]
	table.wants(t, map[string]string{"DeletionProtectionEnabled": "false"})
	if table.DeletionPolicy != "Delete" {
		t.Errorf("the table's policy is %s", table.DeletionPolicy)
	}
	if n := len(tt.all("AWS::SNS::Subscription")); n != 0 {
		t.Errorf("%d subscriptions", n)
	}
	silent := tt.where(t, "AWS::CloudWatch::Alarm", "AlarmName", "-silent")
	silent.wants(t, map[string]string{"Namespace": `"Shop"`})

	fleet := templateOf(t, "webhook").where(t, "AWS::Lambda::Function", "Description", "checks the endpoints")
	fleet.wants(t, map[string]string{"Environment.Variables.TIDEWATCH_CONFIG": `"config/fleet.yaml"`, "Environment.Variables.API_HOST": `"api.example.com"`})
}

func TestTable(t *testing.T) {
	table := templateOf(t, "existing").all("AWS::DynamoDB::Table")[0]
	table.wants(t, map[string]string{
		"KeySchema":                        `[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]`,
		"TimeToLiveSpecification":          `{"AttributeName":"expires","Enabled":true}`,
		"PointInTimeRecoverySpecification": `{"PointInTimeRecoveryEnabled":true}`,
		"BillingMode":                      `"PAY_PER_REQUEST"`, "DeletionProtectionEnabled": "true",
	})
	if table.DeletionPolicy != "Retain" {
		t.Errorf("the table's policy is %s", table.DeletionPolicy)
	}
}

// The tick is one that the function understands, and never comes late; events
// are tried again. Each door has settings of its own.
func TestDoors(t *testing.T) {
	tt := templateOf(t, "existing")
	tick := tt.all("AWS::Scheduler::Schedule")[0]
	tick.wants(t, map[string]string{
		"ScheduleExpression": `"rate(1 minute)"`, "FlexibleTimeWindow.Mode": `"OFF"`,
		"Target.RetryPolicy": `{"MaximumEventAgeInSeconds":60,"MaximumRetryAttempts":0}`,
	})
	if target := show(tick.at("Target.Arn")); !strings.Contains(target, "TickAlias") {
		t.Errorf("the schedule's target is %s", target)
	}
	var event map[string]string
	if err := json.Unmarshal([]byte(tick.at("Target.Input").(string)), &event); err != nil {
		t.Fatal(err)
	}
	if event["source"] != "tidewatch" || event["trigger"] != "tick" || event["id"] != "<aws.scheduler.execution-id>" || event["time"] != "<aws.scheduler.scheduled-time>" {
		t.Errorf("the tick is %v", event)
	}
	async := tt.where(t, "AWS::Lambda::EventInvokeConfig", "Qualifier", "TickAlias")
	async.wants(t, map[string]string{"MaximumRetryAttempts": "0", "MaximumEventAgeInSeconds": "60"})
	events := tt.where(t, "AWS::Lambda::EventInvokeConfig", "Qualifier", "EventsAlias")
	events.wants(t, map[string]string{"MaximumRetryAttempts": "2", "MaximumEventAgeInSeconds": "3600"})
	if to := show(events.at("DestinationConfig.OnFailure")); !strings.Contains(to, "DeadLetters") {
		t.Errorf("events that fail go to %s", to)
	}
	for _, rule := range tt.all("AWS::Events::Rule") {
		target := rule.Properties["Targets"].([]any)[0].(map[string]any)
		if !strings.Contains(show(target["Arn"]), "EventsAlias") || !strings.Contains(show(target["DeadLetterConfig"]), "DeadLetters") {
			t.Errorf("a rule's target is %s", show(target))
		}
	}
}

func TestRules(t *testing.T) {
	const account = `{"Fn::Join":["",["arn:aws:ecs:us-east-1:",{"Ref":"AWS::AccountId"},":`
	tt := templateOf(t, "webhook") // two clusters
	deployments := tt.where(t, "AWS::Events::Rule", "EventPattern", "ECS Deployment State Change")
	deployments.wants(t, map[string]string{
		"EventPattern.resources":        `[{"prefix":` + account + `service/shop/"]]}},{"prefix":` + account + `service/back-office/"]]}}]`,
		"EventPattern.detail.eventName": `["SERVICE_DEPLOYMENT_IN_PROGRESS","SERVICE_DEPLOYMENT_COMPLETED","SERVICE_DEPLOYMENT_FAILED"]`,
		"EventPattern.source":           `["aws.ecs"]`,
	})
	clusters := `[` + account + `cluster/shop"]]},` + account + `cluster/back-office"]]}]`
	actions := tt.where(t, "AWS::Events::Rule", "EventPattern", "ECS Service Action")
	actions.wants(t, map[string]string{"EventPattern.detail.eventType": `["WARN","ERROR"]`, "EventPattern.detail.clusterArn": clusters})
	tasks := tt.where(t, "AWS::Events::Rule", "EventPattern", "ECS Task State Change")
	tasks.wants(t, map[string]string{
		"EventPattern.detail.lastStatus": `["STOPPED"]`, "EventPattern.detail.stopCode": `["TaskFailedToStart","EssentialContainerExited"]`,
		"EventPattern.detail.clusterArn": clusters,
	})
	if n := len(tt.all("AWS::Events::Rule")); n != 3 {
		t.Errorf("%d rules", n)
	}
}

// Without clusters in the configuration, those of the whole account are meant.
func TestRulesOfAnyCluster(t *testing.T) {
	c := settings(t, existingWith(map[string]any{"config": "testdata/bare.yaml"}))
	for _, r := range rulesOf(c, place{}) {
		text := show(r.pattern())
		if strings.Contains(text, "clusterArn") || strings.Contains(text, "resources") {
			t.Errorf("%s is narrowed: %s", r.id, text)
		}
	}
}

func TestTopics(t *testing.T) {
	tt := templateOf(t, "existing")
	messages := tt.where(t, "AWS::SNS::Topic", "DisplayName", "Tidewatch hokusai")
	if key := show(messages.at("KmsMasterKeyId")); !strings.Contains(key, `["Key`) {
		t.Errorf("the key of the messages is %s", key)
	}
	operators := tt.where(t, "AWS::SNS::Topic", "DisplayName", "alarms")
	operators.wants(t, map[string]string{"KmsMasterKeyId": "null"})
	for _, policy := range tt.all("AWS::SNS::TopicPolicy") {
		if text := show(policy.at("PolicyDocument")); !strings.Contains(text, `"aws:SecureTransport":"false"`) {
			t.Errorf("a topic takes messages without TLS: %s", text)
		}
	}
	policy := tt.where(t, "AWS::SNS::TopicPolicy", "PolicyDocument", "cloudwatch.amazonaws.com")
	if topic := show(policy.at("Topics")); !strings.Contains(topic, "Operators") {
		t.Errorf("alarms go to %s", topic)
	}
	var mails []string
	for _, s := range tt.all("AWS::SNS::Subscription") {
		mails = append(mails, show(s.at("Protocol"))+show(s.at("Endpoint")))
	}
	if !slices.Equal(mails, []string{`"email""oncall@example.com"`, `"email""ops@example.com"`}) {
		t.Errorf("subscriptions %v", mails)
	}
	key := tt.all("AWS::KMS::Key")[0]
	key.wants(t, map[string]string{"EnableKeyRotation": "true"})
}

func TestExistingVPC(t *testing.T) {
	tt := templateOf(t, "existing")
	for _, kind := range []string{"AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::NatGateway", "AWS::EC2::VPCEndpoint"} {
		if n := len(tt.all(kind)); n != 0 {
			t.Errorf("%d of %s", n, kind)
		}
	}
	group := tt.all("AWS::EC2::SecurityGroup")[0]
	group.wants(t, map[string]string{"VpcId": `"vpc-0a1b2c3d4e5f60000"`, "SecurityGroupIngress": "null"})
	// It is removed before the role, with which Lambda gives back interfaces.
	if waits := show(group.DependsOn); !strings.HasPrefix(waits, `["Role`) || len(group.DependsOn) != 1 {
		t.Errorf("the group depends on %s", waits)
	}
	if !strings.Contains(show(tt.Outputs["SecurityGroup"].Value), "SecurityGroup") {
		t.Errorf("the output is %s", show(tt.Outputs["SecurityGroup"].Value))
	}
	admitted := tt.where(t, "AWS::EC2::SecurityGroupIngress", "GroupId", "sg-0a1b2c3d4e5f60002")
	admitted.wants(t, map[string]string{"FromPort": "8000", "ToPort": "8100", "IpProtocol": `"tcp"`})
	if from := show(admitted.at("SourceSecurityGroupId")); !strings.Contains(from, `["SecurityGroup`) {
		t.Errorf("it admits %s", from)
	}
}

func TestNewVPC(t *testing.T) {
	tt := templateOf(t, "new")
	for kind, want := range map[string]int{"AWS::EC2::VPC": 1, "AWS::EC2::Subnet": 4, "AWS::EC2::NatGateway": 2, "AWS::EC2::VPCEndpoint": 1, "AWS::Lambda::Function": 1} {
		if n := len(tt.all(kind)); n != want {
			t.Errorf("%d of %s, want %d", n, kind, want)
		}
	}
	tt.where(t, "AWS::EC2::VPCEndpoint", "VpcEndpointType", "Gateway")
	for _, name := range []string{"Vpc", "Address1", "Address2"} {
		if tt.Outputs[name].Value == nil {
			t.Errorf("no output %s", name)
		}
	}
}

func TestEndpoints(t *testing.T) {
	tt := templateOf(t, "endpoints")
	table := tt.where(t, "AWS::EC2::VPCEndpoint", "VpcEndpointType", "Gateway")
	table.wants(t, map[string]string{"RouteTableIds": `["rtb-0a1b2c3d4e5f60001"]`, "ServiceName": `"com.amazonaws.us-east-1.dynamodb"`})
	if n := len(tt.all("AWS::EC2::VPCEndpoint")); n != 3 {
		t.Errorf("%d endpoints", n)
	}
	sns := tt.where(t, "AWS::EC2::VPCEndpoint", "ServiceName", ".sns")
	sns.wants(t, map[string]string{"PrivateDnsEnabled": "true", "SubnetIds": `["subnet-0a1b2c3d4e5f60001","subnet-0a1b2c3d4e5f60002"]`})
	in := tt.where(t, "AWS::EC2::SecurityGroupIngress", "FromPort", "443")
	in.wants(t, map[string]string{"SourceSecurityGroupId": `"sg-0a1b2c3d4e5f60003"`, "CidrIp": "null"})
	fn := tt.where(t, "AWS::Lambda::Function", "Description", "checks the endpoints")
	fn.wants(t, map[string]string{"VpcConfig.SecurityGroupIds": `["sg-0a1b2c3d4e5f60003"]`})
}
