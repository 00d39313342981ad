package probe

import (
	"net"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/nettest"
	"hokus.ai/tidewatch/lambda/internal/result"
)

const wantsPong = `conditions: ["[CONNECTED] == true", "[BODY] == PONG"]`

// replies answers the first bytes with the pieces, with a pause between them,
// and then waits for the client to go.
func replies(pieces ...string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		for _, piece := range pieces {
			_, _ = conn.Write([]byte(piece))
			time.Sleep(30 * time.Millisecond)
		}
		hold(conn)
	}
}

func TestTCPConnects(t *testing.T) {
	noLeaks(t)
	address := serve(t, hold)
	r := probeOne(t, endpoint("tcp://"+address, patient, `conditions: ["[CONNECTED] == true", "[IP] == 127.0.0.1", "[CONNECT_TIME] < 1s"]`))
	requireHealthy(t, r)
	verifyPhases(t, r, "tcp")
	if r.Address != address || r.Status != 0 {
		t.Errorf("address %q, status %d", r.Address, r.Status)
	}
}

func TestTCPOverAName(t *testing.T) {
	noLeaks(t)
	_, port, _ := net.SplitHostPort(serve(t, hold))
	resolver := nameserver(t, answerA("127.0.0.1"))
	r := probeOne(t, endpoint("tcp://db.example:"+port, "client: {timeout: 4s, dns-resolver: \"udp://"+resolver+"\"}"))
	requireHealthy(t, r)
	verifyPhases(t, r, "dns tcp")
}

func TestTCPRepliesAreJudged(t *testing.T) {
	noLeaks(t)
	address := serve(t, replies("PONG"))
	r := probeOne(t, endpoint("tcp://"+address, "body: PING", wantsPong, patient))
	requireHealthy(t, r)
	verifyPhases(t, r, "tcp write ttfb") // no body: a reply that is right is not waited for
	r = probeOne(t, endpoint("tcp://"+address, "body: PING", `conditions: ["[BODY] == DONE"]`, "client: {timeout: 4s}"))
	verify(t, r, hostile{class: result.AssertBody, phase: result.PhaseAssert, sentence: "[BODY] (PONG) == DONE; it says: PONG"})
	verifyPhases(t, r, "tcp write ttfb body")
}

func TestTCPReplyInPieces(t *testing.T) {
	noLeaks(t)
	r := probeOne(t, endpoint("tcp://"+serve(t, replies("P", "ON", "G")), "body: PING", wantsPong, "client: {timeout: 4s}"))
	requireHealthy(t, r)
	verifyPhases(t, r, "tcp write ttfb body")
}

func TestTCPReplyThenEnd(t *testing.T) {
	noLeaks(t)
	r := probeOne(t, endpoint("tcp://"+serve(t, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = conn.Write([]byte("NO"))
	}), "body: PING", wantsPong, "client: {timeout: 4s}"))
	verify(t, r, hostile{class: result.AssertBody, phase: result.PhaseAssert, sentence: "[BODY] (NO) == PONG"})
	if took := time.Duration(r.Duration); took >= replyPause {
		t.Errorf("took %v after the stream had ended", took)
	}
}

func TestTCPHostile(t *testing.T) {
	for _, c := range []struct {
		hostile
		phases string
	}{
		{hostile{name: "garbage", handle: replies("\x00\xff\x1b[2J"), class: result.AssertBody, phase: result.PhaseAssert, sentence: "not as expected: [BODY]"}, "tcp write ttfb body"},
		{hostile{name: "endless", handle: flood(false, "x"), class: result.AssertBody, phase: result.PhaseAssert, sentence: "not as expected: [BODY] (xxx"}, ""},
		{hostile{name: "one byte at a time", handle: dripRaw(false, strings.Repeat("x", 100)), class: result.AssertBody, phase: result.PhaseAssert, sentence: "it says: xxx"}, "tcp write ttfb body"},
		{hostile{name: "reset in the reply", handle: func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = conn.Write([]byte("PO"))
			time.Sleep(20 * time.Millisecond) // lets the bytes arrive before the reset discards them
			reset(conn)
		}, class: result.TCPReset, phase: result.PhaseBody, sentence: "reset the connection in the middle of the answer"}, "tcp write ttfb body"},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			limit := patient
			if c.name == "one byte at a time" { // which only the timeout ends
				limit = soon
			}
			r := probeOne(t, endpoint("tcp://"+serve(t, c.handle), "body: PING", wantsPong, limit))
			verify(t, r, c.hostile)
			if c.phases != "" {
				verifyPhases(t, r, c.phases)
			}
		})
	}
}

func TestTCPBodyPlaceholders(t *testing.T) {
	noLeaks(t)
	address := serve(t, func(conn net.Conn) {
		asked := make([]byte, 100)
		n, _ := conn.Read(asked)
		if string(asked[:n]) == "e "+conn.RemoteAddr().String() {
			_, _ = conn.Write([]byte("PONG"))
		}
	})
	requireHealthy(t, probeOne(t, endpoint("tcp://"+address, "body: \"[ENDPOINT_NAME] [LOCAL_ADDRESS]\"", wantsPong, patient)))
}

func TestTCPFailureCanBeWanted(t *testing.T) {
	noLeaks(t)
	r := probeOne(t, endpoint("tcp://"+nettest.Refused(t), patient, `conditions: ["[CONNECTED] == false"]`))
	requireHealthy(t, r)
}
