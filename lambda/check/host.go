package check

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
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
	host = asciiHost(host)
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

// asciiHost returns an internationalised name as DNS knows it. Labels in ASCII
// stay as they are, because DNS has more of them than the rules of such names
// allow; so does what is no such name, and is no valid host then.
func asciiHost(host string) string {
	isForeign := func(c rune) bool { return c > unicode.MaxASCII }
	if !strings.ContainsFunc(host, isForeign) {
		return host
	}
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if !strings.ContainsFunc(label, isForeign) {
			continue
		}
		ascii, err := idna.Lookup.ToASCII(label)
		if err != nil {
			return host
		}
		labels[i] = ascii
	}
	return strings.Join(labels, ".")
}

// asciiURL is asciiHost for the host of a URL.
func asciiURL(u *url.URL) {
	host := u.Hostname()
	if ascii := asciiHost(host); ascii != host {
		u.Host = strings.Replace(u.Host, host, ascii, 1)
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
