package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every mistake is told, in one sentence that names the key.
func TestContextMistakes(t *testing.T) {
	const anywhere = "us-east-1"
	for name, tt := range map[string]struct {
		context map[string]any
		region  string
		want    []string
	}{
		"nothing at all": {map[string]any{}, anywhere, []string{
			"context vpcId: it is missing, and a new VPC does not reach the private endpoints internal/mlflow-port (10.0.3.219), internal/mlflow-health (10.0.3.219), internal/mlflow-version (10.0.3.219) and 2 more; name the VPC they are in, or set peered=true if the new one will be peered with it",
		}},
		"wrong ids": {map[string]any{"vpcId": "vpc-1", "subnetIds": "subnet-0a1b2c3d4e5f60001,sg-0a1b2c3d4e5f60001", "availabilityZones": "us-east-1", "securityGroupIds": "sg-xyz"}, anywhere, []string{
			`context availabilityZones: "us-east-1" is not as expected: an availability zone such as us-east-1a`,
			`context securityGroupIds: "sg-xyz" is not as expected: the id of a security group such as sg-0a1b2c3d4e5f67890`,
			`context subnetIds: "sg-0a1b2c3d4e5f60001" is not as expected: the id of a subnet such as subnet-0a1b2c3d4e5f67890`,
			`context vpcId: "vpc-1" is not as expected: the id of a VPC such as vpc-0a1b2c3d4e5f67890`,
		}},
		"subnets without zones": {map[string]any{"vpcId": "vpc-0a1b2c3d", "subnetIds": []any{"subnet-0a1b2c3d"}}, anywhere, []string{
			"context availabilityZones: it is missing; subnetIds needs the zone of each of its 1 subnets",
		}},
		"zones for other subnets": {existingWith(map[string]any{"availabilityZones": "us-east-1a,us-east-1b,us-east-1c"}), anywhere, []string{
			"context availabilityZones: there are 3 zones for 2 subnets; expected one for each, in the order of subnetIds",
		}},
		"zones of another region": {existingWith(map[string]any{"availabilityZones": "us-east-1a,eu-west-1b"}), anywhere, []string{
			`context availabilityZones: "eu-west-1b" is not in the region us-east-1`,
		}},
		"a VPC without subnets":              {map[string]any{"vpcId": "vpc-0a1b2c3d"}, anywhere, []string{"context subnetIds: it is missing; vpcId needs the private subnets that the function is put into"}},
		"subnets without a VPC":              {map[string]any{"peered": "true", "subnetIds": "subnet-0a1b2c3d"}, anywhere, []string{"context subnetIds: it belongs to an existing VPC, so vpcId must be there too"}},
		"an existing VPC with an address":    {existingWith(map[string]any{"vpcCidr": "10.1.0.0/16"}), anywhere, []string{"context vpcCidr: it describes a new VPC, but vpcId names an existing one; leave one of them out"}},
		"a webhook and a channel":            {existingWith(map[string]any{"slackWebhookSecret": "hook", "slackWorkspaceId": "T1", "slackChannelId": "C1"}), anywhere, []string{"context slackWebhookSecret: it posts to Slack itself, and slackWorkspaceId and slackChannelId would post everything a second time; leave one way out"}},
		"a workspace without a channel":      {existingWith(map[string]any{"slackWorkspaceId": "T1"}), anywhere, []string{"context slackChannelId: it is missing; slackWorkspaceId needs the channel"}},
		"a channel without its workspace":    {existingWith(map[string]any{"slackChannelId": "C1"}), anywhere, []string{"context slackWorkspaceId: it is missing; slackChannelId needs the workspace that it is in"}},
		"a webhook's URL for its secret":     {existingWith(map[string]any{"slackWebhookSecret": "https://hooks.example.com/?a=T/B/X"}), anywhere, []string{`context slackWebhookSecret: it is not shown, since it looks like the URL itself; expected the name of a secret, or its whole ARN with the six characters at its end, with #KEY if it holds JSON`}},
		"the end of a webhook's URL":         {existingWith(map[string]any{"slackWebhookSecret": "services/T0/B0/abc"}), anywhere, []string{`context slackWebhookSecret: it is not shown, since it looks like the URL itself;`}},
		"a secret's ARN cut short":           {existingWith(map[string]any{"slackWebhookSecret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:slack"}), anywhere, []string{`context slackWebhookSecret: "arn:aws:secretsmanager:us-east-1:123456789012:secret:slack" is not as expected: the name of a secret, or its whole ARN with the six characters`}},
		"a parameter for a secret":           {existingWith(map[string]any{"slackWebhookSecret": "arn:aws:ssm:us-east-1:123456789012:parameter/slack-AbCdEf"}), anywhere, []string{`context slackWebhookSecret: "arn:aws:ssm:us-east-1:123456789012:parameter/slack-AbCdEf" is not as expected`}},
		"a channel where Amazon Q is not":    {map[string]any{"config": "testdata/bare.yaml", "region": "us-gov-west-1", "slackWorkspaceId": "T1", "slackChannelId": "C1"}, anywhere, []string{"context slackChannelId: there is no Amazon Q Developer in the region us-gov-west-1; use slackWebhookSecret"}},
		"a channel in an isolated region":    {map[string]any{"config": "testdata/bare.yaml", "region": "us-iso-east-1", "slackWorkspaceId": "T1", "slackChannelId": "C1"}, anywhere, []string{"context slackChannelId: there is no Amazon Q Developer in the region us-iso-east-1; use slackWebhookSecret"}},
		"variables beyond what Lambda takes": {existingWith(map[string]any{"variables": map[string]any{"A": strings.Repeat("x", 5000)}}), anywhere, []string{"context variables: they have 5008 bytes as the JSON that Lambda measures, and it takes 3200 beside those of the function itself"}},
		"many short variables":               {existingWith(map[string]any{"variables": short(600)}), anywhere, []string{"context variables: they have 6491 bytes as the JSON that Lambda measures, and it takes 3200 beside"}},
		"a region that is none":              {map[string]any{"config": "testdata/bare.yaml", "region": "nowhere"}, "", []string{`context region: "nowhere" is not as expected: a region such as us-east-1`}},
		"a secret of another region":         {existingWith(map[string]any{"slackWebhookSecret": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf"}), anywhere, []string{`context slackWebhookSecret: the secret is in eu-west-1, and the function that reads it in us-east-1`}},
		"another region than the file's":     {existingWith(map[string]any{"region": "us-east-2", "availabilityZones": "us-east-2a,us-east-2b"}), anywhere, []string{`context region: it is "us-east-2", but aws.region of the configuration is "us-east-1", and the function only hears of ECS in its own region; leave one of them out`}},
		"no region":                          {map[string]any{"config": "testdata/bare.yaml"}, "", []string{"context region: it is missing: aws.region of the configuration has none, nor has AWS_REGION, and us-east-1 of a profile could be an assumption of the CDK; set it, such as -c region=us-east-1"}},
		"a channel in the sovereign cloud":   {map[string]any{"config": "testdata/bare.yaml", "region": "eusc-de-east-1", "slackWorkspaceId": "T1", "slackChannelId": "C1"}, anywhere, []string{"context slackChannelId: there is no Amazon Q Developer in the region eusc-de-east-1; use slackWebhookSecret"}},
		"unknown keys":                       {existingWith(map[string]any{"vpc-id": "x", "slackChanelId": "x", "colour": "x"}), anywhere, []string{"context colour: there is no such key; expected one of config, variables, region", "context slackChanelId: there is no such key; did you mean slackChannelId?", "context vpc-id: there is no such key; did you mean vpcId?"}},
		"keys of nobody": {existingWith(map[string]any{"email:": "a@example.com", "@memory": "x", "a/b": "x", "two\nlines": "x", strings.Repeat("k", 5000): "x"}), anywhere, []string{
			`context "@memory": there is no such key; did you mean memory?`, `context "a/b": there is no such key; expected one of config,`, `context "email:": there is no such key; did you mean email?`,
			`context "` + strings.Repeat("k", 100) + `"… (5000 bytes): there is no such key; expected one of config,`, `context "two\nlines": there is no such key; expected one of config,`,
		}},
		"values of one line and their length": {existingWith(map[string]any{"memory": strings.Repeat("9", 5000), "email": "two\nlines", "variables": map[string]any{"A\nB": []any{}}}), anywhere, []string{
			`context email: "two\nlines" is not as expected: a mail address`, `context memory: "` + strings.Repeat("9", 100) + `"… (5000 bytes) is not as expected: a whole number`, `context variables: "A\nB": got a list, expected one text`,
		}},
		"more addresses than a stack takes": {existingWith(map[string]any{"email": addresses(250), "operatorEmail": addresses(151)}), anywhere, []string{
			"context email: with operatorEmail and admitTo there are 401 entries, each a resource of the stack, of which there may be 400; name a mailing list",
		}},
		"endpoint without route tables":    {existingWith(map[string]any{"vpcEndpoints": "dynamodb"}), anywhere, []string{"context routeTableIds: it is missing; the endpoint of dynamodb is a route in the tables of your subnets"}},
		"route tables without an endpoint": {existingWith(map[string]any{"routeTableIds": "rtb-0a1b2c3d"}), anywhere, []string{"context routeTableIds: it has no use without vpcEndpoints=dynamodb"}},
		"an endpoint in a zone twice":      {existingWith(map[string]any{"vpcEndpoints": "sns", "availabilityZones": "us-east-1a,us-east-1a"}), anywhere, []string{"context vpcEndpoints: an endpoint takes one subnet in each zone, but subnetIds has several in us-east-1a"}},
		"a port that is none":              {existingWith(map[string]any{"admitTo": "sg-0a1b2c3d:70000"}), anywhere, []string{`context admitTo: "sg-0a1b2c3d:70000" is not as expected: a security group with a port or a range, such as sg-0a1b2c3d:5000 or sg-0a1b2c3d:8000-8100`}},
		"a port twice, once as a range":    {existingWith(map[string]any{"admitTo": "sg-0a1b2c3d:5000,sg-0a1b2c3d:5000-5000"}), anywhere, []string{`context admitTo: "sg-0a1b2c3d:5000-5000" is written twice, perhaps as a port and as a range of one`}},
		"values of wrong kinds": {existingWith(map[string]any{"peered": "maybe", "memory": "lots", "email": []any{"a@example.com", map[string]any{}}, "logRetentionDays": "8", "vpcCidr": "8.8.8.0/24", "dashboard": []any{}, "namespace": "AWS/Mine", "stackName": "1st"}), anywhere, []string{
			"context dashboard: got a list, expected one text", "context email: entry 2: got a mapping, expected one text", "context logRetentionDays: \"8\" is not as expected: one of the numbers of days that CloudWatch Logs has, 1 3 5",
			`context memory: "lots" is not as expected: a whole number from 128 to 10240`, `context namespace: "AWS/Mine" is not as expected`, `context peered: "maybe" is not as expected: true or false`,
			`context stackName: "1st" is not as expected`, `context vpcCidr: "8.8.8.0/24" is not as expected: a private IPv4 network`, "context vpcCidr: it describes a new VPC", "context peered: it describes a new VPC",
		}},
		"an environment that is too long": {existingWith(map[string]any{"config": "testdata/long.yaml"}), anywhere, []string{`context stackName: it is missing, and "Tidewatch-an-environment-whose-name-is-as-long-as-it-is-allowed-to-be-64", made of the environment, does not do; expected a name of letters, digits and dashes, at most 64`}},
		"variables that are not free":     {existingWith(map[string]any{"variables": "AWS_REGION=x"}), anywhere, []string{`context variables: "AWS_REGION" is not free: variables that begin with AWS_ belong to the function itself`}},
		"no configuration there":          {existingWith(map[string]any{"config": "testdata/none.yaml"}), anywhere, []string{"configuration testdata/none.yaml: the configuration cannot be read: no such file or directory"}},
		"a configuration with mistakes": {existingWith(map[string]any{"config": "testdata/mistakes.yaml", "memory": "1"}), anywhere, []string{
			`context memory: "1" is not as expected: a whole number from 128 to 10240`, `configuration testdata/mistakes.yaml:3:5: endpoints[0]: "intervall" is not a key of an endpoint; did you mean "interval"?`,
			`configuration testdata/mistakes.yaml:4:10`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readContext(tt.context, tt.region, ".")
			if err == nil {
				t.Fatal("it is accepted")
			}
			got := strings.Split(err.Error(), "\n")
			for i, line := range got {
				if i >= len(tt.want) || !strings.HasPrefix(line, tt.want[i]) {
					t.Errorf("line %d: %s\nwant: %s", i+1, line, strings.Join(tt.want[min(i, len(tt.want)-1):], " | "))
				}
			}
			if len(got) != len(tt.want) {
				t.Errorf("%d lines, want %d", len(got), len(tt.want))
			}
		})
	}
}

// Regions and their zones are accepted in every partition of AWS, and what only
// looks like one is not.
func TestRegionsAndZones(t *testing.T) {
	for name, want := range map[string]bool{
		"us-east-1": true, "mx-central-1": true, "ap-southeast-7": true, "cn-north-1": true, "us-gov-west-1": true, "us-iso-east-1": true, "us-isob-east-1": true, "eu-isoe-west-1": true, "eusc-de-east-1": true,
		"us-east": false, "us-east-0": false, "us-east-12": false, "usa-east-1": false, "eusd-de-east-1": false, "us-gov-iso-west-1": false, "us-east-1\n": false, "xus-east-1": false,
	} {
		if err := region.check(name); (err == nil) != want {
			t.Errorf("region %q: %v", name, err)
		}
		if err := zoneName.check(name + "a"); (err == nil) != want {
			t.Errorf("zone %q: %v", name+"a", err)
		}
	}
	for _, zone := range []string{"us-east-1", "us-east-1ab", "us-east-1A"} {
		if zoneName.check(zone) == nil {
			t.Errorf("%q is a zone", zone)
		}
	}
}

// What the command line gives as text, cdk.json may give as it is meant.
func TestContextForms(t *testing.T) {
	asText := existingWith(map[string]any{"email": "a@example.com, b@example.com", "memory": "256", "retainTable": "false", "variables": "A=1,B=x=y"})
	asJSON := existingWith(map[string]any{"email": []any{"a@example.com", "b@example.com"}, "memory": float64(256), "retainTable": false, "variables": map[string]any{"A": float64(1), "B": "x=y"}})
	one, two := settings(t, asText), settings(t, asJSON)
	for _, c := range []config{one, two} {
		if !slices.Equal(c.mail, []string{"a@example.com", "b@example.com"}) || c.memory != 256 || c.keepTable || !maps.Equal(c.variables, map[string]string{"A": "1", "B": "x=y"}) {
			t.Errorf("%+v", c)
		}
		if c.keepLogs != 30 || c.namespace != "Tidewatch" || !c.dashboard || c.newVPC.nats != 1 || c.stack != "Tidewatch-hokusai-development" || c.region != "us-east-1" {
			t.Errorf("defaults: %+v", c)
		}
	}
}

// The secret may be written as the configuration file refers to one.
func TestWebhookSecretForms(t *testing.T) {
	for written, want := range map[string]string{
		"tidewatch/slack": "tidewatch/slack", "secretsmanager:tidewatch/slack#url": "tidewatch/slack#url",
		"arn:aws:secretsmanager:us-east-1:123456789012:secret:tidewatch/slack-AbCdEf#url": "arn:aws:secretsmanager:us-east-1:123456789012:secret:tidewatch/slack-AbCdEf#url",
	} {
		if got := settings(t, existingWith(map[string]any{"slackWebhookSecret": written})).slack.webhook; got != want {
			t.Errorf("%s is taken for %s", written, got)
		}
	}
}

// short are so many variables of one character.
func short(n int) map[string]any {
	all := map[string]any{}
	for i := range n {
		all[fmt.Sprintf("V%d", i)] = "x"
	}
	return all
}

// What the longest names leave of 4,096 bytes is what variables may take.
func TestEnvironmentFits(t *testing.T) {
	own := map[string]string{
		"TIDEWATCH_TABLE": strings.Repeat("t", 64) + "-TableCD117FA1-ABCDEFGHIJKLM", "TIDEWATCH_NAMESPACE": strings.Repeat("n", 255),
		"TIDEWATCH_TOPIC_ARN": "arn:aws-us-gov:sns:us-gov-west-1:123456789012:" + strings.Repeat("t", 64) + "-Messages804FA4EB-ABCDEFGHIJKLM",
		"TIDEWATCH_CONFIG":    "config/" + strings.Repeat("c", 255),
	}
	raw, err := json.Marshal(own)
	if err != nil || len(raw)+maxVariables > 4096 {
		t.Errorf("%d bytes beside %d of variables, %v", len(raw), maxVariables, err)
	}
}

// addresses are so many of them, in the form of the command line.
func addresses(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("person%d@example.com", i))
	}
	return strings.Join(all, ",")
}

// As many entries as are accepted fit, beside all that a stack can have.
func TestEntriesFitIntoTheStack(t *testing.T) {
	needsNode(t)
	_, raw := synthesize(t, settings(t, map[string]any{"peered": "true", "natGateways": "2", "email": addresses(maxEntries), "slackWebhookSecret": "s", "vpcEndpoints": strings.Join(endpointServices, ",")}), placeholders(t))
	if n := len(templateFrom(t, raw).Resources); n > 500 || n < maxEntries {
		t.Errorf("%d resources", n)
	}
}

// The CDK's own context is none of ours.
func TestContextOfTheCDK(t *testing.T) {
	context := existingWith(map[string]any{
		"aws:cdk:path": "x", "aws-cdk:enableDiffNoFail": "x", "availability-zones:account=1": "x", "vpc-provider:account=1:filter.vpc-id=vpc-1:region=us-east-1": "x",
		"@aws-cdk/core:anything": "x", "acknowledged-issue-numbers": []any{float64(34892)}, "@aws-cdk-containers/ecs-service-extensions:x": "x",
	})
	maps.Copy(context, cdkJSON(t))
	settings(t, context)
}

// The function's environment is the context's, not that of whoever deploys.
func TestVariablesComeFromTheContextAlone(t *testing.T) {
	t.Setenv("API_HOST", "from-my-shell.example.com")
	_, err := readContext(existingWith(map[string]any{"config": "testdata/fleet.yaml"}), "", ".")
	if err == nil || !strings.Contains(err.Error(), "API_HOST") {
		t.Errorf("%v, want a message about the variable that the function will not have", err)
	}
	c := settings(t, contexts["webhook"])
	if got := c.file.Checks[1].URL; got != "https://api.example.com/orders" {
		t.Errorf("the URL is %s", got)
	}
}

func TestPrivateHosts(t *testing.T) {
	for host, want := range map[string]bool{
		"10.0.3.219": true, "172.16.0.1": true, "192.168.1.1": true, "100.64.0.1": true, "127.0.0.1": true, "169.254.1.1": true, "fd00::1": true, "::1": true,
		"mlflow.hokusai.local": true, "ip-10-0-0-1.ec2.internal": true, "internal-api-123.us-east-1.elb.amazonaws.com": true,
		"internal-api-123.cn-north-1.elb.amazonaws.com.cn": true, "internal-api-123.eusc-de-east-1.elb.amazonaws.eu": true,
		"8.8.8.8": false, "2600::1": false, "example.com": false, "internal.example.com": false, "api-123.us-east-1.elb.amazonaws.com": false, "": false, "system": false,
	} {
		if got := isPrivate(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

// What the function reads lies in its folder, and is checked there.
func TestPackConfig(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.yaml", "endpoints:\n  - {name: a, url: \"https://example.com\", conditions: [\"[STATUS] == 200\"], client: {tls: {ca-file: certs/ca.pem}}}\n")
	write("certs/ca.pem", testCA)
	write(".git/secret", "x")
	to := t.TempDir()
	inside, err := packConfig(config{path: dir}, to)
	if err != nil || inside != "config" {
		t.Fatal(inside, err)
	}
	for name, want := range map[string]bool{"config/a.yaml": true, "config/certs/ca.pem": true, "config/.git/secret": false} {
		if _, err := os.Stat(filepath.Join(to, name)); (err == nil) != want {
			t.Errorf("%s is there: %v", name, err == nil)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	to = t.TempDir()
	if _, err := packConfig(config{path: link}, to); err != nil {
		t.Errorf("by a link: %v", err)
	}
	if _, err := os.Stat(filepath.Join(to, "config/certs/ca.pem")); err != nil {
		t.Errorf("by a link: %v", err)
	}
	_, err = packConfig(config{path: filepath.Join(dir, "a.yaml")}, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "put them into one directory and name that") || !strings.Contains(err.Error(), "ca-file") {
		t.Errorf("a file without what it names: %v", err)
	}
}

// What cannot be packed is told with what to do instead.
func TestWhatIsNoFileIsNotPacked(t *testing.T) {
	const text = "endpoints:\n  - {name: a, url: \"https://example.com\", conditions: [\"[STATUS] == 200\"]}\n"
	for want, add := range map[string]func(path string) error{
		"is a link to a directory, and expected is a directory or a file; put a copy of the directory in its place, or links to its files": func(path string) error { return os.Symlink(os.TempDir(), path) },
		"is a pipe, a socket or a device, and expected is a file; take it out of the directory":                                            func(path string) error { return os.Symlink(os.DevNull, path) },
	} {
		dir := t.TempDir()
		odd := filepath.Join(dir, "odd")
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(text), 0o600), add(odd)); err != nil {
			t.Fatal(err)
		}
		_, err := packConfig(config{path: dir}, t.TempDir())
		if err == nil || err.Error() != "packing the configuration: "+dir+"/odd "+want {
			t.Errorf("got %v, want %s", err, want)
		}
		if err := os.Remove(odd); err != nil {
			t.Fatal(err)
		}
		if _, err := packConfig(config{path: dir}, t.TempDir()); err != nil {
			t.Errorf("without it: %v", err)
		}
	}
}

// What is read at synthesis as configuration is what the function will read.
func TestHiddenConfigurationIsPacked(t *testing.T) {
	for inside, want := range map[string]bool{
		"a.yaml": false, "certs/ca.pem": false, ".hidden.yaml": false, "sub/.hidden.yml": false, ".sub/a.yaml": false,
		".env": true, ".git/config": true, "sub/.DS_Store": true, "..data/a.yaml": true, "..2026/ca.pem": true,
	} {
		if got := leftOut(filepath.FromSlash(inside)); got != want {
			t.Errorf("%s is left out: %v", inside, got)
		}
	}
	dir, to := t.TempDir(), t.TempDir()
	text := []byte("endpoints:\n  - {name: a, url: \"https://example.com\", conditions: [\"[STATUS] == 200\"]}\n")
	if err := os.WriteFile(filepath.Join(dir, ".hidden.yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := packConfig(config{path: dir}, to); err != nil {
		t.Error(err)
	}
}

// testCA is a certificate of nobody, whose key is lost.
const testCA = `-----BEGIN CERTIFICATE-----
MIIBdjCCARugAwIBAgIUawMqpSmBhaxZ+mvtxsUJytY1dQAwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjUwNDE5MTZaGA8yMTI2MTEwMTA0MTkx
NlowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABC5n
tJwShjC2aAI60Fu/0QYvzcMwS/FVQQ0tSbboXYuxnTkolYlz1/QIr9xBqa+FmeZ0
jiXDSe/b3DLXn2KAEtKjUzBRMB0GA1UdDgQWBBS/f+ajQxiJ4oKh5YkBrJWCj2vO
cTAfBgNVHSMEGDAWgBS/f+ajQxiJ4oKh5YkBrJWCj2vOcTAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0kAMEYCIQCRwU7wn3tBgBHTyZ/jYyti5vU/LICHnOou
oLJTugaKoQIhAOONGzy4iJ2bps8Yr3Id4ZuZkBX3Wc5OEGSYPcMH4tGc
-----END CERTIFICATE-----
`
