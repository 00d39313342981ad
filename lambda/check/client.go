package check

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
	"hokus.ai/tidewatch/lambda/internal/redact"
)

// The defaults of the client section.
const (
	defaultTimeout = 10 * time.Second
	defaultBody    = 1 << 20
	// longTimeout leaves time, within one invocation, to diagnose and report.
	longTimeout = time.Minute
)

// client is the client section of an endpoint while it is read.
type client struct {
	Client
	timeout time.Duration
}

// newClient returns a client section in which nothing is written.
func newClient() client {
	return client{
		Client:  Client{Family: FamilyAuto, MaxBodySize: defaultBody, TLS: defaultTLS},
		timeout: defaultTimeout,
	}
}

// defaultTLS is shared by all endpoints without client.tls.
var defaultTLS = &ClientTLS{Renegotiation: renegotiations[0], PostQuantum: true}

// renegotiations are what a server may do, the default first.
var renegotiations = []string{"never", "once", "freely"}

// clientSection is the table of how a probe connects.
var clientSection = newSection("endpoints[].client", "client",
	key[client]{
		name: "timeout", def: "10s", verdict: Supported, field: custom("duration", timeout),
		doc: "how long one probe may take, redirects and body included",
	},
	key[client]{
		name: "insecure", def: "false", verdict: Supported, field: boolean(func(c *client) *bool { return &c.Insecure }),
		doc: "the certificate is not verified",
	},
	key[client]{
		name: "ignore-redirect", def: "false", verdict: Supported, field: boolean(func(c *client) *bool { return &c.IgnoreRedirect }),
		doc: "a redirect is the answer, it is not followed",
	},
	key[client]{
		name: "store-cookies", def: "false", verdict: Adapted, field: boolean(func(c *client) *bool { return &c.StoreCookies }),
		doc:  "sends cookies back",
		note: "cookies are kept within one probe, over its redirects, and not from one probe to the next",
	},
	key[client]{
		name: "proxy-url", verdict: Supported, field: custom("URL", proxy),
		doc: "the proxy of http checks: http://, https:// or socks5://",
	},
	key[client]{
		name: "dns-resolver", verdict: Supported, field: custom("resolver", resolver),
		doc: "the DNS server that finds the host, such as udp://10.0.0.2:53",
	},
	key[client]{
		name: "oauth2", verdict: Supported, field: custom("mapping", func(r *reader, n *yaml.Node, c *client) { c.OAuth2 = r.oauth2(n) }),
		doc: "gets a token by client credentials before each request",
	},
	key[client]{
		name: "tls", verdict: Supported, field: custom("mapping", func(r *reader, n *yaml.Node, c *client) { c.TLS = r.clientTLS(n) }),
		doc: "what a probe presents and accepts in a TLS handshake",
	},
	key[client]{
		name: "ip-family", def: "auto", verdict: Ours, field: choice(func(c *client) *Family { return &c.Family }, FamilyAuto, FamilyIPv4, FamilyIPv6),
		doc: "which addresses of a name are used; auto takes IPv4, and IPv6 where there is none",
	},
	key[client]{
		name: "every-address", def: "false", verdict: Ours, field: boolean(func(c *client) *bool { return &c.EveryAddress }),
		doc: "probes every address of the name, so that one dead address of a load balancer shows",
	},
	key[client]{
		name: "max-body-size", def: "1MiB", verdict: Ours, field: size(func(c *client) *int64 { return &c.MaxBodySize }),
		doc: "how much of an answer is read, at most 16MiB",
	},
	key[client]{
		name: "network", verdict: Rejected, doc: "the address family of ICMP checks",
		note: "only concerns ICMP, which a Lambda function cannot send; write ip-family: ipv4 or ip-family: ipv6 instead",
	},
	key[client]{
		name: "tunnel", verdict: Rejected, doc: "reaches the endpoint through SSH",
		note: "SSH tunnels are not made here; run the function in that network, or connect the networks by VPC peering or a transit gateway",
	},
	key[client]{
		name: "identity-aware-proxy", verdict: Rejected, doc: "signs in to a proxy of Google Cloud",
		note: "Google's identity-aware proxy is not supported; use client.oauth2, or a token in a header",
	},
)

// timeout reads the limit of one probe. As in Gatus, one that no answer could
// keep means the default.
func timeout(r *reader, n *yaml.Node, c *client) {
	d, ok := r.duration(n)
	switch {
	case !ok:
	case d < time.Millisecond:
		r.warn(n, "%s is no time to answer in, so the default of %s holds, as in Gatus", quote(n.Value), defaultTimeout)
	default:
		c.timeout = d
		if d > longTimeout {
			r.warn(n, "%s is longer than a minute: a whole round has two, so this probe can cost the others their report", quote(n.Value))
		}
	}
}

