package awsapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// protocol is how a service is spoken to.
type protocol int

const (
	jsonProtocol     protocol = iota // a POST that names its target in a header
	queryProtocol                    // a POST of a form, answered in XML
	restProtocol                     // a GET of a path, answered in XML
	restJSONProtocol                 // a GET of a path, answered in JSON
)

// protocol is told by the part of the target before the dot: the version of a
// Query API is a date, and "rest" and "restjson" stand for paths.
func (o operation) protocol() protocol {
	before, _, _ := strings.Cut(o.target, ".")
	switch {
	case before == "rest":
		return restProtocol
	case before == "restjson":
		return restJSONProtocol
	case len(before) == len("2006-01-02") && before[4] == '-':
		return queryProtocol
	}
	return jsonProtocol
}

// jsonVersion is the version of the JSON protocol that a service speaks.
func (o operation) jsonVersion() string {
	if o.service == "dynamodb" {
		return "1.0"
	}
	return "1.1"
}

// encode makes the body of a request: of in for JSON, of the form for Query.
func (r request) encode() ([]byte, error) {
	switch r.operation.protocol() {
	case queryProtocol:
		form := url.Values{}
		for name, values := range r.form {
			form[name] = values
		}
		version, name, _ := strings.Cut(r.operation.target, ".")
		form.Set("Version", version)
		form.Set("Action", name)
		return []byte(form.Encode()), nil
	case restProtocol, restJSONProtocol:
		return nil, nil
	}
	return json.Marshal(r.in)
}

// signed makes the HTTP request of one attempt.
func (c *Client) signed(ctx context.Context, r request, body []byte, attempt int) (*http.Request, error) {
	where, err := c.config.serviceEndpoint(r.operation.service, r.region)
	if err != nil {
		return nil, err
	}
	method, path := http.MethodPost, "/"
	if p := r.operation.protocol(); p == restProtocol || p == restJSONProtocol {
		method, path = http.MethodGet, r.path
	}
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(where, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	switch r.operation.protocol() {
	case jsonProtocol:
		request.Header.Set("Content-Type", "application/x-amz-json-"+r.operation.jsonVersion())
		request.Header.Set("X-Amz-Target", r.operation.target)
	case queryProtocol:
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	request.Header.Set("Amz-Sdk-Request", fmt.Sprintf("attempt=%d; max=%d", attempt, attempts))
	keys, err := c.credentials(ctx)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(body)
	err = v4.NewSigner().SignHTTP(ctx, keys, request, hex.EncodeToString(hash[:]), r.operation.service, r.region, time.Now())
	return request, err
}

// decode reads an answer. The parser's own error may quote the answer, which
// may be a secret, so it is not passed on.
func (r request) decode(text []byte) error {
	if p := r.operation.protocol(); p == jsonProtocol || p == restJSONProtocol {
		if json.Unmarshal(text, r.out) != nil {
			return errors.New("the answer is not JSON of the expected form")
		}
		return nil
	}
	if xml.Unmarshal(text, r.out) != nil {
		return errors.New("the answer is not XML of the expected form")
	}
	return nil
}

// xmlRefusal has the forms in which Query and REST services write errors.
type xmlRefusal struct {
	Code     string `xml:"Error>Code"`
	Message  string `xml:"Error>Message"`
	Code2    string `xml:"Errors>Error>Code"` // of EC2
	Message2 string `xml:"Errors>Error>Message"`
}

func readXMLRefusal(text []byte) (code, message string) {
	var body xmlRefusal
	if xml.Unmarshal(text, &body) != nil {
		return "", "" // a proxy may have answered with HTML: then the status says it
	}
	return body.Code + body.Code2, body.Message + body.Message2
}

// members is a Query parameter that is a list.
func members(form url.Values, name string, values ...string) url.Values {
	for i, v := range values {
		form.Set(fmt.Sprintf("%s.%d", name, i+1), v)
	}
	return form
}
