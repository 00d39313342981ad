package probe

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// probeGRPC calls grpc.health.v1.Health/Check once. [BODY] is the answer as
// JSON, such as {"status":"SERVING"}.
func probeGRPC(ctx context.Context, x *exchange) error {
	conn, err := x.connectH2(ctx)
	if err != nil {
		return err
	}
	headers, err := x.callHeaders(ctx)
	if err != nil {
		return err
	}
	a, err := x.askH2(conn, headers, healthRequest(x.check.GRPCService))
	if err != nil {
		return err
	}
	status, err := x.readHealth(a)
	if err != nil {
		return err
	}
	x.seen.Connected = true
	x.keepBody(fmt.Appendf(nil, `{"status":%q}`, status), true)
	return nil
}

// connectH2 opens a connection on which HTTP/2 is spoken from the first byte.
func (x *exchange) connectH2(ctx context.Context) (net.Conn, error) {
	conn, err := x.connect(ctx)
	if err != nil || x.check.Target.Scheme != "grpcs" {
		return conn, err
	}
	secured, err := x.secure(conn, x.check.Target.Host, "h2")
	if err != nil {
		return nil, err
	}
	if secured.ConnectionState().NegotiatedProtocol != "h2" {
		return nil, failf(result.HTTPProtocol, result.PhaseTLS, nil, "%s speaks TLS but does not offer HTTP/2 (ALPN h2), which gRPC needs", x.where())
	}
	return secured, nil
}

// callHeaders are the headers of the call: those of gRPC, then the configured
// ones as its metadata.
func (x *exchange) callHeaders(ctx context.Context) ([]hpack.HeaderField, error) {
	t := &x.check.Target
	h := &hop{secure: t.Scheme == "grpcs", host: t.Host, port: t.Port}
	authority := x.check.HTTP.Host
	if authority == "" {
		authority = h.authority()
	}
	agent := userAgent
	var metadata []hpack.HeaderField
	for i := range x.check.HTTP.Headers {
		value, err := x.prober.fill(ctx, x, x.check.HTTP.Headers[i].Value)
		if err != nil {
			return nil, err
		}
		switch name := strings.ToLower(x.check.HTTP.Headers[i].Name); name {
		case "user-agent":
			agent = value
		case "content-type", "te", "host", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "content-length":
			// The call's own, or none of HTTP/2's.
		default:
			metadata = append(metadata, hpack.HeaderField{Name: name, Value: oneLine(value), Sensitive: true})
		}
	}
	return append([]hpack.HeaderField{
		{Name: ":method", Value: http.MethodPost}, {Name: ":scheme", Value: h.scheme()},
		{Name: ":path", Value: "/grpc.health.v1.Health/Check"}, {Name: ":authority", Value: authority},
		{Name: "content-type", Value: "application/grpc"}, {Name: "te", Value: "trailers"},
		{Name: "grpc-timeout", Value: strconv.FormatInt(max(x.left().Milliseconds(), 1), 10) + "m"},
		{Name: "user-agent", Value: oneLine(agent)},
	}, metadata...), nil
}

var lineBreaks = strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ")

// oneLine keeps a value that was filled in at run time from being refused.
func oneLine(value string) string { return lineBreaks.Replace(value) }

// servingStatus are the names of HealthCheckResponse.ServingStatus.
var servingStatus = []string{"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"}

// readHealth takes the health out of a complete answer.
func (x *exchange) readHealth(a *h2Answer) (string, error) {
	if status := a.headers[":status"]; status != "200" {
		return "", x.notGRPC(a, status)
	}
	kind := a.headers["content-type"]
	code, told := a.trailers["grpc-status"]
	if kind != "application/grpc" && !strings.HasPrefix(kind, "application/grpc+") && !strings.HasPrefix(kind, "application/grpc;") {
		return "", failf(result.HTTPProtocol, result.PhaseAssert, nil, "%s answered the gRPC call with %s instead of application/grpc%s", x.where(), orNothing(redact.Snippet([]byte(kind), quoteLimit)), x.says(a.body))
	}
	number, err := strconv.Atoi(code)
	switch {
	case !told || err != nil || number < 0:
		return "", failf(result.HTTPProtocol, result.PhaseAssert, err, "%s ended the gRPC call without a usable status", x.where())
	case number != 0:
		return "", x.callFailure(number, a.trailers["grpc-message"])
	}
	status, err := parseHealth(a.body)
	if err != nil {
		return "", failf(result.HTTPProtocol, result.PhaseAssert, err, "%s answered the health check with something that is no health: %s", x.where(), err)
	}
	if status < uint64(len(servingStatus)) {
		return servingStatus[status], nil
	}
	return strconv.FormatUint(status, 10), nil
}

// notGRPC is an answer of something in front of the service, such as a load
// balancer without healthy targets.
func (x *exchange) notGRPC(a *h2Answer, status string) error {
	code, err := strconv.Atoi(status)
	if err != nil {
		return failf(result.HTTPProtocol, result.PhaseAssert, err, "%s answered the gRPC call without an HTTP status", x.where())
	}
	x.seen.Status = code
	text := strings.TrimSpace(fmt.Sprintf("%d %s", code, http.StatusText(code)))
	return failf(result.HTTPStatus, result.PhaseAssert, nil, "%s answered the gRPC call with HTTP %s%s", x.where(), text, x.says(a.body))
}

func (x *exchange) says(body []byte) string {
	if quote := redact.Snippet(body, quoteLimit, x.secrets...); strings.TrimSpace(quote) != "" {
		return "; it says: " + quote
	}
	return ""
}

func orNothing(s string) string {
	if s == "" {
		return "no content type"
	}
	return s
}

// codeNames are the status codes of gRPC.
var codeNames = []string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
	"UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
}

// callFailure says what a gRPC status other than OK means for a health check.
func (x *exchange) callFailure(code int, message string) error {
	name := fmt.Sprintf("code %d", code)
	if code < len(codeNames) {
		name = codeNames[code]
	}
	if decoded, err := url.PathUnescape(message); err == nil {
		message = decoded
	}
	said := name
	if quote := redact.Snippet([]byte(message), quoteLimit, x.secrets...); quote != "" {
		said += ": " + quote
	}
	switch name {
	case "UNIMPLEMENTED":
		return failf(result.HTTPStatus, result.PhaseAssert, nil, "%s speaks gRPC but has no health service (%s)", x.where(), said)
	case "NOT_FOUND":
		return failf(result.HTTPStatus, result.PhaseAssert, nil, "the health service of %s does not know the service %q (%s)", x.where(), x.check.GRPCService, said)
	default:
		return failf(result.HTTPStatus, result.PhaseAssert, nil, "%s answered the gRPC health check with %s", x.where(), said)
	}
}
