package probe

import (
	"net"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/nettest"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// datagrams answers each datagram with what handle makes of it; "": nothing.
func datagrams(t testing.TB, handle func(string) string) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 1<<16)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer := handle(string(buffer[:n])); answer != "" {
				_, _ = conn.WriteTo([]byte(answer), from)
			}
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return conn.LocalAddr().String()
}

func TestUDPAnswer(t *testing.T) {
	noLeaks(t)
	address := datagrams(t, func(asked string) string { return strings.ReplaceAll(asked, "I", "O") })
	r := probeOne(t, endpoint("udp://"+address, "body: PING", wantsPong, patient))
	requireHealthy(t, r)
	verifyPhases(t, r, "write ttfb")
	if r.Address != address {
		t.Errorf("address %q, want %q", r.Address, address)
	}
	r = probeOne(t, endpoint("udp://"+address, "body: PIN", wantsPong, patient))
	verify(t, r, hostile{class: result.AssertBody, phase: result.PhaseAssert, sentence: "[BODY] (PON) == PONG; it says: PON"})
}

func TestUDPLongAnswerIsCut(t *testing.T) {
	noLeaks(t)
	address := datagrams(t, func(string) string { return strings.Repeat("x", 60000) })
	requireHealthy(t, probeOne(t, endpoint("udp://"+address, "body: PING", `conditions: ["len([BODY]) == 1024"]`, patient)))
}

func TestUDPWithoutBodySendsNothing(t *testing.T) {
	noLeaks(t)
	came := make(chan string, 1)
	address := datagrams(t, func(asked string) string { came <- asked; return "" })
	r := probeOne(t, endpoint("udp://"+address, patient))
	requireHealthy(t, r)
	verifyPhases(t, r, "")
	select {
	case asked := <-came:
		t.Errorf("a datagram %q was sent", asked)
	default:
	}
}

func TestUDPNoAnswer(t *testing.T) {
	t.Run("silent", func(t *testing.T) {
		noLeaks(t)
		r := probeOne(t, endpoint("udp://"+datagrams(t, func(string) string { return "" }), "body: PING", soon))
		verify(t, r, hostile{class: result.HTTPTimeout, phase: result.PhaseTTFB, sentence: "within 400ms; over UDP a closed port, a lost datagram and a silent server look the same"})
		verifyPhases(t, r, "write")
	})
	t.Run("refused", func(t *testing.T) {
		noLeaks(t)
		r := probeOne(t, endpoint("udp://"+nettest.Refused(t), "body: PING", patient))
		verify(t, r, hostile{class: result.TCPRefused, phase: result.PhaseTTFB, sentence: "answered that nothing listens on that UDP port"})
	})
}
