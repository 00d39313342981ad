package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"hokus.ai/tidewatch/cdk/internal/testenv"
)

func TestMain(m *testing.M) {
	if os.Getenv("TIDEWATCH_TEST_APP") != "" {
		main() // the test that started this process looks at how it ends
		os.RemoveAll(testenv.Dir)
		return
	}
	status := m.Run()
	os.RemoveAll(testenv.Dir) // where the CDK's Node process has its files
	os.Exit(status)
}

// contexts are the variants that the stack is tested in. None asks AWS.
var contexts = map[string]map[string]any{
	"existing": existingWith(map[string]any{"email": "oncall@example.com", "operatorEmail": "ops@example.com", "admitTo": "sg-0a1b2c3d4e5f60001:5000,sg-0a1b2c3d4e5f60002:8000-8100"}),
	"new":      {"peered": "true", "natGateways": "2", "email": "oncall@example.com"},
	"channel":  existingWith(map[string]any{"slackWorkspaceId": "T0123ABCD", "slackChannelId": "C0123ABCD", "operatorEmail": "ops@example.com"}),
	"webhook": existingWith(map[string]any{
		"config": "testdata/fleet.yaml", "variables": map[string]any{"API_HOST": "api.example.com"},
		"slackWebhookSecret": "tidewatch/slack#url", "secretKeys": []any{"arn:aws:kms:us-east-1:123456789012:key/0a1b"},
	}),
	"endpoints": existingWith(map[string]any{"vpcEndpoints": []any{"sns", "dynamodb", "secretsmanager"}, "routeTableIds": "rtb-0a1b2c3d4e5f60001", "securityGroupIds": "sg-0a1b2c3d4e5f60003"}),
	"quiet":     existingWith(map[string]any{"retainTable": false, "dashboard": false, "logRetentionDays": float64(7), "memory": "1024", "namespace": "Shop"}),
}

// existingWith is the context of an existing VPC, and more.
func existingWith(more map[string]any) map[string]any {
	all := map[string]any{
		"vpcId": "vpc-0a1b2c3d4e5f60000", "subnetIds": "subnet-0a1b2c3d4e5f60001,subnet-0a1b2c3d4e5f60002", "availabilityZones": "us-east-1a,us-east-1b",
	}
	maps.Copy(all, more)
	return all
}

// needsNode skips a test without the program that the CDK runs in.
func needsNode(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("node"); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("node is not installed: the CDK runs in Node 20 or newer")
	}
	t.Skip("needs node: the CDK runs in Node 20 or newer")
}

// template is what CloudFormation gets.
type template struct {
	Resources map[string]resource
	Outputs   map[string]struct{ Value any }
}

type resource struct {
	Type           string
	Properties     map[string]any
	DeletionPolicy string
	DependsOn      []string
}

// templates are those of the variants, each made once.
var templates = map[string][]byte{}

func rawTemplateOf(t testing.TB, variant string) []byte {
	t.Helper()
	needsNode(t)
	if templates[variant] == nil {
		_, templates[variant] = synthesize(t, settings(t, contexts[variant]), placeholders(t))
	}
	return templates[variant]
}

func templateOf(t testing.TB, variant string) template {
	t.Helper()
	return templateFrom(t, rawTemplateOf(t, variant))
}

func templateFrom(t testing.TB, raw []byte) template {
	t.Helper()
	var made template
	if err := json.Unmarshal(raw, &made); err != nil {
		t.Fatal(err)
	}
	return made
}

func settings(t testing.TB, context map[string]any) config {
	t.Helper()
	c, err := readContext(context, "us-east-1", ".")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// placeholders are folders with something in place of the programs, which takes
// no time to build.
func placeholders(t testing.TB) code {
	t.Helper()
	made := code{function: filepath.Join(t.TempDir(), "function"), slack: filepath.Join(t.TempDir(), "slack")}
	for _, dir := range []string{made.function, made.slack} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "bootstrap"), []byte("placeholder"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return made
}

// synthesize makes the template of placeholders, into which it packs the
// configuration.
func synthesize(t testing.TB, c config, made code, more ...func(awscdk.Stack)) (awscdk.Stack, []byte) {
	t.Helper()
	inside, err := packConfig(c, made.function)
	if err != nil {
		t.Fatal(err)
	}
	made.config = inside
	return synthesizeBuilt(t, c, made, more...)
}

// synthesizeBuilt makes the template as the CDK's command line would, with the
// context of cdk.json, which only that reads.
func synthesizeBuilt(t testing.TB, c config, made code, more ...func(awscdk.Stack)) (awscdk.Stack, []byte) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("synthesis failed: %v", r)
		}
	}()
	out := t.TempDir()
	flags := cdkJSON(t)
	if len(more) > 0 { // which find something: it would end the synthesis instead of being listed
		flags["@aws-cdk/core:annotationsInValidationReport"] = false
	}
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &out, AnalyticsReporting: no(), TreeMetadata: no(), Context: &flags})
	stack, err := newStack(app, c, made)
	if err != nil {
		t.Fatal(err)
	}
	for _, add := range more {
		add(stack)
	}
	app.Synth(nil)
	raw, err := os.ReadFile(filepath.Join(out, "Tidewatch.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	return stack, raw
}

func cdkJSON(t testing.TB) map[string]any {
	t.Helper()
	raw, err := os.ReadFile("../cdk.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Context
}

// all are the resources of a type, by their ids in order.
func (tt template) all(kind string) []resource {
	var found []resource
	for _, id := range slices.Sorted(maps.Keys(tt.Resources)) {
		if tt.Resources[id].Type == kind {
			found = append(found, tt.Resources[id])
		}
	}
	return found
}

// where returns the only resource of a type in which a property has a text.
func (tt template) where(t testing.TB, kind, property, text string) resource {
	t.Helper()
	var found []resource
	for _, r := range tt.all(kind) {
		if strings.Contains(show(r.at(property)), text) {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d resources of type %s have %q in %s, want one", len(found), kind, text, property)
	}
	return found[0]
}

// at is what stands at a path such as VpcConfig.SubnetIds; nil: nothing.
func (r resource) at(path string) any {
	var v any = r.Properties
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// wants reports properties that are not as they should be, as JSON.
func (r resource) wants(t testing.TB, properties map[string]string) {
	t.Helper()
	for path, want := range properties {
		if got := show(r.at(path)); got != want {
			t.Errorf("%s: %s is %s, want %s", r.Type, path, got, want)
		}
	}
}

func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
