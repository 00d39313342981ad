package topology

import "time"

// LoadBalancer is one of ELBv2.
type LoadBalancer struct {
	ARN            string    `json:"arn"`
	Name           string    `json:"name"`
	DNSName        string    `json:"dns_name"`
	Zone           string    `json:"zone,omitempty"` // canonical hosted zone, for aliases
	Type           string    `json:"type"`           // application | network | gateway
	Scheme         string    `json:"scheme"`         // internet-facing | internal
	State          string    `json:"state"`          // active | provisioning | active_impaired | failed
	VPC            string    `json:"vpc"`
	Subnets        []string  `json:"subnets"`
	Zones          []string  `json:"zones"` // availability zones, beside Subnets
	SecurityGroups []string  `json:"security_groups"`
	Created        time.Time `json:"created,omitzero"`
}

// BalancerAttributes are those of a load balancer that decide something.
type BalancerAttributes struct {
	IdleTimeout  time.Duration `json:"idle_timeout"`
	DropInvalid  bool          `json:"drop_invalid,omitempty"`
	PreserveHost bool          `json:"preserve_host,omitempty"`
	WAFFailOpen  bool          `json:"waf_fail_open,omitempty"`
}

// Listener is one port of a load balancer.
type Listener struct {
	ARN            string   `json:"arn"`
	LoadBalancer   string   `json:"load_balancer"` // ARN
	Port           int      `json:"port"`
	Protocol       string   `json:"protocol"`
	Certificates   []string `json:"certificates,omitempty"` // ARNs; the default one only
	DefaultActions []Action `json:"default_actions"`
}

// ListenerCertificate is one certificate of a listener.
type ListenerCertificate struct {
	ARN     string `json:"arn"`
	Default bool   `json:"default,omitempty"`
}

// Rule is one rule of a listener. The default rule has priority 0 and Default.
type Rule struct {
	ARN        string      `json:"arn"`
	Priority   int         `json:"priority,omitempty"`
	Default    bool        `json:"default,omitempty"`
	Conditions []Condition `json:"conditions"`
	Actions    []Action    `json:"actions"`
	Transforms []Transform `json:"transforms,omitempty"`
}

// Condition is one of a rule: all must hold, each by any of its values.
type Condition struct {
	Field  string      `json:"field"`            // host-header, path-pattern, http-header, http-request-method, query-string, source-ip
	Header string      `json:"header,omitempty"` // of http-header
	Values []string    `json:"values,omitempty"`
	Regex  []string    `json:"regex,omitempty"`
	Query  []QueryPair `json:"query,omitempty"` // of query-string
}

// QueryPair is one value of a query-string condition. Without a key any key will do.
type QueryPair struct {
	Key   string `json:"key,omitempty"`
	Value string `json:"value"`
}

// Action is what a rule does.
type Action struct {
	Type     string    `json:"type"` // forward | fixed-response | redirect | authenticate-oidc | authenticate-cognito | jwt-validation
	Order    int       `json:"order,omitempty"`
	Groups   []Weight  `json:"groups,omitempty"` // of forward, from both forms in which AWS writes it
	Fixed    *Fixed    `json:"fixed,omitempty"`
	Redirect *Redirect `json:"redirect,omitempty"`
}

// Weight is one target group of a forward. One with weight 0 gets nothing.
type Weight struct {
	Group  string `json:"group"` // ARN
	Weight int    `json:"weight"`
}

// Fixed is a fixed response.
type Fixed struct {
	Status      int    `json:"status"`
	ContentType string `json:"content_type,omitempty"`
	Body        string `json:"body,omitempty"`
}

// Redirect is where a rule sends the client; #{host} and the like are kept.
type Redirect struct {
	Protocol string `json:"protocol"`
	Host     string `json:"host"`
	Port     string `json:"port"`
	Path     string `json:"path"`
	Query    string `json:"query"`
	Status   int    `json:"status"`
}

// Transform changes what the target sees.
type Transform struct {
	Type    string `json:"type"` // host-header-rewrite | url-rewrite
	Regex   string `json:"regex"`
	Replace string `json:"replace"`
}

// TargetGroup is where listeners forward to.
type TargetGroup struct {
	ARN           string      `json:"arn"`
	Name          string      `json:"name"`
	Protocol      string      `json:"protocol"`
	Port          int         `json:"port"`
	TargetType    string      `json:"target_type"` // instance | ip | lambda | alb
	VPC           string      `json:"vpc"`
	LoadBalancers []string    `json:"load_balancers"` // ARNs; empty: no listener forwards to it
	Health        HealthCheck `json:"health"`
}

// HealthCheck is that of a target group.
type HealthCheck struct {
	Enabled            bool          `json:"enabled"`
	Protocol           string        `json:"protocol"`
	Port               string        `json:"port"` // a number or traffic-port
	Path               string        `json:"path,omitempty"`
	Matcher            string        `json:"matcher,omitempty"` // "200", "200-399", "200,302"
	Interval           time.Duration `json:"interval"`
	Timeout            time.Duration `json:"timeout"`
	HealthyThreshold   int           `json:"healthy_threshold"`
	UnhealthyThreshold int           `json:"unhealthy_threshold"`
}

// Target is one target of a group with its health.
type Target struct {
	ID          string `json:"id"` // address, instance or ARN
	Port        int    `json:"port,omitempty"`
	Zone        string `json:"zone,omitempty"`
	State       string `json:"state"` // initial, healthy, unhealthy, unhealthy.draining, unused, draining, unavailable
	Reason      string `json:"reason,omitempty"`
	Description string `json:"description,omitempty"`
}
