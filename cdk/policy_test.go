package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/access"
)

// statement is one of a policy, its action and resource as lists.
type statement struct {
	role, effect       string
	actions, resources []string
	condition          string
}

func listOf(v any) []string {
	if many, ok := v.([]any); ok {
		var all []string
		for _, one := range many {
			all = append(all, listOf(one)...)
		}
		return all
	}
	if s, ok := v.(string); ok {
		return []string{s}
	}
	return []string{show(v)}
}

// statementsOf are those of all identities of a template.
func statementsOf(t *testing.T, tt template) []statement {
	t.Helper()
	var all []statement
	add := func(r resource, document any) {
		for _, raw := range document.(map[string]any)["Statement"].([]any) {
			s := raw.(map[string]any)
			all = append(all, statement{show(r.at("AssumeRolePolicyDocument")), s["Effect"].(string), listOf(s["Action"]), listOf(s["Resource"]), show(s["Condition"])})
		}
	}
	for _, r := range tt.all("AWS::IAM::Role") {
		policies, _ := r.Properties["Policies"].([]any)
		for _, p := range policies {
			add(r, p.(map[string]any)["PolicyDocument"])
		}
	}
	for _, kind := range []string{"AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"} {
		for _, r := range tt.all(kind) {
			add(r, r.Properties["PolicyDocument"])
		}
	}
	if len(all) == 0 {
		t.Fatal("there is no statement")
	}
	return all
}

// reads are actions that change nothing.
var reads = regexp.MustCompile(`:(Get|Describe|List|Lookup|Query|Filter|Discover|Decrypt|BatchGet|StartQuery|StopQuery)`)

// writes are the only actions that change something, with what they may change.
// "own interfaces" cannot be named before they exist.
var writes = map[string]string{
	"dynamodb:PutItem": "Table", "sns:Publish": "Messages", "kms:GenerateDataKey": "Key", "sqs:SendMessage": "DeadLetters|MissedTicks",
	"logs:CreateLogStream": "Logs", "logs:PutLogEvents": "Logs", "lambda:InvokeFunction": "TickAlias",
	"ec2:CreateNetworkInterface": `^\*$`, "ec2:DeleteNetworkInterface": `^\*$`, "ec2:AssignPrivateIpAddresses": `^\*$`, "ec2:UnassignPrivateIpAddresses": `^\*$`,
}

// What is absent, in every variant: wildcards in actions, and writes to
// anything but what belongs to Tidewatch.
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
				own, known := writes[action]
				for _, on := range s.resources {
					if !known || !regexp.MustCompile(own).MatchString(on) {
						t.Errorf("%s: %s is allowed on %s", variant, action, on)
					}
				}
			}
		}
	}
}

// Reading is as narrow: no secret, key or service but those of the
// configuration.
func TestReadsAreNarrow(t *testing.T) {
	narrow := map[string]string{
		"secretsmanager:GetSecretValue": `:secret:(shop/api|tidewatch/slack)-\?{6}`, "ssm:GetParameter": ":parameter/shop/tenant",
		"kms:Decrypt": `Key|^arn:aws:kms:us-east-1:123456789012:key/0a1b$`, "dynamodb:GetItem": "Table", "dynamodb:Query": "Table",
		"ecs:DescribeServices": ":service/(shop|back-office)/",
		"ecs:DescribeTasks":    ":task/(shop|back-office)/", "logs:FilterLogEvents": `:log-group:/ecs/shop\*`,
		"lambda:GetFunctionConfiguration": ":function:Tidewatch-shop-production",
	}
	seen := map[string]bool{}
	for _, s := range statementsOf(t, templateOf(t, "webhook")) {
		for _, action := range s.actions {
			pattern, ok := narrow[action]
			if !ok {
				continue
			}
			seen[action] = true
			for _, on := range s.resources {
				if !regexp.MustCompile(pattern).MatchString(on) || on == "*" {
					t.Errorf("%s is allowed on %s", action, on)
				}
			}
		}
	}
	if len(seen) != len(narrow) {
		t.Errorf("only %v are allowed, want all of %v", seen, narrow)
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
