package check

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"go.yaml.in/yaml/v4"
)

// userAgent is sent unless the file names another one.
const userAgent = "Tidewatch/1.0"

// request identifies the HTTP part of an endpoint. Endpoints with the same one,
// by default or through an alias, share the result.
type request struct {
	kind          bool // whether body is part of it
	method        string
	graphql       bool
	headers, body *yaml.Node
}

// request reads method, headers and body.
func (r *reader) request(e *endpoint) {
	isHTTP := e.Kind == KindHTTP
	id := request{kind: isHTTP, method: e.method, graphql: e.graphql, headers: e.headers}
	if isHTTP {
		id.body = e.body
	} else if e.body != nil {
		r.push("body")
		e.Body, _ = r.value(e.body, false)
		r.pop()
	}
	if e.HTTP = r.pools.requests[id]; e.HTTP == nil {
		e.HTTP = r.newRequest(id)
		r.pools.requests[id] = e.HTTP
	}
	if e.user != nil && !hasHeader(e.HTTP.Headers, "Authorization") {
		h := *e.HTTP
		password, _ := e.user.Password()
		basic := base64.StdEncoding.EncodeToString([]byte(e.user.Username() + ":" + password))
		h.Headers = append(h.Headers[:len(h.Headers):len(h.Headers)], Header{"Authorization", Value{Text: "Basic " + basic, Sensitive: true}})
		e.HTTP = &h
	}
}

// newRequest reads headers and body, and adds the headers that Gatus would add.
func (r *reader) newRequest(id request) *HTTP {
	h := &HTTP{Method: id.method, GraphQL: id.graphql}
	if id.headers != nil {
		r.push("headers")
		r.entries(id.headers, "a mapping of header names to texts such as {Accept: text/html}", func(name, value *yaml.Node) { r.header(h, name, value) })
		r.pop()
	}
	if id.graphql && !hasHeader(h.Headers, "Content-Type") {
		h.Headers = append(h.Headers, Header{"Content-Type", Value{Text: "application/json"}})
	}
	if !hasHeader(h.Headers, "User-Agent") {
		h.Headers = append(h.Headers, Header{"User-Agent", Value{Text: userAgent}})
	}
	if id.body != nil {
		r.push("body")
		h.Body, _ = r.value(id.body, false)
		if id.graphql {
			r.wrapQuery(&h.Body, id.body)
		}
		r.pop()
	}
	return h
}

// wrapQuery makes the JSON that GraphQL servers expect of a query.
func (r *reader) wrapQuery(v *Value, n *yaml.Node) {
	if v.Secret != nil {
		r.fail(n, Message{Problem: "a graphql body cannot be a reference to a secret; put the secret into a header", Accepted: "the query as text"})
		return
	}
	text, err := json.Marshal(map[string]string{"query": v.Text})
	if err != nil { // not possible for a string
		r.fail(n, Message{Problem: err.Error()})
		return
	}
	v.Text = string(text)
}

// header reads one header. Host is not one: it replaces the name in the URL.
func (r *reader) header(h *HTTP, name, value *yaml.Node) {
	if !isToken(name.Value) {
		r.fail(name, Message{Problem: quote(name.Value) + " cannot be the name of a header", Accepted: "letters, digits and !#$%&'*+-.^_`|~"})
		return
	}
	v, ok := r.value(value, namesSecret(name.Value))
	if !ok {
		return
	}
	if strings.ContainsFunc(v.Text, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
		r.fail(value, Message{Problem: "the value of a header cannot hold a line break or control character", Got: "…"})
		return
	}
	if strings.EqualFold(name.Value, "Host") {
		host := hostOf(v.Text)
		h.Host = strings.Replace(v.Text, host, asciiHost(host), 1)
		if v.Secret != nil || v.Text != "" && !validHost(asciiHost(host)) {
			r.fail(value, Message{Problem: quote(value.Value) + " is not a host", Accepted: "a name or address, with a port if need be"})
		}
		return
	}
	h.Headers = append(h.Headers, Header{r.intern(name.Value), v})
}

// hostOf drops a port.
func hostOf(text string) string {
	if i := strings.LastIndexByte(text, ':'); i >= 0 && !strings.Contains(text[i:], "]") {
		text = text[:i]
	}
	return strings.Trim(text, "[]")
}

// hasHeader finds a header in any case.
func hasHeader(hs []Header, name string) bool {
	for _, h := range hs {
		if strings.EqualFold(h.Name, name) {
			return true
		}
	}
	return false
}

// isToken reports whether a text is a token of RFC 9110.
func isToken(text string) bool {
	for _, c := range []byte(text) {
		alphanumeric := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !alphanumeric && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return text != ""
}

// methods are stored in upper case however they are written.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodOptions, http.MethodConnect, http.MethodTrace,
}

// method takes any token, because servers may know methods of their own.
func method(r *reader, n *yaml.Node, e *endpoint) {
	s, ok := r.scalar(n, "a method such as GET or POST")
	if !ok {
		return
	}
	if !isToken(s.text) {
		r.fail(n, Message{Problem: quote(n.Value) + " is not a method", Accepted: strings.Join(methods, ", ")})
		return
	}
	e.method = r.intern(s.text)
	for _, m := range methods {
		if strings.EqualFold(m, s.text) {
			e.method = m
		}
	}
}
