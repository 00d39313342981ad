package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/access"
)

// reads are actions that change nothing.
var reads = regexp.MustCompile(`:(Get|Describe|List|Lookup|Query|Filter|Discover|Decrypt|BatchGet|StartQuery|StopQuery)`)

// interfaces cannot be named before they exist.
var interfaces = map[string]*regexp.Regexp{"Role": regexp.MustCompile(`^\*$`)}

// writes are the only actions that change something: who may, and what.
var writes = map[string]map[string]*regexp.Regexp{
	"dynamodb:PutItem": {"Role": made("Table")}, "sns:Publish": {"Role": made("Messages")}, "kms:GenerateDataKey": {"Role": made("Key")},
	"sqs:SendMessage":            {"Role": made("DeadLetters|MissedTicks"), "SlackRole": made("DeadLetters"), "TickRole": made("MissedTicks")},
	"logs:CreateLogStream":       {"Role": made("Logs"), "SlackRole": made("SlackLogs")},
	"logs:PutLogEvents":          {"Role": made("Logs"), "SlackRole": made("SlackLogs")},
	"lambda:InvokeFunction":      {"TickRole": made("TickAlias")},
	"ec2:CreateNetworkInterface": interfaces, "ec2:DeleteNetworkInterface": interfaces,
	"ec2:AssignPrivateIpAddresses": interfaces, "ec2:UnassignPrivateIpAddresses": interfaces,
}

// What is absent, in every variant: wildcards in actions, and writes to
// anything but what belongs to whoever writes.
func TestNothingElseIsAllowed(t *testing.T) {
	for variant := range contexts {
		for _, s := range statementsOf(t, templateOf(t, variant)) {
			if s.effect != "Allow" {
				continue
			}
			for _, action := range s.actions {
				if strings.Contains(action, "*") {
					t.Errorf("%s: %s is allowed", variant, action)
				}
				if reads.MatchString(action) {
					continue
				}
				own, known := writes[action][s.of]
				for _, on := range s.resources {
					if !known || !own.MatchString(on) {
						t.Errorf("%s: %s may do %s on %s", variant, s.of, action, on)
					}
				}
			}
		}
	}
}

// Reading is as narrow: no secret, key or service but those of the
// configuration.
func TestReadsAreNarrow(t *testing.T) {
	key := regexp.MustCompile(made("Key").String() + `|^arn:aws:kms:us-east-1:123456789012:key/0a1b$`)
	narrow := map[string]map[string]*regexp.Regexp{
		"secretsmanager:GetSecretValue": {"Role": arnOf("secretsmanager", `secret:shop/api-\?{6}`), "SlackRole": arnOf("secretsmanager", `secret:tidewatch/slack-\?{6}`)},
		"ssm:GetParameter":              {"Role": arnOf("ssm", "parameter/shop/tenant")},
		"kms:Decrypt":                   {"Role": key, "SlackRole": regexp.MustCompile(`^arn:aws:kms:us-east-1:123456789012:key/0a1b$`)},
		"dynamodb:GetItem":              {"Role": made("Table")}, "dynamodb:Query": {"Role": made("Table")},
		"ecs:DescribeServices":            {"Role": arnOf("ecs", `service/(shop|back-office)/\*`)},
		"ecs:DescribeTasks":               {"Role": arnOf("ecs", `task/(shop|back-office)/\*`)},
		"logs:FilterLogEvents":            {"Role": arnOf("logs", `log-group:/ecs/shop\*(:\*)?`)},
		"lambda:GetFunctionConfiguration": {"Role": arnOf("lambda", `function:Tidewatch-shop-production(:\*)?`)},
	}
	seen := map[string]bool{}
	for _, s := range statementsOf(t, templateOf(t, "webhook")) {
		for _, action := range s.actions {
			if narrow[action] == nil {
				continue
			}
			seen[action] = true
			pattern, known := narrow[action][s.of]
			for _, on := range s.resources {
				if !known || !pattern.MatchString(on) {
					t.Errorf("%s may do %s on %s", s.of, action, on)
				}
			}
		}
	}
	if len(seen) != len(narrow) {
		t.Errorf("only %v are allowed, want all of %v", seen, narrow)
	}
}

