package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// cloud is a moto server, which answers like AWS.
type cloud struct {
	url string
	aws aws.Config
}

var motoListens = regexp.MustCompile(`Running on (http://127\.0\.0\.1:\d+)`)

// startCloud starts moto for a test. With -short or without moto the test is
// skipped; where CI=true, moto must be there.
func startCloud(t *testing.T) cloud {
	t.Helper()
	if testing.Short() {
		t.Skip("takes 15 s: left out by -short")
	}
	if _, err := exec.LookPath("moto_server"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("moto_server is not installed: pip install 'moto[server]'")
		}
		t.Skip("needs moto_server: pip install 'moto[server]'")
	}
	// It ends with its standard input, so also when the tests are killed.
	command := exec.Command("sh", "-c", `moto_server -H 127.0.0.1 -p 0 & moto=$!; cat >/dev/null; kill $moto; wait $moto`)
	// What is set here for AWS or the network is not for it: it would answer all
	// with its trouble about a profile or a proxy that is not there.
	command.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(strings.ToUpper(variable), "=")
		return strings.HasPrefix(name, "AWS_") || strings.HasSuffix(name, "_PROXY")
	})
	leash, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	lines, output := io.Pipe()
	command.Stderr = output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = leash.Close(); _ = command.Wait() })
	found := make(chan string, 1)
	go func() {
		for scanner := bufio.NewScanner(lines); scanner.Scan(); {
			if m := motoListens.FindStringSubmatch(scanner.Text()); m != nil {
				found <- m[1]
			}
		}
		_, _ = io.Copy(io.Discard, lines)
	}()
	select {
	case where := <-found:
		keys := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		})
		return cloud{where, aws.Config{Region: "us-east-1", BaseEndpoint: &where, Credentials: keys, RetryMaxAttempts: 1}}
	case <-time.After(2 * time.Minute):
		t.Fatal("moto_server did not say where it listens")
		return cloud{}
	}
}

// network makes a VPC with two subnets and a group, as somebody has before
// deploying into it. There is no need for a whole client for that.
func (c cloud) network(t *testing.T) map[string]any {
	t.Helper()
	vpc := c.ec2(t, "vpcId", "Action", "CreateVpc", "CidrBlock", "10.0.0.0/16")
	var subnets []any
	for i, zone := range []string{"us-east-1a", "us-east-1b"} {
		subnets = append(subnets, c.ec2(t, "subnetId", "Action", "CreateSubnet", "VpcId", vpc, "CidrBlock", fmt.Sprintf("10.0.%d.0/24", i), "AvailabilityZone", zone))
	}
	theirs := c.ec2(t, "groupId", "Action", "CreateSecurityGroup", "VpcId", vpc, "GroupName", "mlflow", "GroupDescription", "of somebody else")
	return map[string]any{"vpcId": vpc, "subnetIds": subnets, "availabilityZones": []any{"us-east-1a", "us-east-1b"}, "admitTo": theirs + ":5000"}
}

// ec2 makes a call and returns the first element of a name in its answer.
func (c cloud) ec2(t *testing.T, element string, form ...string) string {
	t.Helper()
	values := url.Values{"Version": {"2016-11-15"}}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url, strings.NewReader(values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260301/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	for decoder := xml.NewDecoder(bytes.NewReader(body)); ; {
		token, err := decoder.Token()
		if err != nil {
			t.Fatalf("%v has no %s: %s", form, element, body)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == element {
			var text string
			if err := decoder.DecodeElement(&text, &start); err != nil {
				t.Fatal(err)
			}
			return text
		}
	}
}

// deploy creates a stack through CloudFormation, from the template as it is but
// for what moto cannot follow.
func (c cloud) deploy(t *testing.T, name string, raw []byte) map[string]string {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	forMoto(doc)
	body, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	c.bootstrap(t, doc)
	cf := cloudformation.NewFromConfig(c.aws)
	text := string(body)
	if _, err := cf.CreateStack(t.Context(), &cloudformation.CreateStackInput{StackName: &name, TemplateBody: &text}); err != nil {
		t.Fatal(err)
	}
	made, err := cf.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: &name})
	if err != nil || len(made.Stacks) != 1 || made.Stacks[0].StackStatus != "CREATE_COMPLETE" {
		t.Fatalf("the stack is %+v, %v", made, err)
	}
	outputs := map[string]string{}
	for _, o := range made.Stacks[0].Outputs {
		outputs[*o.OutputKey] = *o.OutputValue
	}
	return outputs
}

// forMoto takes out the dashboard, because it shows the ARNs of alarms, which
// moto does not make; and it writes the ARN of an alias where there is a
// reference to one, because moto does not make aliases either. The tags of keys
// it reads in another form.
func forMoto(doc map[string]any) {
	resources := doc["Resources"].(map[string]any)
	arns, functions := map[string]any{}, map[string]any{} // of aliases, by their ids
	for id, raw := range resources {
		switch r := raw.(map[string]any); r["Type"] {
		case "AWS::CloudWatch::Dashboard":
			delete(resources, id)
		case "AWS::KMS::Key":
			delete(r["Properties"].(map[string]any), "Tags")
		case "AWS::Lambda::Alias":
			properties := r["Properties"].(map[string]any)
			function := properties["FunctionName"].(map[string]any)["Ref"]
			functions[id] = properties["FunctionName"]
			arns[id] = map[string]any{"Fn::Join": []any{"", []any{map[string]any{"Fn::GetAtt": []any{function, "Arn"}}, ":" + properties["Name"].(string)}}}
		}
	}
	var replace func(v any) any
	replace = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			if id, ok := v["Ref"].(string); ok && arns[id] != nil {
				return arns[id]
			}
			for name := range v {
				v[name] = replace(v[name])
			}
		case []any:
			for i := range v {
				v[i] = replace(v[i])
			}
		}
		return v
	}
	for _, raw := range resources {
		r := raw.(map[string]any)
		if r["Type"] != "AWS::Lambda::Permission" {
			continue
		}
		properties := r["Properties"].(map[string]any)
		if alias, ok := properties["FunctionName"].(map[string]any)["Ref"].(string); ok && functions[alias] != nil {
			properties["FunctionName"] = functions[alias]
		}
	}
	replace(resources)
}

// bootstrap makes what `cdk bootstrap` and the upload of assets would.
func (c cloud) bootstrap(t *testing.T, doc map[string]any) {
	t.Helper()
	bucket := "cdk-hnb659fds-assets-123456789012-us-east-1"
	store := s3.NewFromConfig(c.aws, func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := store.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		var owned *s3types.BucketAlreadyOwnedByYou
		if !asError(err, &owned) {
			t.Fatal(err)
		}
	}
	for _, r := range doc["Resources"].(map[string]any) {
		code := resource{Properties: r.(map[string]any)["Properties"].(map[string]any)}
		key, ok := code.at("Code.S3Key").(string)
		if !ok {
			continue
		}
		if _, err := store.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(archive(t))}); err != nil {
			t.Fatal(err)
		}
	}
	name, version, overwrite := "/cdk-bootstrap/hnb659fds/version", "30", true
	_, err := ssm.NewFromConfig(c.aws).PutParameter(t.Context(), &ssm.PutParameterInput{Name: &name, Value: &version, Type: ssmtypes.ParameterTypeString, Overwrite: &overwrite})
	if err != nil {
		t.Fatal(err)
	}
}

// archive is a zip with a program in it. Moto does not run it.
func archive(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create("bootstrap"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
