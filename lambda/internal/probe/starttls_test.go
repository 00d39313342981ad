package probe

import (
	"bufio"
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// dialogue is a mail server that gives the answers in turn: the first at once,
// each other to one line.
func dialogue(answers ...string) func(net.Conn) {
	return func(conn net.Conn) {
		lines := bufio.NewReader(conn)
		for i, answer := range answers {
			if i > 0 {
				if _, err := lines.ReadString('\n'); err != nil {
					return
				}
			}
			_, _ = conn.Write([]byte(answer))
		}
		hold(conn)
	}
}

const (
	greeting = "220 mail.example ESMTP\r\n"
	offer    = "250-mail.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n"
)

// mailServer goes on to a handshake and then answers until it hears QUIT.
func mailServer(certificate tls.Certificate) func(net.Conn) {
	return func(conn net.Conn) {
		lines := bufio.NewReader(conn)
		_, _ = conn.Write([]byte(greeting))
		for _, answer := range []string{offer, "220 go ahead\r\n"} {
			if _, err := lines.ReadString('\n'); err != nil {
				return
			}
			_, _ = conn.Write([]byte(answer))
		}
		secured := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}})
		if secured.Handshake() == nil {
			hold(secured)
		}
	}
}

func TestSTARTTLS(t *testing.T) {
	noLeaks(t)
	trusted := newAuthority(t)
	client := "client: {timeout: 4s, tls: {ca-file: " + trusted.file(t) + "}}"
	address := serve(t, mailServer(trusted.issue(t, nil)))
	r := probeOne(t, endpoint("starttls://"+address, client, `conditions: ["[CONNECTED] == true", "[CERTIFICATE_EXPIRATION] > 29d"]`))
	requireHealthy(t, r)
	verifyPhases(t, r, "tcp tls write ttfb")
	if r.Certificate == nil || r.Status != 0 {
		t.Errorf("certificate %+v, status %d", r.Certificate, r.Status)
	}
	r = probeOne(t, endpoint("starttls://"+address, client, `conditions: ["[CERTIFICATE_EXPIRATION] > 99d"]`))
	verify(t, r, hostile{class: result.AssertValue, phase: result.PhaseAssert, sentence: "[CERTIFICATE_EXPIRATION]"})
}

func TestSTARTTLSSaysHelloAndGoodbye(t *testing.T) {
	noLeaks(t)
	certificate := newAuthority(t).issue(t, nil)
	heard := make(chan string, 3)
	address := serve(t, func(conn net.Conn) {
		lines := bufio.NewReader(conn)
		_, _ = conn.Write([]byte(greeting))
		for _, answer := range []string{offer, "220 go ahead\r\n"} {
			line, _ := lines.ReadString('\n')
			heard <- line
			_, _ = conn.Write([]byte(answer))
		}
		line, _ := bufio.NewReader(tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}})).ReadString('\n')
		heard <- line
	})
	requireHealthy(t, probeOne(t, endpoint("starttls://"+address, "client: {timeout: 4s, insecure: true}")))
	for _, want := range []string{"EHLO [127.0.0.1]\r\n", "STARTTLS\r\n", "QUIT\r\n"} {
		if got := <-heard; got != want {
			t.Errorf("heard %q, want %q", got, want)
		}
	}
}