// proxy reads proxy-url.
func proxy(r *reader, n *yaml.Node, c *client) {
	const accepted = "http://HOST:PORT, https://HOST:PORT, socks5://HOST:PORT"
	s, ok := r.scalar(n, accepted)
	if !ok {
		return
	}
	if u := r.pools.proxies[s.text]; u != nil {
		c.Proxy = u
		return
	}
	u, err := url.Parse(s.text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5" {
		r.fail(n, Message{Problem: quote(redact.URL(n.Value)) + " is not the URL of a proxy", Got: redact.URL(n.Value), Accepted: accepted})
		return
	}
	r.literalPassword(n, u)
	asciiURL(u)
	r.pools.proxies[s.text] = u
	c.Proxy = u
}

// resolver reads dns-resolver, which Gatus writes as a URL.
func resolver(r *reader, n *yaml.Node, c *client) {
	const accepted = "udp://HOST:PORT, tcp://HOST:PORT"
	s, ok := r.scalar(n, accepted)
	if !ok {
		return
	}
	network, address, _ := strings.Cut(s.text, "://")
	host, port, err := net.SplitHostPort(address)
	if ascii := asciiHost(host); ascii != host {
		host, address = ascii, net.JoinHostPort(ascii, port)
	}
	n16, portErr := strconv.ParseUint(port, 10, 16)
	if network != "udp" && network != "tcp" || err != nil || portErr != nil || n16 == 0 || !validHost(host) {
		r.fail(n, Message{Problem: quote(redact.URL(n.Value)) + " is not a DNS resolver", Accepted: accepted, Nearest: resolverLike(s.hide())})
		return
	}
	c.Resolver = one(r.pools.resolvers, Resolver{network, address})
}

// resolverLike completes an address that lacks the network or the port.
func resolverLike(text string) string {
	_, address, found := strings.Cut(text, "://")
	if !found {
		address = text
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = address, "53"
	}
	if !validHost(asciiHost(host)) || port == "" {
		return ""
	}
	return "udp://" + net.JoinHostPort(host, port)
}

// oauth2Section keeps nodes, because a part that is missing is told first.
var oauth2Section = newSection("endpoints[].client.oauth2", "oauth2",
	key[oauth2Nodes]{name: "token-url", verdict: Supported, field: node("URL", func(o *oauth2Nodes) **yaml.Node { return &o.tokenURL }), doc: "where the token is got; required"},
	key[oauth2Nodes]{name: "client-id", verdict: Supported, field: node("text or reference", func(o *oauth2Nodes) **yaml.Node { return &o.clientID }), doc: "required"},
	key[oauth2Nodes]{name: "client-secret", verdict: Supported, field: node("text or reference", func(o *oauth2Nodes) **yaml.Node { return &o.clientSecret }), doc: "required; a reference such as `secretsmanager:NAME#key`"},
	key[oauth2Nodes]{name: "scopes", verdict: Supported, field: texts(func(o *oauth2Nodes) *[]string { return &o.scopes }), doc: "the scopes asked for; required"},
)

// oauth2Nodes is client.oauth2 while it is read.
type oauth2Nodes struct {
	tokenURL, clientID, clientSecret *yaml.Node
	scopes                           []string
}

// missing names the parts that are not written; a token needs all of them.
func (o *oauth2Nodes) missing() []string {
	var names []string
	for _, k := range []struct {
		name string
		set  bool
	}{
		{"token-url", o.tokenURL != nil}, {"client-id", o.clientID != nil},
		{"client-secret", o.clientSecret != nil}, {"scopes", len(o.scopes) > 0},
	} {
		if !k.set {
			names = append(names, k.name)
		}
	}
	return names
}

// oauth2 reads client.oauth2; endpoints that share the section share the result.
func (r *reader) oauth2(n *yaml.Node) *OAuth2 {
	if o := r.pools.oauth2[n]; o != nil {
		return o
	}
	o := new(OAuth2)
	r.pools.oauth2[n] = o
	var nodes oauth2Nodes
	decode(r, n, oauth2Section, &nodes)
	if n.Kind != yaml.MappingNode {
		return o
	}
	o.Scopes = nodes.scopes
	if missing := nodes.missing(); len(missing) > 0 {
		r.fail(n, Message{Problem: "no " + strings.Join(missing, ", no "), Accepted: "token-url, client-id, client-secret and scopes, all of them"})
		return o
	}
	o.TokenURL = r.tokenURL(nodes.tokenURL)
	r.under("client-id", func() { o.ClientID, _ = r.value(nodes.clientID, false) })
	r.under("client-secret", func() { o.ClientSecret, _ = r.value(nodes.clientSecret, true) })
	return o
}

// tokenURL reads where the token is got.
func (r *reader) tokenURL(n *yaml.Node) string {
	r.push("token-url")
	defer r.pop()
	const accepted = "a URL such as https://auth.example.com/token"
	s, ok := r.scalar(n, accepted)
	if !ok {
		return ""
	}
	u, err := url.Parse(s.text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		r.fail(n, Message{Problem: quote(redact.URL(n.Value)) + " is not a URL of http or https", Got: redact.URL(n.Value), Accepted: accepted})
		return ""
	}
	host := u.Host
	if asciiURL(u); u.Host != host {
		return u.String()
	}
	return s.text
}
