package probe

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// socketServer opens WebSockets and hands each to handle.
func socketServer(t testing.TB, handle func(context.Context, *websocket.Conn)) string {
	t.Helper()
	return strings.TrimPrefix(web(t, func(w http.ResponseWriter, r *http.Request) {
		socket, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer socket.CloseNow()
		handle(r.Context(), socket)
	}), "http://")
}

// echoMessage answers one message and then notes how the socket was closed.
func echoMessage(closed chan<- websocket.StatusCode) func(context.Context, *websocket.Conn) {
	return func(ctx context.Context, socket *websocket.Conn) {
		for {
			kind, message, err := socket.Read(ctx)
			if err != nil {
				closed <- websocket.CloseStatus(err)
				return
			}
			_ = socket.Write(ctx, kind, []byte(strings.ReplaceAll(string(message), "I", "O")))
		}
	}
}

func TestWSHandshake(t *testing.T) {
	noLeaks(t)
	closed := make(chan websocket.StatusCode, 1)
	r := probeOne(t, endpoint("ws://"+socketServer(t, echoMessage(closed)), patient, `conditions: ["[CONNECTED] == true", "[STATUS] == 101"]`))
	requireHealthy(t, r)
	verifyPhases(t, r, "tcp write ttfb body")
	if code := <-closed; code != websocket.StatusNormalClosure {
		t.Errorf("the server saw close code %d, want a normal closure", code)
	}
}

func TestWSMessage(t *testing.T) {
	noLeaks(t)
	closed := make(chan websocket.StatusCode, 2)
	address := socketServer(t, echoMessage(closed))
	requireHealthy(t, probeOne(t, endpoint("ws://"+address+"/socket?x=1", "body: PING", wantsPong, patient)))
	r := probeOne(t, endpoint("ws://"+address, "body: PIN", wantsPong, patient))
	verify(t, r, hostile{class: result.AssertBody, phase: result.PhaseAssert, sentence: "[BODY] (PON) == PONG; it says: PON"})
	for range 2 {
		<-closed
	}
}

func TestWSSHandshake(t *testing.T) {
	noLeaks(t)
	trusted := newAuthority(t)
	address := serveTLS(t, trusted.issue(t, nil), accepts(hold))
	r := probeOne(t, endpoint("wss://"+address, "client: {timeout: 4s, tls: {ca-file: "+trusted.file(t)+"}}", `conditions: ["[STATUS] == 101", "[CERTIFICATE_EXPIRATION] > 29d"]`))
	requireHealthy(t, r)
	verifyPhases(t, r, "tcp tls write ttfb body")
}

func TestWSSendsTheConfiguredHeaders(t *testing.T) {
	noLeaks(t)
	seen := make(chan *http.Request, 1)
	address := strings.TrimPrefix(web(t, func(w http.ResponseWriter, r *http.Request) {
		seen <- r
		http.Error(w, "token abcdefgh is not known\x1b[2J", http.StatusForbidden)
	}), "http://")
	r := probeOne(t, endpoint("ws://"+address+"/socket?x=1", `headers: {Authorization: "Bearer abcdefgh", Host: chat.example, X-Name: "[ENDPOINT_NAME]"}`, patient))
	verify(t, r, hostile{class: result.HTTPStatus, phase: result.PhaseAssert, sentence: "answered 403 Forbidden instead of opening a WebSocket; it says: token [redacted] is not known␛[2J"})
	if r.Status != http.StatusForbidden {
		t.Errorf("status %d", r.Status)
	}
	request := <-seen
	for name, want := range map[string]string{"Authorization": "Bearer abcdefgh", "X-Name": "e", "User-Agent": userAgent} {
		if got := request.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if request.Host != "chat.example" || request.URL.String() != "/socket?x=1" {
		t.Errorf("asked %s for %s", request.Host, request.URL)
	}
}

func TestWSRedirectIsNotFollowed(t *testing.T) {
	noLeaks(t)
	address := serve(t, replay("HTTP/1.1 302 Found\r\nLocation: https://example.com/\r\nContent-Length: 0\r\n\r\n"))
	r := probeOne(t, endpoint("ws://"+address, patient))
	verify(t, r, hostile{class: result.HTTPStatus, phase: result.PhaseAssert, sentence: "answered 302 Found instead of opening a WebSocket"})
}

// accepts makes the handshake by hand and goes on with next.
func accepts(next func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		request, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		sum := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
			base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"))
		next(conn)
	}
}

