package awsapi

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"hokus.ai/tidewatch/lambda/access"
)

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if key, value, _ := strings.Cut(pair, "="); key == name {
				return value
			}
		}
		return ""
	}
}

func TestFromEnvironment(t *testing.T) {
	t.Parallel()
	c, err := FromEnvironment(environment("AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=us-east-1", "AWS_USE_FIPS_ENDPOINT=true", "AWS_USE_DUALSTACK_ENDPOINT=True"))
	if err != nil || c.Region != "eu-west-1" || !c.FIPS || !c.DualStack || c.Endpoint != "" {
		t.Errorf("%+v, error %v", c, err)
	}
	c, err = FromEnvironment(environment("AWS_DEFAULT_REGION=us-east-1", "AWS_ENDPOINT_URL=http://127.0.0.1:5000"))
	if err != nil || c.Region != "us-east-1" || c.Endpoint != "http://127.0.0.1:5000" {
		t.Errorf("%+v, error %v", c, err)
	}
}

func TestFromEnvironmentRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		variables []string
		want      string
	}{
		"no region":     {nil, "no AWS region is set: set AWS_REGION, such as us-east-1"},
		"a zone's name": {[]string{"AWS_REGION=us east/1"}, `AWS_REGION is "us east/1", which is no region`},
		"no URL":        {[]string{"AWS_REGION=us-east-1", "AWS_ENDPOINT_URL=localhost:5000"}, "AWS_ENDPOINT_URL is no URL of a server"},
		"no switch":     {[]string{"AWS_REGION=us-east-1", "AWS_USE_FIPS_ENDPOINT=yes"}, `AWS_USE_FIPS_ENDPOINT is "yes": expected true or false`},
		"two masters":   {[]string{"AWS_REGION=us-east-1", "AWS_ENDPOINT_URL=http://localhost", "AWS_USE_DUALSTACK_ENDPOINT=true"}, "unset either"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, err := FromEnvironment(environment(c.variables...))
			sentence(t, err, c.want)
			if _, again := New(config); again == nil && name != "no switch" {
				t.Error("a client was made of it")
			}
		})
	}
}

func TestKeysAreReadAtEachCall(t *testing.T) {
	t.Parallel()
	variables := map[string]string{"AWS_REGION": "us-east-1"}
	config, err := FromEnvironment(func(name string) string { return variables[name] })
	if err != nil {
		t.Fatal(err)
	}
	for _, keys := range []func(context.Context) (Keys, error){config.Keys, nil} {
		config.Keys = keys
		client, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = client.Store("t", "prod").Load(t.Context())
		sentence(t, err, "reading the state from table t, environment prod: there are no AWS credentials; set AWS_ACCESS_KEY_ID")
		_, err = client.Secrets(0).Get(t.Context(), manager("x", ""))
		sentence(t, err, "there are no AWS credentials")
	}
	maps.Copy(variables, map[string]string{"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B", "AWS_SESSION_TOKEN": "C"})
	config, _ = FromEnvironment(func(name string) string { return variables[name] })
	if keys, err := config.Keys(t.Context()); err != nil || keys != (Keys{"A", "B", "C"}) {
		t.Errorf("%+v, error %v", keys, err)
	}
	variables["AWS_SECRET_ACCESS_KEY"] = "D"
	if keys, _ := config.Keys(t.Context()); keys.Secret != "D" {
		t.Errorf("renewed keys are not seen: %+v", keys)
	}
}

func TestControls(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config Config
		want   []Target
	}{
		{Config{Region: "us-east-1"}, []Target{
			{"dynamodb", "https://dynamodb.us-east-1.amazonaws.com", "dynamodb.us-east-1.amazonaws.com", 443, true},
			{"sns", "https://sns.us-east-1.amazonaws.com", "sns.us-east-1.amazonaws.com", 443, true}}},
		{Config{Region: "cn-north-1"}, []Target{
			{"dynamodb", "https://dynamodb.cn-north-1.amazonaws.com.cn", "dynamodb.cn-north-1.amazonaws.com.cn", 443, true},
			{"sns", "https://sns.cn-north-1.amazonaws.com.cn", "sns.cn-north-1.amazonaws.com.cn", 443, true}}},
		{Config{Region: "us-east-1", FIPS: true, DualStack: true}, []Target{
			{"dynamodb", "https://dynamodb-fips.us-east-1.api.aws", "dynamodb-fips.us-east-1.api.aws", 443, true},
			{"sns", "https://sns-fips.us-east-1.api.aws", "sns-fips.us-east-1.api.aws", 443, true}}},
		{Config{Region: "us-east-1", Endpoint: "http://127.0.0.1:5000"}, []Target{
			{"dynamodb", "http://127.0.0.1:5000", "127.0.0.1", 5000, false},
			{"sns", "http://127.0.0.1:5000", "127.0.0.1", 5000, false}}},
	} {
		if got, err := c.config.Controls(); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v has %+v, error %v", c.config, got, err)
		}
	}
}

