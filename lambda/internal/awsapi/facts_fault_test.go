package awsapi

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

const arnOf = "arn:aws:elasticloadbalancing:us-east-1:123456789012:"

// sampleKeys has a key of each kind.
var sampleKeys = map[topology.Kind]string{
	topology.LoadBalancerSettings: arnOf + "loadbalancer/app/x/1", topology.Listeners: arnOf + "loadbalancer/app/x/1", topology.Rules: arnOf + "listener/app/x/1/2",
	topology.ListenerCertificates: arnOf + "listener/app/x/1/2", topology.TargetHealth: arnOf + "targetgroup/x/1",
	topology.ServiceNames: "dev", topology.Services: "dev|api", topology.RunningTasks: "dev|api", topology.StoppedTasks: "dev|api", topology.ServiceDeployments: "dev|api",
	topology.TaskDefinitions: "arn:aws:ecs:us-east-1:123456789012:task-definition/api:1", topology.InterfacesByAddress: "10.0.1.5", topology.Interfaces: "eni-1",
	topology.SecurityGroups: "sg-1", topology.PrefixLists: "pl-1", topology.Subnets: "subnet-1", topology.NetworkACLs: "vpc-1", topology.RouteTables: "vpc-1", topology.VPCs: "vpc-1",
	topology.VPCEndpoints: "vpc-1", topology.Zones: "api.example.org", topology.Records: "Z1|api.example.org", topology.DiscoveryInstances: "srv-1",
	topology.Certificates: "arn:aws:acm:us-east-1:123456789012:certificate/1", topology.DatabaseEvents: "db", topology.Logs: "/ecs/api|api/", topology.Changes: "x",
}

// everyWant is one of each kind that AWS tells.
func everyWant() (all []topology.Want) {
	for _, info := range topology.Kinds {
		if !info.IsProbe() {
			all = append(all, want(info.Kind, sampleKeys[info.Kind]))
		}
	}
	return all
}

// serve is a server of AWS that answers by the action and the request.
func serve(t testing.TB, config Config, answer func(action, request string) (status int, text string)) (*Client, *calls) {
	t.Helper()
	made := &calls{count: map[string]int{}}
	client := facing(t, config, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		action := mototest.Action(r)
		body, _ := io.ReadAll(r.Body)
		request := r.URL.RequestURI() + " " + string(body)
		made.add(action)
		status, text := answer(action, request)
		if status == 0 { // no answer until the client has gone
			<-r.Context().Done()
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	return client, made
}

// calls counts what was asked, attempt by attempt.
type calls struct {
	mu    sync.Mutex
	count map[string]int
}

func (c *calls) add(action string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count[action]++
}

func (c *calls) of(action string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count[action]
}

func (c *calls) all() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, some := range c.count {
		n += some
	}
	return n
}

// refused is an error in the form of the service.
func refused(action, code string) string {
	service, _, _ := strings.Cut(action, ":")
	switch service {
	case "ec2":
		return "<Response><Errors><Error><Code>" + code + "</Code><Message>no</Message></Error></Errors></Response>"
	case "elasticloadbalancing", "route53", "rds":
		return "<ErrorResponse><Error><Code>" + code + "</Code><Message>no</Message></Error></ErrorResponse>"
	}
	return fmt.Sprintf(`{"__type":"x#%s","message":"no"}`, code)
}

// What goes wrong with a call has its reason in the fact, for every kind, and
// never makes it absent.
func TestFaultsHaveTheirReason(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("<a>", maxAnswer/3+10)
	for name, c := range map[string]struct {
		answer func(action, request string) (int, string)
		why    topology.Why
		detail string
	}{
		"denied": {func(action, _ string) (int, string) {
			code := map[bool]string{true: "UnauthorizedOperation", false: "AccessDenied"}[strings.HasPrefix(action, "ec2:")]
			return 403, refused(action, code)
		}, topology.Denied, ""},
		"throttled": {func(action, _ string) (int, string) { return 400, refused(action, "ThrottlingException") }, topology.Throttled, "ThrottlingException"},
		"in HTML":   {func(string, string) (int, string) { return 503, "<html><body>no</body></html>" }, topology.Failed, "HTTP status 503"},
		"malformed": {func(string, string) (int, string) { return 200, `<a><b>{"x":` }, topology.Failed, "of the expected form"},
		"empty":     {func(string, string) (int, string) { return 200, "" }, topology.Failed, "of the expected form"},
		"huge":      {func(string, string) (int, string) { return 200, huge }, topology.Failed, "longer than 4 MiB"},
		"slow":      {func(string, string) (int, string) { return 0, "" }, topology.TimedOut, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := calm
			config.Attempt = 20 * time.Second // the huge answers take a busy machine a while
			if name == "slow" {
				config.Attempt, config.Timeout = 100*time.Millisecond, 200*time.Millisecond
			}
			client, _ := serve(t, config, c.answer)
			s := readAt(t, client, FactLimits{Function: "tidewatch", Parallel: 8, Time: 2 * time.Minute}, nil, everyWant()...)
			for _, w := range everyWant() {
				if got := s.Status(w); got.State != topology.Unknown || got.Why != c.why || !strings.Contains(got.Detail, c.detail) || got.Action == "" {
					t.Errorf("%s: %+v", w.Kind, got)
				}
			}
		})
	}
}

