package probe

import (
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"hokus.ai/tidewatch/lambda/check"
)

// userAgent is what probes call themselves where nothing is configured.
const userAgent = "Tidewatch/1.0"

// header is one header as it is sent.
type header struct{ name, value string }

// hop is one request of a chain of redirects.
type hop struct {
	method     string
	secure     bool
	host       string     // name or address, without brackets
	ip         netip.Addr // valid if host is a literal address
	port       uint16
	path       string // path and query
	hostHeader string // "" : host and port
	headers    []header
	body       string
	jar        *cookiejar.Jar // nil: cookies are not kept
	pinned     netip.Addr     // the address to dial if the host stays the same
	foreign    bool           // a redirect has led to another host than the configured one
}

// scheme is http or https.
func (h *hop) scheme() string {
	if h.secure {
		return "https"
	}
	return "http"
}

// authority is host:port, without the port where it is the scheme's own.
func (h *hop) authority() string {
	if (h.secure && h.port == 443) || (!h.secure && h.port == 80) {
		if strings.Contains(h.host, ":") {
			return "[" + h.host + "]"
		}
		return h.host
	}
	return net.JoinHostPort(h.host, strconv.Itoa(int(h.port)))
}

// url is the hop's URL.
func (h *hop) url() *url.URL {
	path, query, _ := strings.Cut(string(appendTarget(nil, h.path)), "?")
	u := &url.URL{Scheme: h.scheme(), Host: h.authority(), RawQuery: query}
	if decoded, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = decoded, path
	} else {
		u.Opaque = "//" + u.Host + path
	}
	return u
}

// appendRequest writes the request: the headers as configured, and those that
// a request needs where they are not.
func appendRequest(b []byte, h *hop, c *check.Check) []byte {
	via := c.Client.Proxy
	if via != nil && (h.secure || !isHTTPProxy(via)) {
		via = nil // it has opened a way to the host and sees no request
	}
	b = append(b, h.method...)
	b = append(b, ' ')
	if via != nil {
		b = append(b, "http://"...)
		b = append(b, h.authority()...)
	}
	b = appendTarget(b, h.path)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	if h.hostHeader != "" {
		b = append(b, h.hostHeader...)
	} else {
		b = append(b, h.authority()...)
	}
	b = append(b, "\r\nConnection: close\r\n"...)
	b = appendHeaders(b, h, via)
	if h.body != "" || h.method == http.MethodPost || h.method == http.MethodPut || h.method == http.MethodPatch {
		b = appendHeader(b, "Content-Length", strconv.Itoa(len(h.body)))
	}
	b = append(b, "\r\n"...)
	return append(b, h.body...)
}

// appendHeaders writes the headers that can be configured, or what stands in
// for them. via is the proxy that gets the request; nil: none.
func appendHeaders(b []byte, h *hop, via *url.URL) []byte {
	var agent, encoding, authorized bool
	var cookies []string
	for _, sent := range h.headers {
		switch textproto.CanonicalMIMEHeaderKey(sent.name) {
		case "Host", "Connection", "Content-Length", "Transfer-Encoding":
			continue // ours: they describe this very request
		case "Cookie":
			cookies = append(cookies, sent.value)
			continue
		case "User-Agent":
			agent = true
		case "Accept-Encoding":
			encoding = true
		case "Proxy-Authorization":
			authorized = true
		}
		b = appendHeader(b, sent.name, sent.value)
	}
	if !agent {
		b = appendHeader(b, "User-Agent", userAgent)
	}
	if !encoding {
		b = append(b, "Accept-Encoding: gzip\r\n"...)
	}
	if via != nil && via.User != nil && !authorized {
		b = appendHeader(b, "Proxy-Authorization", basic(via.User))
	}
	// A request has one Cookie header (RFC 6265, section 5.4); servers read
	// only the first of several.
	if cookies = append(cookies, h.cookies()...); len(cookies) > 0 {
		b = appendHeader(b, "Cookie", strings.Join(cookies, "; "))
	}
	return b
}

// cookies are those that earlier answers set, as they were written.
func (h *hop) cookies() []string {
	if h.jar == nil {
		return nil
	}
	var pairs []string
	for _, cookie := range h.jar.Cookies(h.url()) {
		value := cookie.Value
		if cookie.Quoted {
			value = `"` + value + `"`
		}
		pairs = append(pairs, cookie.Name+"="+value)
	}
	return pairs
}

// appendTarget writes path and query. Bytes that may not stand there, such as
// the space that would end them, are percent-encoded; the rest is written as it
// was.
func appendTarget(b []byte, target string) []byte {
	if !strings.HasPrefix(target, "/") {
		b = append(b, '/')
	}
	for i := range len(target) {
		if c := target[i]; c > ' ' && c < 0x7f {
			b = append(b, c)
		} else {
			b = fmt.Appendf(b, "%%%02X", c)
		}
	}
	return b
}

// appendHeader writes one header. A value that was filled in at run time may
// hold a line break, which would begin another header: it becomes a space.
func appendHeader(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	if strings.ContainsAny(value, "\r\n\x00") {
		value = strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ").Replace(value)
	}
	b = append(b, value...)
	return append(b, "\r\n"...)
}