func TestSTARTTLSHostile(t *testing.T) {
	for _, c := range []struct {
		hostile
		phases string
	}{
		{hostile{name: "no STARTTLS", handle: dialogue(greeting, "250-mail.example\r\n250 SIZE\r\n"), class: result.TLSNotTLS, phase: result.PhaseTTFB, sentence: "speaks SMTP but does not offer STARTTLS"}, "tcp write ttfb"},
		{hostile{name: "greeting 554", handle: dialogue("554 no\x1b[2J service for you\r\n"), class: result.HTTPStatus, phase: result.PhaseTTFB, sentence: "answered the connection with 554 no␛[2J service for you"}, "tcp"},
		{hostile{name: "greeting 421", handle: dialogue("421-busy\r\n421 come back\r\n"), class: result.HTTPStatus, phase: result.PhaseTTFB, sentence: "answered the connection with 421 busy come back"}, "tcp"},
		{hostile{name: "EHLO refused", handle: dialogue(greeting, "502 what?\r\n"), class: result.HTTPStatus, phase: result.PhaseTTFB, sentence: "answered EHLO with 502 what?"}, "tcp write ttfb"},
		{hostile{name: "STARTTLS refused", handle: dialogue(greeting, offer, "454 not now\r\n"), class: result.HTTPStatus, phase: result.PhaseTTFB, sentence: "answered STARTTLS with 454 not now"}, "tcp write ttfb"},
		{hostile{name: "silent after greeting", handle: dialogue(greeting), class: result.HTTPTimeout, phase: result.PhaseTTFB, sentence: "did not answer EHLO completely within 400ms"}, "tcp write ttfb"},
		{hostile{name: "silent in the handshake", handle: dialogue(greeting, offer, "220 go ahead\r\n"), class: result.TLSTimeout, phase: result.PhaseTLS, sentence: "did not finish the TLS handshake within 400ms"}, "tcp write ttfb"},
		{hostile{name: "injected text", handle: dialogue(greeting, offer, "220 go ahead\r\n250 more\r\n"), class: result.HTTPProtocol, phase: result.PhaseTTFB, sentence: "sent more than its answer to STARTTLS before the TLS handshake"}, "tcp write ttfb"},
		{hostile{name: "closes after greeting", handle: func(conn net.Conn) {
			_, _ = conn.Write([]byte(greeting))
			_, _ = conn.Read(make([]byte, 100))
		}, class: result.HTTPEOF, phase: result.PhaseTTFB, sentence: "closed the connection instead of answering EHLO"}, "tcp write ttfb"},
		{hostile{name: "SSH", handle: says("SSH-2.0-OpenSSH_9.6\r\n"), class: result.HTTPProtocol, phase: result.PhaseTTFB, sentence: "does not speak SMTP on that port; it says: SSH-2.0-OpenSSH_9.6"}, "tcp"},
		{hostile{name: "garbage", handle: says("\x00\xff\x1b[2J\r\n"), class: result.HTTPProtocol, phase: result.PhaseTTFB, sentence: "does not speak SMTP on that port"}, "tcp"},
		{hostile{name: "endless greeting", handle: flood(true, "220-welcome\r\n"), class: result.HTTPTooLarge, phase: result.PhaseTTFB, sentence: "sent more than 64 KiB without an end to its SMTP answer"}, "tcp"},
		{hostile{name: "endless line", handle: flood(true, "2"), class: result.HTTPTooLarge, phase: result.PhaseTTFB, sentence: "sent more than 64 KiB"}, "tcp"},
		{hostile{name: "one byte at a time", handle: dripRaw(true, greeting), class: result.HTTPTimeout, phase: result.PhaseTTFB, sentence: "did not answer the connection completely within 400ms"}, "tcp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			r := probeOne(t, endpoint("starttls://"+serve(t, c.handle), timeoutFor(c.class)))
			verify(t, r, c.hostile)
			verifyPhases(t, r, c.phases)
		})
	}
}

func TestAddressLiteral(t *testing.T) {
	for text, want := range map[string]string{"10.0.0.1:25": "[10.0.0.1]", "[fd00::1]:25": "[IPv6:fd00::1]"} {
		address, err := net.ResolveTCPAddr("tcp", text)
		if err != nil {
			t.Fatal(err)
		}
		if got := addressLiteral(address); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if !strings.HasPrefix(addressLiteral(&net.UnixAddr{Name: "x"}), "localhost") {
		t.Error("an address without host has no literal")
	}
}

func FuzzReadSMTP(f *testing.F) {
	f.Add(greeting)
	f.Add(offer)
	f.Add("220-a\r\n221 b\r\n")
	f.Add("SSH-2.0-x\r\n")
	f.Add("220\n")
	f.Fuzz(func(t *testing.T, text string) {
		code, said, err := readSMTP(bufio.NewReaderSize(strings.NewReader(text), 16))
		if err == nil && (code < 100 || code > 999 || len(said) > len(text) || !strings.Contains(text, "\n")) {
			t.Errorf("%d %q from %q", code, said, text)
		}
		offersSTARTTLS(said)
	})
}
