package check

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// dnsTarget reads the url of a dns endpoint: the server to ask.
func (r *reader) dnsTarget(e *endpoint) {
	const accepted = "a server such as 10.0.0.2 or dns://10.0.0.2:53, or dns://system for the system's resolver"
	e.Kind, e.Target = KindDNS, Target{Scheme: "dns", Port: 53, Path: "/"}
	server := e.URL
	if scheme, rest, found := strings.Cut(server, "://"); found {
		if strings.ToLower(scheme) != "dns" {
			r.badURL(e, "is not a DNS server, and beside a dns: block the url is the server to ask", accepted, "dns://"+rest)
			return
		}
		server = rest
	}
	if server == "" || server == "system" {
		return
	}
	host, port := server, ""
	if ip, err := netip.ParseAddr(strings.Trim(server, "[]")); err == nil {
		host = ip.String()
	} else if h, p, err := net.SplitHostPort(server); err == nil {
		host, port = h, p
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if !validHost(host) || port != "" && (err != nil || n == 0) {
		r.badURL(e, "is not a DNS server", accepted, "")
		return
	}
	e.Target.Host = host
	e.Target.IP, _ = netip.ParseAddr(host)
	if port != "" {
		e.Target.Port = uint16(n)
	}
}

// validHost accepts addresses, and names that a resolver could know.
func validHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	if len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for _, c := range []byte(label) {
			if c|0x20 < 'a' || c|0x20 > 'z' {
				if (c < '0' || c > '9') && c != '-' && c != '_' {
					return false
				}
			}
		}
	}
	return true
}
