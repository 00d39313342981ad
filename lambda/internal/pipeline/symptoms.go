package pipeline

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// symptoms are what is known of every endpoint: of those in the results what
// they say, of others what the state remembers.
func (p *Pipeline) symptoms(results []result.Result, s incident.State) []diagnose.Symptom {
	found := make(map[string]*result.Result, len(results))
	for i := range results {
		found[results[i].Key] = &results[i]
	}
	var all []diagnose.Symptom
	for i := range p.Config.Checks {
		c := &p.Config.Checks[i]
		known, r := s.Endpoints[c.Key], found[c.Key]
		one := diagnose.Symptom{Endpoint: endpointOf(c), Earlier: s.Diagnosed.Failing[c.Key], Proxied: c.Client != nil && c.Client.Proxy != nil}
		switch {
		case r != nil:
			seenNow(&one, r, c)
		case known != nil && !known.Last.IsZero() && !known.Unknown:
			one.Healthy, one.Class, one.Phase, one.Error, one.At = known.Failing == 0, known.Class, known.Phase, known.Error, known.Last
			one.Answer = topology.Answer{Status: known.Status, Limit: c.Timeout}
		default:
			continue // nothing is known of it
		}
		if known != nil {
			remembered(&one, known)
		}
		all = append(all, one)
	}
	return all
}

func seenNow(s *diagnose.Symptom, r *result.Result, c *check.Check) {
	s.Healthy, s.Class, s.Phase, s.Error, s.At, s.Address = r.Healthy, r.Class, r.Phase, r.Error, r.Started.UTC(), r.Address
	s.Answer = answerOf(r, c.Timeout)
	if s.Proxied {
		s.Address = "" // that of the proxy says nothing about the endpoint
	}
	for _, a := range r.Addresses {
		s.Addresses = append(s.Addresses, diagnose.AddressSeen{Address: a.Address, Class: a.Class})
	}
	if r.Certificate != nil {
		s.NotAfter, s.CertNames = r.Certificate.NotAfter, r.Certificate.Names
	}
	s.Good = s.Good || r.Healthy
}

func remembered(s *diagnose.Symptom, known *incident.Endpoint) {
	if known.Failing > 0 && !s.Healthy {
		s.Since = known.Since
	}
	s.Good = s.Good || known.Failing == 0 && known.Passing > 0 || known.Since.After(known.First)
}

// answerOf is the answer of a result, in the form that a diagnosis compares.
func answerOf(r *result.Result, limit time.Duration) topology.Answer {
	a := topology.Answer{Status: r.Status, Took: time.Duration(r.Duration), Limit: limit}
	if r.Status == 0 && !r.Healthy {
		a.Class, a.Phase = r.Class, r.Phase
	}
	if r.Answer != nil {
		a.Server, a.ContentType, a.Location, a.Body = r.Answer.Server, r.Answer.ContentType, r.Answer.Location, r.Answer.Body
	}
	return a
}

// endpointOf is what the configuration says of an endpoint, without what is
// secret.
func endpointOf(c *check.Check) diagnose.Endpoint {
	path, query, _ := strings.Cut(c.Target.Path, "?")
	e := diagnose.Endpoint{
		Key: c.Key, Kind: string(c.Kind), Scheme: c.Target.Scheme, Host: c.Target.Host, Port: int(c.Target.Port),
		Path: redact.Text(path, c.Sensitive...), Query: redact.URL(redact.Text(query, c.Sensitive...)), Limit: c.Timeout,
		Critical: c.Severity == check.Critical, Minor: c.Severity == check.Minor, Loses: c.UsersLose, Owner: c.Owner,
		RunsOn:  diagnose.Hints{Balancer: c.RunsOn.LoadBalancer, Group: c.RunsOn.TargetGroup, Service: c.RunsOn.Service, Cluster: c.RunsOn.Cluster},
		Depends: c.DependsOn,
	}
	if c.HTTP == nil {
		return e
	}
	e.Method = c.HTTP.Method
	if c.HTTP.Host != "" {
		e.Headers = map[string]string{"Host": hostOnly(c.HTTP.Host)} // that rules compare, whatever name is resolved
	}
	for _, h := range c.HTTP.Headers {
		if slices.Contains(credentials, http.CanonicalHeaderKey(h.Name)) {
			continue
		}
		if e.Headers == nil {
			e.Headers = map[string]string{}
		}
		e.Headers[h.Name] = redact.Text(h.Value.Text, c.Sensitive...)
		if h.Value.Secret != nil || h.Value.Sensitive || redact.HoldsSecret(h.Name) {
			e.Headers[h.Name] = redact.Mask
		}
	}
	return e
}

// credentials are headers that no fact may hold, wherever their value is from.
var credentials = []string{"Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key"}

func hostOnly(hostport string) string {
	if i := strings.LastIndexByte(hostport, ':'); i > 0 && !strings.Contains(hostport[i:], "]") {
		return hostport[:i]
	}
	return hostport
}
