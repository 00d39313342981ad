package main

import (
	"maps"
	"regexp"
	"slices"
	"testing"
)

// statement is one of a policy, its action and resource as lists.
type statement struct {
	of                 string // the role or policy that it is in, by its name in the stack
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

// idHash is how long the hash is that the CDK puts behind a name in the stack.
const idHash = 8

// made is a pattern of references to resources of the stack, by their names.
func made(names string) *regexp.Regexp {
	return regexp.MustCompile(`^\{("Fn::GetAtt":\["(` + names + `)[0-9A-F]{8}","Arn"\]|"Ref":"(` + names + `)[0-9A-F]{8}")\}$`)
}

// arnOf is a pattern of ARNs of the stack's own region and account.
func arnOf(service, rest string) *regexp.Regexp {
	return regexp.MustCompile(`^\{"Fn::Join":\["",\["arn:aws:` + service + `:us-east-1:",\{"Ref":"AWS::AccountId"\},":(` + rest + `)"\]\]\}$`)
}

// statementsOf are those of all identities of a template.
func statementsOf(t *testing.T, tt template) []statement {
	t.Helper()
	var all []statement
	add := func(id string, document any) {
		for _, raw := range document.(map[string]any)["Statement"].([]any) {
			s := raw.(map[string]any)
			all = append(all, statement{
				id[:len(id)-idHash], show(tt.Resources[id].at("AssumeRolePolicyDocument")),
				s["Effect"].(string), listOf(s["Action"]), listOf(s["Resource"]), show(s["Condition"]),
			})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(tt.Resources)) {
		switch r := tt.Resources[id]; r.Type {
		case "AWS::IAM::Role":
			policies, _ := r.Properties["Policies"].([]any)
			for _, p := range policies {
				add(id, p.(map[string]any)["PolicyDocument"])
			}
		case "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy":
			add(id, r.Properties["PolicyDocument"])
		}
	}
	if len(all) == 0 {
		t.Fatal("there is no statement")
	}
	return all
}
