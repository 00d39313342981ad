package mototest

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Door stands before the server. It notes what is asked and lets faults in.
type Door struct {
	URL string // to be used as AWS_ENDPOINT_URL

	mu    sync.Mutex
	fault Fault
	asked []string
}

// Fault decides what happens to a request for an action such as
// "dynamodb:PutItem". It may answer instead of AWS, or call forward and then
// answer something else, or return without an answer. Nil: all goes through.
type Fault func(action string, w http.ResponseWriter, r *http.Request, forward http.Handler)

// Open puts a door before the server of this process.
func Open(t testing.TB) *Door {
	t.Helper()
	behind, err := url.Parse(URL(t))
	if err != nil {
		t.Fatal(err)
	}
	forward := oneWriter(httputil.NewSingleHostReverseProxy(behind))
	d := &Door{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		action := Action(r)
		if fault := d.note(action); fault != nil {
			fault(action, w, r, forward)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	d.URL = s.URL
	return d
}

// writing is held by a request that writes to a table.
var writing sync.Mutex

// oneWriter lets one request at a time write to a table. DynamoDB judges the
// condition of a write and writes in one step; moto answers each request in a
// thread of its own, and between its two steps another one may write.
func oneWriter(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if Action(r) == "dynamodb:PutItem" {
			writing.Lock()
			defer writing.Unlock()
		}
		next.ServeHTTP(w, r)
	})
}

func (d *Door) note(action string) Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, action)
	return d.fault
}

// Set installs a fault; nil takes it away.
func (d *Door) Set(f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault = f
}

// Asked returns the actions that were asked for since the last call, attempt
// by attempt.
func (d *Door) Asked() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	asked := d.asked
	d.asked = nil
	return asked
}

// services has the prefix of actions by what is written before the operation
// in X-Amz-Target.
var services = map[string]string{
	"DynamoDB_20120810": "dynamodb", "secretsmanager": "secretsmanager", "AmazonSSM": "ssm",
	"AmazonEC2ContainerServiceV20141113": "ecs", "AmazonSQS": "sqs", "Route53AutoNaming_v20170314": "servicediscovery",
	"CertificateManager": "acm", "Logs_20140328": "logs", "CloudTrail_20131101": "cloudtrail",
}

// rest has the actions of services that speak REST, by what the path holds.
var rest = []struct{ part, action string }{
	{"/rrset", "route53:ListResourceRecordSets"},
	{"/hostedzonesbyname", "route53:ListHostedZonesByName"},
	{"/hostedzone/", "route53:GetHostedZone"},
	{"/configuration", "lambda:GetFunctionConfiguration"},
}

// Action is what a request to AWS asks for, as policies name it.
func Action(r *http.Request) string {
	if service, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		if prefix := services[service]; prefix != "" {
			service = prefix
		}
		return service + ":" + operation
	}
	for _, one := range rest {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, one.part) {
			return one.action
		}
	}
	body := keepBody(r)
	form, _ := url.ParseQuery(body)
	// Credential=KEY/DATE/REGION/SERVICE/aws4_request
	scope := strings.Split(r.Header.Get("Authorization"), "/")
	if len(scope) < 4 {
		return "?:" + form.Get("Action")
	}
	return scope[3] + ":" + form.Get("Action")
}
