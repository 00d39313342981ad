package check

import (
	"slices"

	"hokus.ai/tidewatch/lambda/internal/condition"
)

// Kind is a kind of probe.
type Kind string

// The kinds of probes.
const (
	KindHTTP     Kind = "http"
	KindTCP      Kind = "tcp"
	KindTLS      Kind = "tls"
	KindDNS      Kind = "dns"
	KindUDP      Kind = "udp"
	KindSTARTTLS Kind = "starttls"
	KindWS       Kind = "ws"
	KindGRPC     Kind = "grpc"
	KindSSH      Kind = "ssh"
)

// KindInfo is one row of the closed table of kinds.
type KindInfo struct {
	Kind      Kind
	Schemes   []Scheme
	HasPath   bool   // a path and a query may follow the host
	Does      string // what the probe does
	Connected string // when [CONNECTED] is true
	Reads     []Fill // what else conditions can read, beside what every kind fills
}

// Scheme is how a kind is chosen in a URL.
type Scheme struct {
	Name string
	Port uint16 // the default; 0: the port must be written
	TLS  bool
}

// Fill tells what a placeholder means for a kind.
type Fill struct {
	Placeholder condition.Placeholder
	Means       string
}

// leafExpiry is what [CERTIFICATE_EXPIRATION] means for every kind with TLS.
const leafExpiry = "the time until the leaf certificate ends, trusted or not"

// Kinds is the closed table of kinds: schemes, ports, what conditions can read.
// Every kind also fills [RESPONSE_TIME], [IP] and [DOMAIN_EXPIRATION].
var Kinds = []KindInfo{
	{
		Kind: KindHTTP, Schemes: []Scheme{{"http", 80, false}, {"https", 443, true}}, HasPath: true,
		Does: "sends one request and reads the answer", Connected: "an answer came, whatever its status",
		Reads: []Fill{
			{"[STATUS]", "the status code"}, {"[BODY]", "the body, decompressed, up to client.max-body-size"},
			{"[HEADERS]", "the headers of the answer"}, {"[CERTIFICATE_EXPIRATION]", leafExpiry},
		},
	},
	{
		Kind: KindTCP, Schemes: []Scheme{{"tcp", 0, false}},
		Does: "connects; sends `body` if there is one", Connected: "the connection was accepted, and what was sent was answered",
		Reads: []Fill{{"[BODY]", "the first 1,024 bytes that came back, if something was sent"}},
	},
	{
		Kind: KindTLS, Schemes: []Scheme{{"tls", 443, true}},
		Does: "connects and makes a TLS handshake; sends `body` if there is one", Connected: "the handshake succeeded",
		Reads: []Fill{{"[BODY]", "the first 1,024 bytes that came back, if something was sent"}, {"[CERTIFICATE_EXPIRATION]", leafExpiry}},
	},
	{
		Kind: KindDNS, Schemes: []Scheme{{"dns", 53, false}},
		Does:      "asks the server of `url` the question of `dns`; `dns://system`, or no `url`, asks the system's resolver, which inside a VPC is Amazon's",
		Connected: "the server answered, whatever its response code",
		Reads:     []Fill{{"[DNS_RCODE]", "the response code such as NOERROR or NXDOMAIN"}, {"[BODY]", "the values of all records of the asked type, one a line"}},
	},
	{
		Kind: KindUDP, Schemes: []Scheme{{"udp", 0, false}},
		Does: "sends `body` and waits for an answer", Connected: "an answer came; without a `body` nothing is sent, and it only says that there is a route",
		Reads: []Fill{{"[BODY]", "the first 1,024 bytes that came back, if something was sent"}},
	},
	{
		Kind: KindSTARTTLS, Schemes: []Scheme{{"starttls", 587, true}},
		Does: "speaks SMTP as far as STARTTLS and makes the handshake", Connected: "the handshake succeeded",
		Reads: []Fill{{"[CERTIFICATE_EXPIRATION]", leafExpiry}},
	},
	{
		Kind: KindWS, Schemes: []Scheme{{"ws", 80, false}, {"wss", 443, true}}, HasPath: true,
		Does: "opens a WebSocket; sends `body` if there is one and reads one message", Connected: "the socket opened, and what was sent was answered",
		Reads: []Fill{
			{"[STATUS]", "101 if the socket opened, else the status of the answer"}, {"[HEADERS]", "the headers of the answer"},
			{"[BODY]", "the message that came back"}, {"[CERTIFICATE_EXPIRATION]", leafExpiry},
		},
	},
	{
		Kind: KindGRPC, Schemes: []Scheme{{"grpc", 0, false}, {"grpcs", 443, true}},
		Does: "calls grpc.health.v1.Health/Check for `grpc.service`", Connected: "the call was answered",
		Reads: []Fill{{"[BODY]", `the answer such as {"status":"SERVING"}`}, {"[CERTIFICATE_EXPIRATION]", leafExpiry}},
	},
	{
		Kind: KindSSH, Schemes: []Scheme{{"ssh", 22, false}},
		Does: "connects and reads the banner; it never logs in", Connected: "an SSH banner came",
		Reads: []Fill{{"[STATUS]", "0 if the banner is that of SSH, else 1"}, {"[BODY]", "the banner"}},
	},
}

// rejectedSchemes are those of Gatus that cannot work here.
var rejectedSchemes = []struct{ name, why string }{
	{"icmp", "a Lambda function cannot send ICMP (ping); use tcp://HOST:PORT with a port that the host serves"},
	{"sctp", "a Lambda function cannot speak SCTP; use tcp://HOST:PORT if the service also listens there"},
}

// info returns the row of a kind.
func (k Kind) info() *KindInfo {
	for i := range Kinds {
		if Kinds[i].Kind == k {
			return &Kinds[i]
		}
	}
	return &KindInfo{Kind: k}
}

// findScheme looks a scheme up in the table of kinds.
func findScheme(name string) (*KindInfo, Scheme, bool) {
	for i := range Kinds {
		for _, s := range Kinds[i].Schemes {
			if s.Name == name {
				return &Kinds[i], s, true
			}
		}
	}
	return nil, Scheme{}, false
}

// schemeNames lists the accepted schemes.
func schemeNames() []string {
	var names []string
	for _, k := range Kinds {
		for _, s := range k.Schemes {
			names = append(names, s.Name+"://")
		}
	}
	return names
}

// fills reports whether a kind can fill a placeholder; those that every kind
// fills, or that other words of the language cover, count as filled.
func (k *KindInfo) fills(p condition.Placeholder, tls bool) bool {
	switch p {
	case "[CERTIFICATE_EXPIRATION]":
		if !tls {
			return false
		}
	case "[STATUS]", "[BODY]", "[HEADERS]", "[DNS_RCODE]":
	default:
		return true
	}
	return slices.ContainsFunc(k.Reads, func(f Fill) bool { return f.Placeholder == p })
}
