package check

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
	"hokus.ai/tidewatch/lambda/internal/redact"
)

// target reads url into the kind and the target of an endpoint. A dns block
// decides the kind whatever the URL, as in Gatus.
func (r *reader) target(e *endpoint) {
	r.push("url")
	defer r.pop()
	if e.url == nil {
		if e.DNS != nil {
			e.Kind, e.Target = KindDNS, Target{Scheme: "dns", Port: 53, Path: "/"}
			return
		}
		r.fail(e.at, Message{Problem: "the endpoint has no url", Accepted: strings.Join(schemeNames(), ", ")})
		return
	}
	s, ok := r.scalar(e.url, "a URL such as https://example.com/health")
	if !ok {
		return
	}
	e.URL = strings.TrimSpace(s.text)
	if e.DNS != nil {
		r.dnsTarget(e)
		return
	}
	name, rest, found := strings.Cut(e.URL, "://")
	if !found {
		r.schemeless(e, s.hide())
		return
	}
	lower := strings.ToLower(name)
	for _, rejected := range rejectedSchemes {
		if lower == rejected.name {
			r.noteValue("endpoints[].url ("+lower+"://)", rejected.why, Rejected)
			r.fail(e.url, Message{Problem: rejected.why, Verdict: Rejected})
			return
		}
	}
	kind, scheme, known := findScheme(lower)
	switch {
	case !known:
		r.badURL(e, "has a scheme that is not known", strings.Join(schemeNames(), ", "), likeURL(lower, rest))
	case kind.Kind == KindDNS:
		r.fail(e.url, Message{Problem: "a dns:// url needs a dns: block with the question", Accepted: "dns: {query-name: example.com, query-type: A}"})
	default:
		if lower != name {
			e.URL = lower + "://" + rest
		}
		e.Kind, e.tls = kind.Kind, scheme.TLS
		r.address(e, kind, scheme)
	}
}

// almostURL matches a known scheme whose colon or slashes are incomplete; digits
// after the colon would be a port.
var almostURL = lazily(`^([A-Za-z]+)(?::/?|//)([^/:0-9].*|[0-9].*\D.*)$`)

// schemeless refuses a URL without a scheme, or with one that lacks something.
func (r *reader) schemeless(e *endpoint, text string) {
	problem, like := "names no scheme", "https://"+text
	if m := almostURL().FindStringSubmatch(text); m != nil {
		if _, scheme, known := findScheme(strings.ToLower(m[1])); known {
			problem, like = "lacks a part of the :// after its scheme", scheme.Name+"://"+m[2]
		}
	}
	r.badURL(e, problem, strings.Join(schemeNames(), ", "), like)
}

// likeURL puts the scheme that was probably meant before the rest of a URL.
func likeURL(scheme, rest string) string {
	if like := nearest(scheme+"://", schemeNames()); like != "" {
		return like + rest
	}
	return ""
}

// badURL refuses the url as written, so that no variable shows.
func (r *reader) badURL(e *endpoint, problem, accepted, like string) {
	if strings.ContainsAny(e.url.Value, "$") {
		like = ""
	}
	if strings.Contains(e.url.Value, "{{") {
		problem, accepted, like = "is no URL: "+unrendered, "", ""
	}
	r.fail(e.url, Message{Problem: quote(redact.URL(e.url.Value)) + " " + problem, Got: redact.URL(e.url.Value), Accepted: accepted, Nearest: redact.URL(like)})
}

// address reads host, port, path and user of a URL.
func (r *reader) address(e *endpoint, kind *KindInfo, scheme Scheme) {
	u, err := url.Parse(e.URL)
	if err != nil {
		r.badURL(e, "is not a URL: "+urlProblem(err), form(kind, scheme), "")
		return
	}
	host, port := u.Hostname(), u.Port()
	switch {
	case host == "":
		r.badURL(e, "names no host", form(kind, scheme), "")
	case !validHost(asciiHost(host)):
		r.badURL(e, "names a host that cannot exist", form(kind, scheme)+", where HOST is a name of letters, digits, - and ., or an address", "")
	case port == "" && scheme.Port == 0:
		r.badURL(e, "names no port, and "+scheme.Name+" has no usual one", form(kind, scheme), "")
	case !kind.HasPath && (u.Path != "" || u.RawQuery != "" || u.Fragment != ""):
		r.badURL(e, "goes on after the port", form(kind, scheme), scheme.Name+"://"+u.Host)
	case u.User != nil && !kind.HasPath:
		r.badURL(e, "names a user, which a "+scheme.Name+" check does not need", form(kind, scheme), scheme.Name+"://"+u.Host)
	default:
		r.fillTarget(e, u, scheme)
	}
}

// fillTarget fills in what a URL that was found good says.
func (r *reader) fillTarget(e *endpoint, u *url.URL, scheme Scheme) {
	port := scheme.Port
	if text := u.Port(); text != "" {
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil || n == 0 {
			r.badURL(e, "has a port that does not exist", "ports from 1 to 65535", "")
			return
		}
		port = uint16(n)
	}
	if u.User != nil {
		r.userinfo(e, u)
	}
	e.Target = Target{Scheme: scheme.Name, Host: asciiHost(u.Hostname()), Port: port, Path: "/"}
	e.Target.IP, _ = netip.ParseAddr(e.Target.Host)
	if path := u.RequestURI(); path != "" {
		e.Target.Path = path
	}
	if e.UI.HideHostname && !strings.Contains(e.URL, e.Target.Host) {
		// Reports look for the host of the target to hide it.
		asciiURL(u)
		e.URL = u.String()
	}
	if port == 25 {
		r.warn(e.url, "AWS blocks outbound port 25 of Lambda functions, so this check will time out there; use the submission port 587")
	}
}

// userinfo turns the user of a URL into the header that an HTTP client would
// make of it, and keeps the URL that reports show free of it.
func (r *reader) userinfo(e *endpoint, u *url.URL) {
	r.literalPassword(e.url, u)
	e.user, u.User = u.User, nil
	scheme, rest, _ := strings.Cut(e.URL, "://")
	end := strings.IndexAny(rest+"/", "/?#")
	e.URL = scheme + "://" + rest[strings.LastIndexByte(rest[:end], '@')+1:]
}

// literalPassword warns of a password that the file itself holds.
func (r *reader) literalPassword(n *yaml.Node, u *url.URL) {
	if _, set := u.User.Password(); set && !strings.Contains(n.Value, "$") {
		r.warn(n, "a password stands in this file; write a variable such as ${PASSWORD} in its place")
	}
}

// urlProblem drops the URL, which may hold a variable, from the error.
func urlProblem(err error) string {
	if e, ok := err.(*url.Error); ok {
		err = e.Err
	}
	switch err.(type) {
	case url.EscapeError:
		return "a % must be followed by two hexadecimal digits, and stands for itself as %25"
	case url.InvalidHostError:
		return "the host holds a space or another character that it cannot"
	}
	if strings.Contains(err.Error(), "port") {
		return "the port is not a number"
	}
	return "it holds a space or another character that it cannot"
}

// form shows how a URL of the scheme is written.
func form(kind *KindInfo, s Scheme) string {
	text := s.Name + "://HOST:PORT"
	if s.Port != 0 {
		text = fmt.Sprintf("%s://HOST or %s://HOST:PORT (default %d)", s.Name, s.Name, s.Port)
	}
	if kind.HasPath {
		text += ", with or without a /PATH"
	}
	return text
}
