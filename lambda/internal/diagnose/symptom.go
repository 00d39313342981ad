package diagnose

import (
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Endpoint is what the configuration says of one endpoint, as far as a
// diagnosis needs it.
type Endpoint struct {
	Key      string            `json:"key"`
	Kind     string            `json:"kind"`
	Scheme   string            `json:"scheme"`
	Host     string            `json:"host"`
	Port     int               `json:"port"`
	Path     string            `json:"path"` // without the query
	Query    string            `json:"query,omitempty"`
	Method   string            `json:"method,omitempty"`
	Headers  map[string]string `json:"headers,omitempty"` // secrets are masked
	Limit    time.Duration     `json:"limit"`             // of the probe
	Critical bool              `json:"critical,omitempty"`
	Minor    bool              `json:"minor,omitempty"`
	Loses    string            `json:"users_lose,omitempty"`
	Owner    string            `json:"owner,omitempty"`
	RunsOn   Hints             `json:"runs_on,omitzero"`
	Depends  []string          `json:"depends_on,omitempty"`
}

// Place is the endpoint as reports write it: host and path.
func (e Endpoint) Place() string { return e.Host + e.Path }

// Hints say where an endpoint runs; each may be empty.
type Hints struct {
	Balancer string `json:"load_balancer,omitempty"`
	Group    string `json:"target_group,omitempty"`
	Service  string `json:"service,omitempty"`
	Cluster  string `json:"cluster,omitempty"`
}

// Symptom is what the last probe of an endpoint saw. Healthy endpoints are
// symptoms too: what works rules out.
type Symptom struct {
	Endpoint  Endpoint        `json:"endpoint"`
	Healthy   bool            `json:"healthy,omitempty"`
	Class     result.Class    `json:"class,omitempty"`
	Phase     result.Phase    `json:"phase,omitempty"`
	Answer    topology.Answer `json:"answer"`            // zero status: none came
	Proxied   bool            `json:"proxied,omitempty"` // a proxy asked the endpoint, so nothing of the way there was seen
	Address   string          `json:"address,omitempty"` // that was dialled, with the port; "" of a proxied one
	Addresses []AddressSeen   `json:"addresses,omitempty"`
	Error     string          `json:"error,omitempty"`
	At        time.Time       `json:"at"`
	Since     time.Time       `json:"since,omitzero"`       // first failure
	Earlier   result.Class    `json:"earlier,omitempty"`    // class of the diagnosis before
	Good      bool            `json:"was_good,omitempty"`   // has ever been healthy
	NotAfter  time.Time       `json:"not_after,omitzero"`   // of the certificate that was sent
	CertNames []string        `json:"cert_names,omitempty"` // that the certificate covers
}

// AddressSeen is the outcome for one of several addresses.
type AddressSeen struct {
	Address string       `json:"address"`
	Class   result.Class `json:"class,omitempty"` // empty: good
}

// phaseOrder has the phases in the order of a request.
var phaseOrder = map[result.Phase]int{
	result.PhaseDNS: 1, result.PhaseTCP: 2, result.PhaseTLS: 3, result.PhaseWrite: 4, result.PhaseTTFB: 5, result.PhaseBody: 6, result.PhaseAssert: 7,
}

// Reached reports whether the request got as far as a phase, which proves
// everything before it.
func (s Symptom) Reached(p result.Phase) bool {
	return s.Healthy || phaseOrder[s.Phase] >= phaseOrder[p]
}

// atProxy reports whether the probe ended on the way to its proxy, which says
// nothing about the way to the endpoint. TLS may be that of the proxy itself,
// unless the endpoint's certificate was seen.
func (s Symptom) atProxy() bool {
	layer := s.Class.Layer()
	ofProxy := layer == "tls" && s.NotAfter.IsZero() && len(s.CertNames) == 0
	return s.Proxied && (layer == "dns" || layer == "tcp" || ofProxy)
}

// seen is the observation that counts.
func (s Symptom) seen(snapshot *topology.Snapshot) seen {
	quick := seen{class: s.Class, phase: s.Phase, answer: s.Answer}
	slow, ok := snapshot.Slow.Of(s.Endpoint.Key).Get()
	if !ok {
		quick.cut = s.Class == result.HTTPTimeout
		return quick
	}
	return seen{class: slow.Class, phase: slow.Phase, answer: slow, slow: true, cut: slow.Class == result.HTTPTimeout}
}

// seen is what a prediction is held against: the slow probe where there is
// one, else the quick one.
type seen struct {
	class  result.Class
	phase  result.Phase
	answer topology.Answer
	slow   bool
	cut    bool // the limit of the probe ended it: nobody knows what would have come
}