// A gap names the call that was refused, also where it is not the first.
func TestLaterCallsAreNamed(t *testing.T) {
	t.Parallel()
	for action, c := range map[string]struct {
		want    topology.Want
		answers map[string]string
	}{
		"ecs:ListTasks":                 {want(topology.RunningTasks, "dev|api"), nil},
		"ecs:DescribeTasks":             {want(topology.StoppedTasks, "dev|api"), map[string]string{"ecs:ListTasks": `{"taskArns":["arn:aws:ecs:us-east-1:123456789012:task/dev/1"]}`}},
		"ec2:DescribeVpcAttribute":      {want(topology.VPCs, "vpc-1"), map[string]string{"ec2:DescribeVpcs": `<r><vpcSet><item><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/16</cidrBlock></item></vpcSet></r>`}},
		"route53:GetHostedZone":         {want(topology.Zones, "a.local.test"), map[string]string{"route53:ListHostedZonesByName": `<r><HostedZones><HostedZone><Id>/hostedzone/Z1</Id><Name>a.local.test.</Name><Config><PrivateZone>true</PrivateZone></Config></HostedZone></HostedZones></r>`}},
		"servicediscovery:ListServices": {want(topology.DiscoveryServices), map[string]string{"servicediscovery:ListNamespaces": `{"Namespaces":[{"Id":"ns-1","Name":"dev.local"}]}`}},
	} {
		client, _ := serve(t, calm, func(asked, _ string) (int, string) {
			if asked == action {
				return 403, refused(asked, "AccessDenied")
			}
			return 200, c.answers[asked]
		})
		s := readAt(t, client, FactLimits{}, nil, c.want)
		if got := s.Status(c.want); got.Why != topology.Denied || got.Action != action {
			t.Errorf("%s: %+v", action, got)
		}
	}
}

// Only codes that say so make a thing absent, and none does for a thing of
// another account.
func TestMissingIsWhatAWSSays(t *testing.T) {
	t.Parallel()
	for code, c := range map[string]struct {
		want  topology.Want
		state topology.State
		why   topology.Why
	}{
		"TargetGroupNotFound":          {want(topology.TargetHealth, arnOf+"targetgroup/x/1"), topology.Absent, ""},
		"LoadBalancerNotFound":         {want(topology.Listeners, arnOf+"loadbalancer/app/x/1"), topology.Absent, ""},
		"ListenerNotFound":             {want(topology.Rules, arnOf+"listener/app/x/1/2"), topology.Absent, ""},
		"InvalidPrefixListID.NotFound": {want(topology.PrefixLists, "pl-1"), topology.Absent, ""},
		"NoSuchHostedZone":             {want(topology.Records, "Z1", "a.example.org"), topology.Absent, ""},
		"ServiceNotFound":              {want(topology.DiscoveryInstances, "srv-1"), topology.Absent, ""},
		"ResourceNotFoundException":    {want(topology.Logs, "/x", ""), topology.Absent, ""},
		"ClusterNotFoundException":     {want(topology.Services, "dev", "api"), topology.Absent, ""},
		"ClientException":              {want(topology.TaskDefinitions, "api:1"), topology.Unknown, topology.Failed},
		"TargetGroupNotFound ":         {want(topology.TargetHealth, strings.Replace(arnOf, "123456789012", "210987654321", 1)+"targetgroup/x/1"), topology.Unknown, topology.CrossAccount},
	} {
		client, _ := serve(t, calm, func(asked, _ string) (int, string) { return 400, refused(asked, strings.TrimSpace(code)) })
		s := readAt(t, client, FactLimits{}, &topology.Snapshot{Account: mototest.Account}, c.want)
		if got := s.Status(c.want); got.State != c.state || got.Why != c.why {
			t.Errorf("%s: %+v", code, got)
		}
	}
}

// A list without an end is an error and not what was read of it.
func TestEndlessListsAreErrors(t *testing.T) {
	t.Parallel()
	var page atomic.Int64
	for name, token := range map[string]func() string{"more and more": func() string { return fmt.Sprint(page.Add(1)) }, "the same again": func() string { return "again" }} {
		client, made := serve(t, calm, func(action, _ string) (int, string) {
			at := token()
			if strings.HasPrefix(refused(action, ""), "{") {
				return 200, fmt.Sprintf(`{"nextToken":%q,"serviceArns":["a/b"],"taskArns":["a/b"]}`, at)
			}
			return 200, fmt.Sprintf(`<r><nextToken>%s</nextToken><DescribeRulesResult><NextMarker>%s</NextMarker></DescribeRulesResult><DescribeDBInstancesResult><Marker>%s</Marker></DescribeDBInstancesResult></r>`, at, at, at)
		})
		wants := []topology.Want{want(topology.Rules, "l"), want(topology.ServiceNames, "dev"), want(topology.Subnets, "subnet-1"), want(topology.Databases)}
		s := readAt(t, client, FactLimits{Calls: 200, Time: time.Minute}, nil, wants...)
		for _, w := range wants {
			if got := s.Status(w); got.State != topology.Unknown || got.Why != topology.Failed {
				t.Errorf("%s, %s: %+v", name, w.Kind, got)
			}
		}
		if n := made.all(); n > len(wants)*maxPages {
			t.Errorf("%s: %d calls", name, n)
		}
	}
}
