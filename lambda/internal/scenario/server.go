package scenario

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Server answers as AWS would in a scenario. Its Calls tell what was asked.
type Server struct {
	scenario *Scenario
	mu       sync.Mutex
	calls    []string
	missing  []string
}

// NewServer serves a scenario, with more actions denied than the scenario itself says.
func NewServer(s *Scenario, denied ...string) *Server {
	own := *s
	own.Denied = slices.Concat(s.Denied, denied)
	return &Server{scenario: &own}
}

// Deny denies another action from now on.
func (s *Server) Deny(action string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scenario.Denied = append(s.scenario.Denied, action)
}

// Calls are the actions that were asked for, in order; Missing those for which
// the scenario has no answer.
func (s *Server) Calls() (calls, missing []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls), slices.Clone(s.missing)
}

// ServeHTTP finds out from the request which action is asked for.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	action, isJSON := actionOf(r, string(body))
	request, _ := url.QueryUnescape(r.URL.RequestURI() + " " + string(body))
	text, found := s.scenario.find(action, request)
	s.mu.Lock()
	s.calls = append(s.calls, action)
	if !found {
		s.missing = append(s.missing, action+" "+request)
	}
	s.mu.Unlock()
	switch {
	case s.scenario.Silent:
		panic(http.ErrAbortHandler) // the connection ends without an answer
	case slices.Contains(s.scenario.Slowed, action):
		refuse(w, isJSON, http.StatusBadRequest, "ThrottlingException", "Rate exceeded")
	case slices.Contains(s.scenario.Denied, action):
		refuse(w, isJSON, http.StatusForbidden, "AccessDenied", "User is not authorized to perform: "+action)
	case !found:
		refuse(w, isJSON, http.StatusBadRequest, "ScenarioHasNoAnswer", "the scenario has no answer to "+action)
	case isJSON:
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = w.Write(text)
	default:
		w.Header().Set("Content-Type", "text/xml")
		_, _ = w.Write(text)
	}
}

// targets have the service in policies of the first part of X-Amz-Target.
var targets = map[string]string{
	"AmazonEC2ContainerServiceV20141113": "ecs", "Route53AutoNaming_v20170314": "servicediscovery", "CertificateManager": "acm",
	"Logs_20140328": "logs", "CloudTrail_20131101": "cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail",
}

// rest has the actions of services that speak REST, by what the path ends in.
var rest = []struct{ method, part, action string }{
	{"GET", "/rrset", "route53:ListResourceRecordSets"},
	{"GET", "/hostedzonesbyname", "route53:ListHostedZonesByName"},
	{"GET", "/hostedzone/", "route53:GetHostedZone"},
	{"GET", "/configuration", "lambda:GetFunctionConfiguration"},
}

// actionOf tells the three protocols apart: JSON names its target in a header,
// Query its action in the body, REST has paths.
func actionOf(r *http.Request, body string) (action string, isJSON bool) {
	if prefix, name, ok := cutLast(r.Header.Get("X-Amz-Target"), "."); ok {
		return targets[prefix] + ":" + name, true
	}
	if form, err := url.ParseQuery(body); err == nil && form.Get("Action") != "" {
		return signedFor(r) + ":" + form.Get("Action"), false
	}
	for _, one := range rest {
		if r.Method == one.method && strings.Contains(r.URL.Path, one.part) {
			return one.action, strings.HasPrefix(one.action, "lambda:")
		}
	}
	return "unknown:" + r.Method + " " + r.URL.Path, false
}

func cutLast(text, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(text, separator); i >= 0 {
		return text[:i], text[i+len(separator):], true
	}
	return text, "", false
}

// signedFor is the service in the scope of the signature: KEY/DATE/REGION/SERVICE/aws4_request.
func signedFor(r *http.Request) string {
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	scope, _, _ = strings.Cut(scope, ",")
	parts := strings.Split(scope, "/")
	if len(parts) != 5 {
		return "unsigned"
	}
	return parts[3]
}

// refuse writes an error in the form of its protocol.
func refuse(w http.ResponseWriter, isJSON bool, status int, code, message string) {
	if isJSON {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>", code, message)
}

// Fetch meets wants from facts.json and from the probes of the scenario, with
// no wire between: for scenarios that test the engine alone. What is in
// neither could not be read.
func (s *Scenario) Fetch(to *topology.Snapshot, wants []topology.Want) {
	for _, want := range wants {
		from := s.facts
		if info, ok := want.Kind.Info(); ok && info.IsProbe() {
			from = &s.Probes
		}
		if from == nil || !to.Copy(from, want) {
			to.Fail(want, topology.Failed, "the scenario has no such fact")
		}
	}
}
