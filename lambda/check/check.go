// Package check turns a configuration file into the checks that will run. It
// accepts the `endpoints:` of a Gatus file as they are, and our own keys on
// top; it refuses what it does not understand, all at once, naming file, line
// and column.
package check

import (
	"net/netip"
	"net/url"
	"time"

	"hokus.ai/tidewatch/lambda/internal/condition"
)

// Config is what a configuration file says, with defaults filled in.
type Config struct {
	Environment string // names the installation in metrics and messages
	Tracker     string // URL of where the work on what fails is followed; "": none
	AWS         AWS
	Summary     Summary
	Metrics     string // endpoint | group | environment: how many metrics are billed
	Deployments string // all | problems | none: which deployment results are told
	Concurrency int    // probes at once; 0: the default

	Maintenance  []Window // windows that hold for every endpoint
	Connectivity *Connectivity
	Checks       []Check // enabled endpoints, in the order of the file
}

// AWS says where the diagnosis looks.
type AWS struct {
	Region    string
	Clusters  []string
	LogGroups []string
}

// Summary says when the daily summary is sent.
type Summary struct {
	Every    string // day | never
	At       string // HH:MM
	Timezone *time.Location
}

// Connectivity is Gatus's connectivity.checker: a control probe that tells a
// broken checker from broken endpoints.
type Connectivity struct {
	Target   string // host:port
	Interval time.Duration
}

// Check is one endpoint, ready to be probed. It is immutable after loading, so
// probes share it; parts that most endpoints leave at their defaults are
// pointers to shared values and never nil.
type Check struct {
	Key      string // group/name as written; unique without regard to case
	Name     string
	Group    string
	Kind     Kind
	URL      string // as written, variables expanded, without user and password; not redacted
	Target   Target
	Interval time.Duration
	Timeout  time.Duration // client.timeout

	Conditions []*condition.Condition // a failure makes the endpoint unhealthy
	Warnings   []*condition.Condition // warn-conditions: a failure degrades it

	HTTP   *HTTP // request of http, and headers of ws and grpc
	DNS    *DNS  // question of dns; nil for other kinds
	Body   Value // what tcp, udp, tls and ws send; HTTP.Body for http
	Client *Client
	UI     UI

	GRPCService string // the name the gRPC health service is asked for; "": the server

	Severity    Severity
	UsersLose   string
	Owner       string
	Runbook     string
	RunsOn      RunsOn
	DependsOn   []string // keys of other endpoints
	Alerts      []Alert
	Maintenance []Window
	Labels      map[string]string // extra-labels

	// Sensitive are the values of the file's variables that are secrets, by
	// where they stand or by what they are called; shared by all checks. No
	// report shows them.
	Sensitive []string
}

// Target is where a probe goes. A dns check without a Host asks the system's
// resolver, which inside a VPC is Amazon's.
type Target struct {
	Scheme string     // as in the URL, lower case; "dns" for the dns kind
	Host   string     // name or address, without brackets or port
	IP     netip.Addr // valid if Host is a literal address
	Port   uint16
	Path   string // request target: path and query, "/" if empty
}

// HTTP is the request of an http probe.
type HTTP struct {
	Method  string
	Headers []Header
	Host    string // Host header where it differs from the target; "" otherwise
	Body    Value
	GraphQL bool
}

// Header is one request header.
type Header struct {
	Name  string // as written
	Value Value
}

// Value is text of a request. It may end in a reference to a secret, which is
// read at run time and appended to Text.
type Value struct {
	Text      string     // may hold [ENDPOINT_NAME], [RANDOM_STRING_n] and the like
	Secret    *Reference // nil: none
	Sensitive bool       // Text holds an expanded variable, or stands in a header that carries credentials; never shown
}

// Reference names a secret kept in AWS.
type Reference struct {
	Store string // "secretsmanager" or "ssm"
	Name  string
	Key   string // key of a JSON secret; may be empty
}

// String returns the reference as written, which is not secret.
func (r Reference) String() string {
	if r.Key != "" {
		return r.Store + ":" + r.Name + "#" + r.Key
	}
	return r.Store + ":" + r.Name
}

// DNS is the question of a dns probe.
type DNS struct {
	QueryName string // with the final dot
	QueryType string // A, AAAA, CNAME, …
}

// Client is how a probe connects.
type Client struct {
	Insecure       bool // the certificate is not verified
	IgnoreRedirect bool
	StoreCookies   bool // within one probe, over its redirects
	EveryAddress   bool
	Family         Family
	Resolver       *Resolver // nil: the system's
	Proxy          *url.URL  // nil: none
	OAuth2         *OAuth2   // nil: none
	TLS            *ClientTLS
	MaxBodySize    int64 // bytes
}

// Family chooses among the addresses of a name.
type Family string

// The families: Auto takes IPv4 addresses, and IPv6 ones where there are none.
const (
	FamilyAuto Family = "auto"
	FamilyIPv4 Family = "ipv4"
	FamilyIPv6 Family = "ipv6"
)

// Resolver is a DNS server asked instead of the system's.
type Resolver struct {
	Network string // udp or tcp
	Address string // host:port
}

// OAuth2 gets a token by client credentials before an http probe.
type OAuth2 struct {
	TokenURL     string
	ClientID     Value
	ClientSecret Value
	Scopes       []string
}

// ClientTLS is what a probe presents and accepts in a TLS handshake.
type ClientTLS struct {
	CertificatePEM []byte // client certificate; nil: none
	PrivateKeyPEM  []byte
	RootsPEM       []byte // extra trusted authorities; nil: the system's
	ServerName     string // "" : the target's host
	MinVersion     uint16 // crypto/tls version; 0: Go's default
	Renegotiation  string // never | once | freely
	PostQuantum    bool   // true: Go's default key shares; false: classic ones only
}

// UI is Gatus's ui section as far as it keeps things out of reports.
type UI struct {
	HideURL, HideHostname, HidePort, HideErrors, HideConditions bool
	DontResolveFailed, ResolveSuccessful                        bool
}

// Severity is how much the users' world depends on an endpoint.
type Severity string

// The severities, from the highest.
const (
	Critical Severity = "critical"
	Major    Severity = "major"
	Minor    Severity = "minor"
)

// RunsOn are hints for the diagnosis; everything in it may be empty.
type RunsOn struct {
	LoadBalancer, TargetGroup, Service, Cluster string
}

// Alert is one entry of alerts, with Gatus's default-alert merged in and our
// defaults where nothing was written.
type Alert struct {
	Type             string // as written
	Enabled          bool
	FailureThreshold int
	SuccessThreshold int
	SendOnResolved   bool
	Reminder         time.Duration // minimum-reminder-interval; 0: the default of the incident policy
	Description      string
}

// Window is a time in which problems are expected and nobody is alerted.
type Window struct {
	Start    time.Duration // since midnight
	Duration time.Duration
	Location *time.Location
	Days     []time.Weekday // empty: every day
}
