package main

import (
	"regexp"
	"strings"
	"testing"
)

// In another partition nothing is named as in the one of most regions, but for
// the principals of services, which are called alike everywhere.
func TestStackInTheSovereignCloud(t *testing.T) {
	needsNode(t)
	const region = "eusc-de-east-1"
	c := settings(t, existingWith(map[string]any{
		"config": "testdata/bare.yaml", "region": region, "availabilityZones": region + "a," + region + "b", "vpcEndpoints": "sns,dynamodb", "routeTableIds": "rtb-0a1b2c3d4e5f60001",
	}))
	_, raw := synthesize(t, c, placeholders(t))
	text := string(raw)
	for _, found := range regexp.MustCompile(`[a-z0-9.-]*amazonaws\.com\b|arn:aws:|us-east-1|console\.aws`).FindAllString(text, -1) {
		if strings.Count(found, ".") != 2 || strings.Contains(found, "console") { // not lambda.amazonaws.com
			t.Errorf("the template names %s", found)
		}
	}
	tt := templateFrom(t, raw)
	if board := show(tt.Outputs["Dashboard"].Value); !strings.HasPrefix(board, `"https://eusc-de-east-1.console.amazonaws-eusc.eu/cloudwatch/home?region=eusc-de-east-1#dashboards/dashboard/`) {
		t.Errorf("the dashboard is at %s", board)
	}
	tt.where(t, "AWS::EC2::VPCEndpoint", "ServiceName", "com.amazonaws.eusc-de-east-1.dynamodb")
	tt.where(t, "AWS::EC2::VPCEndpoint", "ServiceName", "com.amazonaws.eusc-de-east-1.sns")
	if key := show(tt.where(t, "AWS::IAM::Role", "Policies", "dynamodb:").at("Policies")); !strings.Contains(key, `sns.eusc-de-east-1.",{"Ref":"AWS::URLSuffix"}`) || !strings.Contains(key, `"arn:aws-eusc:ecs:eusc-de-east-1:`) {
		t.Errorf("the policies are %s", key)
	}
}