// Patterns that fit part of a name would let in what is not meant.
func TestPatternsAreWhole(t *testing.T) {
	for text, want := range map[string]bool{
		`{"Fn::GetAtt":["Logs6819BB44","Arn"]}`: true, `{"Ref":"Logs6819BB44"}`: true, `{"Fn::GetAtt":["SlackLogs6819BB44","Arn"]}`: false,
		`{"Fn::GetAtt":["LogsMore6819BB44","Arn"]}`: false, "*": false, `{"Fn::Join":["",[{"Ref":"Logs6819BB44"},"*"]]}`: false,
	} {
		if got := made("Logs").MatchString(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	const service = `{"Fn::Join":["",["arn:aws:ecs:us-east-1:",{"Ref":"AWS::AccountId"},":service/shop/*"]]}`
	if !arnOf("ecs", `service/shop/\*`).MatchString(service) || arnOf("ecs", "service/shop").MatchString(service) || arnOf("ecs", `shop/\*`).MatchString(service) {
		t.Error("an ARN is taken for another")
	}
}

// Services that take a role or publish do so for this account alone, where
// they say for whom.
func TestServicesActForThisAccount(t *testing.T) {
	const account = `"aws:SourceAccount":{"Ref":"AWS::AccountId"}`
	tt := templateOf(t, "channel")
	for _, of := range []struct{ kind, property, service, want string }{
		{"AWS::IAM::Role", "AssumeRolePolicyDocument", "scheduler.amazonaws.com",
			`{"StringEquals":{` + account + `,"aws:SourceArn":{"Fn::Join":["",["arn:aws:scheduler:us-east-1:",{"Ref":"AWS::AccountId"},":schedule-group/default"]]}}}`},
		{"AWS::IAM::Role", "AssumeRolePolicyDocument", "chatbot.amazonaws.com", `{"StringEqualsIfExists":{` + account + `}}`},
		{"AWS::SNS::TopicPolicy", "PolicyDocument", "cloudwatch.amazonaws.com", `{"StringEquals":{` + account + `}}`},
	} {
		n := 0
		for _, raw := range tt.where(t, of.kind, of.property, of.service).at(of.property + ".Statement").([]any) {
			s := raw.(map[string]any)
			if !strings.Contains(show(s["Principal"]), of.service) {
				continue
			}
			if n++; show(s["Condition"]) != of.want {
				t.Errorf("%s has the condition %s, want %s", of.service, show(s["Condition"]), of.want)
			}
		}
		if n != 1 {
			t.Errorf("%s is in %d statements", of.service, n)
		}
	}
	if group := tt.all("AWS::Scheduler::Schedule")[0].at("GroupName"); group != nil {
		t.Errorf("the schedule is in the group %v, and its role is for the default one", group)
	}
}

// What parts of the code need alike stands in the policy once, as do resources
// and conditions that they share.
func TestNothingIsAllowedTwice(t *testing.T) {
	made, err := statements([]access.Action{
		{Name: "x:Get", Resource: "moon", Part: access.Deployments}, {Name: "x:Get", Resource: "moon", Part: access.Diagnosis},
		{Name: "x:List", Resource: "moon", Part: access.Diagnosis}, {Name: "x:Get", Resource: access.All, Part: access.Diagnosis},
	}, subjects{resources: map[access.Resource][]string{"moon": {"arn:moon"}, access.All: {"*"}}})
	if err != nil || len(made) != 2 || show(*made[0].Actions()) != `["x:Get","x:List"]` || *made[0].Sid() != "Moon1" || *made[1].Sid() != "Any2" {
		t.Errorf("%d statements, %v", len(made), err)
	}
	seen := map[string]bool{}
	for _, s := range statementsOf(t, templateOf(t, "webhook")) {
		for _, action := range s.actions {
			if one := fmt.Sprint(s.of, s.effect, action, s.resources, s.condition); seen[one] {
				t.Errorf("%s twice on %v", action, s.resources)
			} else {
				seen[one] = true
			}
		}
	}
}

// The code gets exactly what lambda/access lists.
func TestPolicyIsWhatTheCodeCalls(t *testing.T) {
	tt := templateOf(t, "webhook")
	var allowed []string
	for _, s := range statementsOf(t, tt) {
		if s.effect == "Allow" && strings.Contains(s.role, "lambda.amazonaws.com") {
			allowed = append(allowed, s.actions...)
		}
	}
	for _, a := range access.Actions {
		if !slices.Contains(allowed, a.Name) {
			t.Errorf("%s is not allowed, and the code calls it", a.Name)
		}
	}
	for _, s := range statementsOf(t, templateOf(t, "quiet")) {
		if slices.Contains(s.actions, "secretsmanager:GetSecretValue") || slices.Contains(s.actions, "ssm:GetParameter") {
			t.Error("secrets may be read, and the configuration refers to none")
		}
	}
}

func TestConditionsArrive(t *testing.T) {
	for action, want := range map[string]string{
		"dynamodb:PutItem":           `{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["shop-production"]}}`,
		"kms:GenerateDataKey":        `{"StringEquals":{"kms:ViaService":[{"Fn::Join":["",["sns.us-east-1.",{"Ref":"AWS::URLSuffix"}]]}]}}`,
		"ecs:DescribeServices":       `{"ArnEquals":{"ecs:cluster":[`,
		"ec2:CreateNetworkInterface": "null",
	} {
		found := false
		for _, s := range statementsOf(t, templateOf(t, "webhook")) {
			if s.effect == "Allow" && slices.Contains(s.actions, action) {
				found = true
				if !strings.HasPrefix(s.condition, want) {
					t.Errorf("%s has the condition %s, want %s", action, s.condition, want)
				}
			}
		}
		if !found {
			t.Errorf("%s is not allowed", action)
		}
	}
}

// The credentials of the function are for Lambda to attach it; its code may not
// touch interfaces.
func TestCodeMayNotChangeInterfaces(t *testing.T) {
	for _, s := range statementsOf(t, templateOf(t, "existing")) {
		if s.effect == "Deny" && slices.Contains(s.actions, "ec2:DeleteNetworkInterface") && strings.Contains(s.condition, "lambda:SourceFunctionArn") {
			return
		}
	}
	t.Error("nothing denies it")
}

// AWS takes 10,240 characters of inline policies in a role, spaces not counted.
func TestPoliciesFit(t *testing.T) {
	for variant := range contexts {
		for _, r := range templateOf(t, variant).all("AWS::IAM::Role") {
			if n := len(show(r.at("Policies"))); n > 9500 {
				t.Errorf("%s: the policies of a role have %d characters", variant, n)
			}
		}
	}
}

// A configuration whose policy AWS would refuse is told before it is deployed.
func TestPolicyThatDoesNotFit(t *testing.T) {
	needsNode(t)
	c := settings(t, contexts["existing"])
	if err := policyFits(c); err != nil {
		t.Error(err)
	}
	file := *c.file
	for i := range 12 {
		file.AWS.Clusters = append(file.AWS.Clusters, fmt.Sprintf("production-cluster-%02d", i))
		file.AWS.LogGroups = append(file.AWS.LogGroups, fmt.Sprintf("/ecs/production-%02d*", i))
	}
	c.file = &file
	if err := policyFits(c); err == nil || !strings.HasPrefix(err.Error(), "configuration: the policy of the function would have about 1") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
}

func TestUnknownNamesOfAccess(t *testing.T) {
	known := subjects{
		resources: map[access.Resource][]string{access.All: {"*"}},
		values:    map[access.Value][]string{access.Environment: {"e"}},
	}
	for want, action := range map[string]access.Action{
		`x:Y is allowed on "moon" in lambda/access`:     {Name: "x:Y", Resource: "moon"},
		`x:Y has the condition "tide" in lambda/access`: {Name: "x:Y", Resource: access.All, Conditions: []access.Condition{{Operator: "StringEquals", Key: "k", Value: "tide"}}},
	} {
		if _, err := statements([]access.Action{action}, known); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Every name that lambda/access has, the stack knows.
func TestAllOfAccessIsKnown(t *testing.T) {
	s := subjectsOf(settings(t, contexts["webhook"]), place{"aws", "us-east-1", "123456789012", "amazonaws.com"}, owned{"table", "topic", "key", "function"})
	for _, a := range access.Actions {
		if _, ok := s.resources[a.Resource]; !ok {
			t.Errorf("%s: %q", a.Name, a.Resource)
		}
		for _, c := range a.Conditions {
			if len(s.values[c.Value]) == 0 {
				t.Errorf("%s: %q", a.Name, c.Value)
			}
		}
	}
}
