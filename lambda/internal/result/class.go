package result

import (
	"iter"
	"strings"
)

// Class says in one word how a probe failed. It is a closed vocabulary: every
// class is in the table below, and documentation and checks are made from it.
// The empty class is a probe that did not fail.
type Class string

// The classes. The part before the dot is the layer: dns, tcp (any transport),
// tls, http (any application protocol), assert (the answer was not the wanted
// one), probe (the checker itself).
const (
	DNSNXDomain  Class = "dns.nxdomain"
	DNSNoData    Class = "dns.nodata"
	DNSServFail  Class = "dns.servfail"
	DNSRefused   Class = "dns.refused"
	DNSTimeout   Class = "dns.timeout"
	DNSMalformed Class = "dns.malformed"

	TCPRefused     Class = "tcp.refused"
	TCPTimeout     Class = "tcp.timeout"
	TCPReset       Class = "tcp.reset"
	TCPUnreachable Class = "tcp.unreachable"

	TLSExpired     Class = "tls.expired"
	TLSNotYetValid Class = "tls.not_yet_valid"
	TLSName        Class = "tls.name"
	TLSUntrusted   Class = "tls.untrusted"
	TLSHandshake   Class = "tls.handshake"
	TLSTimeout     Class = "tls.timeout"
	TLSNotTLS      Class = "tls.not_tls"

	HTTPTimeout      Class = "http.timeout"
	HTTPEOF          Class = "http.eof"
	HTTPStatus       Class = "http.status"
	HTTPProtocol     Class = "http.protocol"
	HTTPTooLarge     Class = "http.too_large"
	HTTPRedirect     Class = "http.redirect"
	HTTPRedirectLoop Class = "http.redirect_loop"

	AssertBody    Class = "assert.body"
	AssertHeader  Class = "assert.header"
	AssertLatency Class = "assert.latency"
	AssertValue   Class = "assert.value"

	ProbeInternal Class = "probe.internal"
	ProbeSkipped  Class = "probe.skipped"
)

// ClassInfo documents one class.
type ClassInfo struct {
	Class   Class
	Meaning string // what happened, for the reader of a report
	Look    string // where to look first
}

var classes = []ClassInfo{
	{DNSNXDomain, "the name does not exist", "the hosted zone, and the spelling of the name"},
	{DNSNoData, "the name exists but has no address of the wanted family", "the record type; an alias whose target is gone"},
	{DNSServFail, "the resolver could not get an answer", "the zone's name servers, DNSSEC"},
	{DNSRefused, "the resolver refused to answer, or refused the connection", "the resolver's access list and address"},
	{DNSTimeout, "no DNS answer in time", "the way to the resolver (UDP and TCP 53)"},
	{DNSMalformed, "DNS answers came, but none that belongs to the question", "the resolver, or something on the way that forges answers"},
	{TCPRefused, "the host answered that nothing listens on the port", "the listener or process, and the port number"},
	{TCPTimeout, "no answer to the connection attempt in time", "security groups, network ACLs, routes, a dead address"},
	{TCPReset, "the connection was reset", "the process behind the port, proxies and load balancers in between"},
	{TCPUnreachable, "there is no route to the address", "route tables, the subnet, the checker's own network"},
	{TLSExpired, "the certificate has expired", "the certificate's renewal"},
	{TLSNotYetValid, "the certificate is not valid yet", "the certificate's dates and the clocks"},
	{TLSName, "the certificate is for other names", "the certificates attached to the listener"},
	{TLSUntrusted, "the certificate is not signed by an authority that is trusted here", "the chain that the server sends, or client.tls.ca-file"},
	{TLSHandshake, "the TLS handshake failed", "protocol versions, cipher suites, client certificates"},
	{TLSTimeout, "the TLS handshake did not finish in time", "the process that terminates TLS"},
	{TLSNotTLS, "the port does not speak TLS", "the scheme and port of the URL"},
	{HTTPTimeout, "connected, but no complete answer in time", "the application and what it waits for; the limit itself"},
	{HTTPEOF, "the connection ended before the answer was complete", "the application's log at that moment; idle timeouts"},
	{HTTPStatus, "an answer came with another status than wanted", "who answered: load balancer or application"},
	{HTTPProtocol, "the answer does not follow the protocol", "what really listens on the port"},
	{HTTPTooLarge, "the answer is larger than allowed", "the path, or client.max-body-size"},
	{HTTPRedirect, "the redirect cannot be followed", "the Location header"},
	{HTTPRedirectLoop, "the redirects never end", "http/https and slash rules on both sides"},
	{AssertBody, "the body is not the wanted one", "the conditions, and the quoted body"},
	{AssertHeader, "a header is not the wanted one", "the conditions"},
	{AssertLatency, "the answer was right but too slow", "the phase that took longest"},
	{AssertValue, "another value is not the wanted one", "the conditions"},
	{ProbeInternal, "the checker itself failed or was starved; this says nothing about the endpoint", "the checker's memory, CPU, file descriptors"},
	{ProbeSkipped, "the probe could not be made, for the reason given", "the configuration, secrets, permissions"},
}

// Classes yields the whole vocabulary in the order of the phases.
func Classes() iter.Seq[ClassInfo] {
	return func(yield func(ClassInfo) bool) {
		for _, c := range classes {
			if !yield(c) {
				return
			}
		}
	}
}

// Layer is the part of a class before the dot, such as "tls".
func (c Class) Layer() string {
	layer, _, _ := strings.Cut(string(c), ".")
	return layer
}

// Judged reports whether the probe says something about the endpoint at all.
// A failure of the checker itself and a probe that was not made do not.
func (c Class) Judged() bool { return c != ProbeInternal && c != ProbeSkipped }

// Describe says in words what a class means; the class itself if it is not in
// the table.
func Describe(c Class) string {
	for _, info := range classes {
		if info.Class == c {
			return info.Meaning
		}
	}
	return string(c)
}

// Look says where to look first for a class; "" if it is not in the table.
func Look(c Class) string {
	for _, info := range classes {
		if info.Class == c {
			return info.Look
		}
	}
	return ""
}
