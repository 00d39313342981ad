package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// accepted are the findings of cdk-nag's AwsSolutions rules that stay, each
// with its reason. A pattern that nothing matches any more is to be removed.
var accepted = []struct{ finding, reason string }{
	{`^/Tidewatch/(DeadLetters|MissedTicks)/Resource: AwsSolutions-SQS3:`, "The queue is the one that others have for dead letters."},
	{`^/Tidewatch/Role/Resource: AwsSolutions-IAM5\[Resource::\*\]`, "Network interfaces have no ARN before Lambda makes them, and the code is denied to change any; the rest are reads for which AWS knows no resources."},
	{`^/Tidewatch/Role/Resource: AwsSolutions-IAM5\[Resource::arn:`, "All of a kind are meant, in the clusters or log groups of the configuration where it has some; another test holds that these are reads."},
	{`^/Tidewatch/ChannelPolicy/Resource: AwsSolutions-IAM5\[Resource::\*\]`, "Metrics have no ARN, and are what Amazon Q draws of an alarm; it may do nothing else."},
	{`^/Tidewatch/Vpc/Resource: AwsSolutions-VPC7:`, "Flow logs of a VPC with one function in it would cost more than the rest together; its owner may add them."},
}

// Every finding of cdk-nag is answered for, in every variant.
func TestNag(t *testing.T) {
	needsNode(t)
	used := map[string]bool{}
	for variant, context := range contexts {
		t.Run(variant, func(t *testing.T) {
			for _, finding := range findings(t, context) {
				answered := false
				for _, a := range accepted {
					if regexp.MustCompile(a.finding).MatchString(finding) {
						answered, used[a.finding] = true, true
					}
				}
				if !answered {
					t.Error(finding)
				}
			}
		})
	}
	for _, a := range accepted {
		if !used[a.finding] && !t.Failed() {
			t.Errorf("nothing is found any more for %s", a.finding)
		}
		if len(strings.Fields(a.reason)) < 4 {
			t.Errorf("%s has no reason", a.finding)
		}
	}
}

// findings are the errors and warnings of cdk-nag, as "Resource: RULE …".
func findings(t *testing.T, context map[string]any) []string {
	t.Helper()
	stack, _ := synthesize(t, settings(t, context), placeholders(t), func(stack awscdk.Stack) {
		awscdk.Aspects_Of(stack).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Reports: no()}), nil)
	})
	var all []string
	annotations := assertions.Annotations_FromStack(stack)
	rule := assertions.Match_StringLikeRegexp(str("AwsSolutions-.*"))
	for _, m := range slices.Concat(*annotations.FindError(str("*"), rule), *annotations.FindWarning(str("*"), rule)) {
		//lint:ignore SA1019 the type that takes its place has no module for Go yet
		all = append(all, fmt.Sprintf("%s: %v", *m.Id, m.Entry.Data))
	}
	return all
}
