package probe

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// redirectHop is the report's line of a hop that redirected.
func redirectHop(h *hop, a *answer) result.Redirect {
	return result.Redirect{URL: shownURL(h.url()), Status: a.response.StatusCode}
}

// What a Location may be: longer ones are no address that anybody meant.
const (
	maxLocation = 8 << 10
	maxHostName = 253
)

// shownURL is a URL that a server may have chosen, fit for a report.
func shownURL(u *url.URL) string { return redact.Cut(redact.URL(u.String()), quoteLimit, false) }

// follow makes the next request. Only http and https are followed: a redirect
// to file: or another scheme would have the server choose what we read.
func (h *hop) follow(location *url.URL, status int, x *exchange) (*hop, error) {
	to := h.url().ResolveReference(location)
	shown := shownURL(to)
	if to.Scheme != "http" && to.Scheme != "https" {
		return nil, failf(result.HTTPRedirect, result.PhaseAssert, nil, "%s redirects (%d) to %s, which is not http or https", x.host, status, shown)
	}
	port := uint64(80)
	if to.Scheme == "https" {
		port = 443
	}
	if to.Port() != "" {
		var err error
		if port, err = strconv.ParseUint(to.Port(), 10, 16); err != nil || port == 0 {
			return nil, failf(result.HTTPRedirect, result.PhaseAssert, err, "%s redirects (%d) to %s, whose port is not a number from 1 to 65535", x.host, status, shown)
		}
	}
	host, err := idna.Lookup.ToASCII(to.Hostname())
	if _, notIP := netip.ParseAddr(to.Hostname()); notIP == nil {
		host, err = to.Hostname(), nil
	}
	if err != nil || host == "" || len(host) > maxHostName || strings.ContainsAny(to.Host, " \r\n\t") {
		return nil, failf(result.HTTPRedirect, result.PhaseAssert, nil, "%s redirects (%d) to %s, which names no host", x.host, status, shown)
	}
	next := &hop{
		method: h.method, secure: to.Scheme == "https", host: host, port: uint16(port),
		path: to.RequestURI(), headers: h.headers, body: h.body, jar: h.jar,
	}
	next.ip, _ = netip.ParseAddr(host)
	next.foreign = h.foreign || next.host != h.host
	if next.host == h.host {
		next.pinned, next.hostHeader = x.only, h.hostHeader
	}
	next.adjust(h, status)
	return next, nil
}

// adjust does to the request what browsers and net/http do on a redirect: the
// body is repeated only by 307 and 308, and credentials are for the host that
// they were meant for.
func (h *hop) adjust(from *hop, status int) {
	if status != http.StatusTemporaryRedirect && status != http.StatusPermanentRedirect && h.method != http.MethodHead {
		if h.method != http.MethodGet {
			h.headers = without(h.headers, "Content-Type", "Content-Encoding", "Content-Language")
		}
		h.method, h.body = http.MethodGet, ""
	}
	sameHost := net.JoinHostPort(h.host, strconv.Itoa(int(h.port))) == net.JoinHostPort(from.host, strconv.Itoa(int(from.port)))
	upgraded := h.host == from.host && h.secure && !from.secure
	if !sameHost && !upgraded {
		h.headers = onlyHarmless(h.headers)
	}
}

func without(headers []header, names ...string) []header {
	kept := make([]header, 0, len(headers))
	for _, h := range headers {
		dropped := false
		for _, name := range names {
			dropped = dropped || strings.EqualFold(h.name, name)
		}
		if !dropped {
			kept = append(kept, h)
		}
	}
	return kept
}

// onlyHarmless keeps the headers that hold no credential: which ones do is
// unknown, so only those that never do go to another host.
func onlyHarmless(headers []header) []header {
	kept := make([]header, 0, len(headers))
	for _, h := range headers {
		switch textproto.CanonicalMIMEHeaderKey(h.name) {
		case "User-Agent", "Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "Cache-Control":
			kept = append(kept, h)
		}
	}
	return kept
}

// loopFailure says where the redirects go round.
func (x *exchange) loopFailure() *Failure {
	last := x.redirects[len(x.redirects)-1].URL
	round := ""
	for i, hop := range x.redirects[:len(x.redirects)-1] {
		if hop.URL == last {
			round = fmt.Sprintf("; %s comes again after %d hops", last, len(x.redirects)-1-i)
		}
	}
	return failf(result.HTTPRedirectLoop, result.PhaseAssert, nil, "%s redirects more than %d times%s", x.host, maxRedirects, round)
}