func TestWSHostile(t *testing.T) {
	for _, c := range []struct {
		hostile
		phases string
	}{
		{hostile{name: "garbage", handle: says("\x00\xff\x1b[2J\r\n"), class: result.HTTPProtocol, phase: result.PhaseBody, sentence: "does not follow the protocol"}, "tcp write ttfb"},
		{hostile{name: "endless headers", handle: endless("HTTP/1.1 101 Switching Protocols\r\n", "X-Filler: "+strings.Repeat("x", 1000)+"\r\n"), class: result.HTTPTooLarge, phase: result.PhaseBody, sentence: "more than 64 KiB of headers"}, ""},
		{hostile{name: "one byte at a time", handle: drip("", "HTTP/1.1 101 Switching Protocols\r\n"), class: result.HTTPTimeout, phase: result.PhaseBody, sentence: "was not complete within 400ms"}, "tcp write ttfb"},
		{hostile{name: "wrong key", handle: replay("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n"), class: result.HTTPProtocol, phase: result.PhaseBody, sentence: "Sec-WebSocket-Accept"}, "tcp write ttfb body"},
		{hostile{name: "a page", handle: replay(jsonAnswer(`{"a":1}`)), class: result.HTTPStatus, phase: result.PhaseAssert, sentence: `answered 200 OK instead of opening a WebSocket; it says: {"a":1}`}, "tcp write ttfb body"},
		{hostile{name: "an endless refusal", handle: endless("HTTP/1.1 500 No\r\n\r\n", "no\n"), class: result.HTTPStatus, phase: result.PhaseAssert, sentence: "answered 500 Internal Server Error instead of opening a WebSocket; it says: no no"}, ""},
		{hostile{name: "a slow refusal", handle: drip("HTTP/1.1 503 No\r\n\r\n", strings.Repeat("n", 100)), class: result.HTTPStatus, phase: result.PhaseAssert, sentence: "answered 503 Service Unavailable instead of opening a WebSocket; it says: nn"}, ""},
		{hostile{name: "no message", handle: accepts(hold), class: result.HTTPTimeout, phase: result.PhaseTTFB, sentence: "opened the WebSocket but sent no message within 400ms"}, "tcp write ttfb body"},
		{hostile{name: "closes", handle: accepts(func(c net.Conn) { _, _ = c.Read(make([]byte, 100)) }), class: result.HTTPEOF, phase: result.PhaseTTFB, sentence: "closed the connection without an answer"}, ""},
		{hostile{name: "closes with a reason", handle: accepts(says("\x88\x0e\x03\xf3going down\x1b]")), class: result.HTTPEOF, phase: result.PhaseTTFB, sentence: "closed the WebSocket instead of sending a message: code 1011, going down␛]"}, ""},
		{hostile{name: "garbage frames", handle: accepts(replies(strings.Repeat("\xff", 20))), class: result.HTTPProtocol, phase: result.PhaseTTFB, sentence: "does not follow the protocol"}, ""},
		{hostile{name: "endless message", handle: accepts(flood(false, "\x01\x7e\xff\xff"+strings.Repeat("x", 0xffff)+strings.Repeat("\x00\x7e\xff\xff"+strings.Repeat("x", 0xffff), 40))), class: result.HTTPTooLarge, phase: result.PhaseBody, sentence: "a message of more than 1048576 bytes, the limit set by client.max-body-size"}, ""},
		{hostile{name: "a message without end", handle: accepts(replies("\x01\x02ab")), class: result.HTTPTimeout, phase: result.PhaseBody, sentence: "was not complete within 400ms"}, ""},
		{hostile{name: "endless pings", handle: accepts(flood(false, "\x89\x00")), class: result.HTTPTimeout, phase: result.PhaseTTFB, sentence: "opened the WebSocket but sent no message within 400ms"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			r := probeOne(t, endpoint("ws://"+serve(t, c.handle), "body: PING", timeoutFor(c.class)))
			verify(t, r, c.hostile)
			if c.phases != "" {
				verifyPhases(t, r, c.phases)
			}
		})
	}
}

// A server that does not answer the closing of the socket costs no time.
func TestWSIsNotHeldUpAtTheEnd(t *testing.T) {
	noLeaks(t)
	r := probeOne(t, endpoint("ws://"+serve(t, accepts(hold)), "client: {timeout: 30s}"))
	requireHealthy(t, r)
	if took := time.Duration(r.Duration); took > 4*time.Second { // less than the 5 s that the library waits
		t.Errorf("took %v", took)
	}
}

func TestWSPlainToTLSPort(t *testing.T) {
	noLeaks(t)
	r := probeOne(t, endpoint("ws://"+serveTLS(t, newAuthority(t).issue(t, nil), hold), soon))
	if r.Class != result.HTTPEOF && r.Class != result.HTTPProtocol && r.Class != result.TCPReset {
		t.Errorf("class %q (%s)", r.Class, r.Error)
	}
}