// Services that are called without their clients have the endpoints that these
// would use.
func TestEndpointsAreThoseOfTheSDK(t *testing.T) {
	t.Parallel()
	yes := map[bool]*bool{true: new(true), false: new(false)}
	for _, region := range []string{"us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "eusc-de-east-1"} {
		for _, kind := range []struct{ fips, dual bool }{{}, {fips: true}, {dual: true}, {true, true}} {
			if strings.HasPrefix(region, "cn-") && kind.fips || strings.Contains(region, "iso") && kind.dual {
				continue // there are none
			}
			client, err := New(Config{Region: region, FIPS: kind.fips, DualStack: kind.dual})
			if err != nil {
				t.Fatal(err)
			}
			fips, dual := yes[kind.fips], yes[kind.dual]
			want := map[string]string{}
			if e, err := dynamodb.NewDefaultEndpointResolverV2().ResolveEndpoint(t.Context(), dynamodb.EndpointParameters{Region: &region, UseFIPS: fips, UseDualStack: dual}); err == nil {
				want["dynamodb"] = e.URI.String()
			}
			if e, err := sns.NewDefaultEndpointResolverV2().ResolveEndpoint(t.Context(), sns.EndpointParameters{Region: &region, UseFIPS: fips, UseDualStack: dual}); err == nil {
				want["sns"] = e.URI.String()
			}
			if e, err := ssm.NewDefaultEndpointResolverV2().ResolveEndpoint(t.Context(), ssm.EndpointParameters{Region: &region, UseFIPS: fips, UseDualStack: dual}); err == nil {
				want["ssm"] = e.URI.String()
			}
			if e, err := ecs.NewDefaultEndpointResolverV2().ResolveEndpoint(t.Context(), ecs.EndpointParameters{Region: &region, UseFIPS: fips, UseDualStack: dual}); err == nil {
				want["ecs"] = e.URI.String()
			}
			if e, err := secretsmanager.NewDefaultEndpointResolverV2().ResolveEndpoint(t.Context(), secretsmanager.EndpointParameters{Region: &region, UseFIPS: fips, UseDualStack: dual}); err == nil {
				want["secretsmanager"] = e.URI.String()
			}
			for service, url := range want {
				if got, err := client.config.serviceEndpoint(service, region); err != nil || got != url {
					t.Errorf("%s in %s, %+v: %s, error %v; the SDK has %s", service, region, kind, got, err, url)
				}
			}
		}
	}
}

// Route 53 has one endpoint in each partition, signed for one region.
func TestRoute53HasItsOwnEndpoints(t *testing.T) {
	t.Parallel()
	for region, wanted := range map[string]string{
		"us-east-1": "https://route53.amazonaws.com us-east-1", "eu-central-1": "https://route53.amazonaws.com us-east-1", "cn-north-1": "https://route53.amazonaws.com.cn cn-northwest-1",
		"us-gov-east-1": "https://route53.us-gov.amazonaws.com us-gov-west-1", "us-isob-east-1": "https://route53.sc2s.sgov.gov us-isob-east-1", "eusc-de-east-1": "https://route53.eusc-de-east-1.amazonaws.eu eusc-de-east-1",
	} {
		client, err := New(Config{Region: region})
		if err != nil {
			t.Fatal(err)
		}
		got, err := client.config.serviceEndpoint("route53", region)
		if got += " " + client.route53Region(); err != nil || got != wanted {
			t.Errorf("%s: %s, not %s, error %v", region, got, wanted, err)
		}
	}
	fips, err := New(Config{Region: "us-west-2", FIPS: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := fips.config.serviceEndpoint("route53", "us-west-2"); got != "https://route53-fips.amazonaws.com" {
		t.Error(got)
	}
	gov, err := New(Config{Region: "us-gov-west-1", FIPS: true})
	if err != nil {
		t.Fatal(err)
	}
	for service, wanted := range map[string]string{"ec2": "https://ec2.us-gov-west-1.amazonaws.com", "ecs": "https://ecs-fips.us-gov-west-1.amazonaws.com"} {
		if got, _ := gov.config.serviceEndpoint(service, "us-gov-west-1"); got != wanted {
			t.Errorf("%s, not %s", got, wanted)
		}
	}
}

// Calls about things of other partitions and regions go there.
func TestRegionOfARNs(t *testing.T) {
	t.Parallel()
	for arn, wanted := range map[string]string{"arn:aws-cn:ecs:cn-north-1:123456789012:cluster/dev": "cn-north-1", "dev": "x", "arn:aws:iam::123456789012:role/a": "x"} {
		if got := regionOf(arn, "x"); got != wanted {
			t.Errorf("%s: %s", arn, got)
		}
	}
}

// The SDK's clients see the switches, too.
func TestSwitchesReachTheSDK(t *testing.T) {
	t.Parallel()
	client, err := New(Config{Region: "us-east-1", FIPS: true, DualStack: true, Keys: fakeKeys})
	if err != nil {
		t.Fatal(err)
	}
	var hosts []string
	client.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		hosts = append(hosts, r.URL.Host)
		return nil, context.Canceled
	})
	_, _, _ = client.Store("t", "prod").Load(t.Context())
	p, _ := client.Publisher("arn:aws:sns:us-west-2:123456789012:alerts")
	_ = p.Publish(t.Context(), message)
	want := []string{"dynamodb-fips.us-east-1.api.aws", "sns-fips.us-west-2.api.aws"}
	if hosts = slices.Compact(hosts); !slices.Equal(hosts, want) {
		t.Errorf("asked %v", hosts)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestOperationsAreListed(t *testing.T) {
	t.Parallel()
	for _, o := range []operation{
		getItem, putItem, query, getSecretValue, getParameter, describeServices, listServices, listTasks, describeTasks, describeTaskDefinition, listServiceDeployments,
		describeLoadBalancers, describeListeners, describeRules, describeTargetGroups, describeTargetHealth, describeListenerCertificates, describeLoadBalancerAttributes,
		describeNetworkInterfaces, describeSecurityGroups, getManagedPrefixListEntries, describeSubnets, describeNetworkAcls, describeRouteTables,
		describeVpcs, describeVpcAttribute, describeVpcEndpoints, listHostedZonesByName, getHostedZone, listResourceRecordSets,
		listNamespaces, listDiscoveryServices, listInstances, describeCertificate, describeDBInstances, describeDBEvents, filterLogEvents, lookupEvents, getFunctionConfiguration,
	} {
		if !access.Listed(o.action()) {
			t.Errorf("%s is not listed", o.action())
		}
	}
}
