package topology

import "time"

// Zone is a hosted zone of Route 53.
type Zone struct {
	ID      string   `json:"id"`   // without /hostedzone/
	Name    string   `json:"name"` // without the final dot
	Private bool     `json:"private,omitempty"`
	VPCs    []string `json:"vpcs,omitempty"` // of a private one
}

// Record is a record set of a zone.
type Record struct {
	Name   string   `json:"name"` // without the final dot; *.example.org for a wildcard
	Type   string   `json:"type"`
	Alias  string   `json:"alias,omitempty"` // DNS name that it points to, without the final dot and the "dualstack." prefix
	Values []string `json:"values,omitempty"`
	TTL    int      `json:"ttl,omitempty"`
	Set    string   `json:"set,omitempty"` // identifier of weighted and other sets
	Weight *int     `json:"weight,omitempty"`
}

// DiscoveryService is a service of Cloud Map.
type DiscoveryService struct {
	ID        string `json:"id"`
	ARN       string `json:"arn"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"` // name; the service is NAME.NAMESPACE
	Zone      string `json:"zone,omitempty"`
}

// DiscoveryInstance is one registered instance.
type DiscoveryInstance struct {
	ID      string `json:"id"`
	Address string `json:"address,omitempty"`
	Port    int    `json:"port,omitempty"`
	Health  string `json:"health,omitempty"`
}

// Certificate is one of ACM.
type Certificate struct {
	ARN         string       `json:"arn"`
	Domain      string       `json:"domain"`
	Names       []string     `json:"names"`
	Type        string       `json:"type"` // AMAZON_ISSUED | IMPORTED | PRIVATE
	Status      string       `json:"status"`
	NotAfter    time.Time    `json:"not_after,omitzero"`
	Eligibility string       `json:"eligibility"`       // ELIGIBLE | INELIGIBLE
	Renewal     string       `json:"renewal,omitempty"` // PENDING_VALIDATION, FAILED, SUCCESS, …
	Why         string       `json:"why,omitempty"`     // reason of a failed renewal
	InUseBy     []string     `json:"in_use_by,omitempty"`
	Validations []Validation `json:"validations,omitempty"`
}

// Validation is the record that proves a domain.
type Validation struct {
	Domain string `json:"domain"`
	Status string `json:"status"`
	Name   string `json:"name,omitempty"` // of the CNAME
	Value  string `json:"value,omitempty"`
}

// Database is an instance of RDS.
type Database struct {
	ID             string   `json:"id"`
	Engine         string   `json:"engine"`
	Status         string   `json:"status"`
	Host           string   `json:"host"`
	Port           int      `json:"port"`
	SecurityGroups []string `json:"security_groups"`
	Subnets        []string `json:"subnets,omitempty"`
}

// LogPattern is what many lines have in common. Everything in it is redacted.
type LogPattern struct {
	Pattern string    `json:"pattern"` // numbers and ids replaced
	Count   int       `json:"count"`
	More    bool      `json:"more,omitempty"` // not all lines were read: Count is at least that
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Sample  string    `json:"sample"` // the newest line, at most 300 bytes
	Group   string    `json:"group"`
	Stream  string    `json:"stream"`
	Address *HostPort `json:"address,omitempty"` // that the sample calls, if it names one
}

// Change is one write that CloudTrail recorded.
type Change struct {
	At       time.Time `json:"at"`
	Event    string    `json:"event"` // such as ModifyRule
	Who      string    `json:"who"`
	Resource string    `json:"resource"`
	Failed   string    `json:"failed,omitempty"` // code of the error: then nothing was changed
}
