package check

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
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
		r.badURL(e, "names no scheme", strings.Join(schemeNames(), ", "), "https://"+s.hide())
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
	r.fail(e.url, Message{Problem: quote(redactURL(e.url.Value)) + " " + problem, Got: redactURL(e.url.Value), Accepted: accepted, Nearest: redactURL(like)})
}

// redactURL hides a password that stands before the host.
func redactURL(text string) string {
	before, after, found := strings.Cut(text, "://")
	end := strings.IndexAny(after+"/", "/?#")
	if at := strings.LastIndexByte(after[:end], '@'); found && at >= 0 {
		return before + "://…" + after[at:]
	}
	return text
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
	case !validHost(host):
		r.badURL(e, "names a host that can not exist", form(kind, scheme)+", where HOST is a name of letters, digits, - and . (internationalised names as xn--…), or an address", "")
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
	e.Target = Target{Scheme: scheme.Name, Host: u.Hostname(), Port: port, Path: "/"}
	e.Target.IP, _ = netip.ParseAddr(e.Target.Host)
	if path := u.RequestURI(); path != "" {
		e.Target.Path = path
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
	e.URL = u.String()
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
		return "the host holds a space or another character that it can not"
	}
	if strings.Contains(err.Error(), "port") {
		return "the port is not a number"
	}
	return "it holds a space or another character that it can not"
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
