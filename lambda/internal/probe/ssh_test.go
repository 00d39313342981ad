package probe

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// says sends text and waits for the client to go.
func says(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = conn.Write([]byte(text))
		hold(conn)
	}
}

const wantsSSH = `conditions: ["[CONNECTED] == true", "[STATUS] == 0", "[BODY] == pat(SSH-2.0-*)"]`

func TestSSHIdentification(t *testing.T) {
	for name, text := range map[string]string{
		"alone":             "SSH-2.0-OpenSSH_9.6\r\n",
		"bare line feed":    "SSH-2.0-OpenSSH_9.6\n",
		"lines before":      "Welcome\r\nto our host\r\nSSH-2.0-dropbear\r\n",
		"key exchange next": "SSH-2.0-OpenSSH_9.6\r\n\x00\x00\x04\x14",
	} {
		t.Run(name, func(t *testing.T) {
			noLeaks(t)
			r := probeOne(t, endpoint("ssh://"+serve(t, says(text)), patient, wantsSSH))
			requireHealthy(t, r)
			verifyPhases(t, r, "tcp ttfb body")
		})
	}
}

func TestSSHConditionsFail(t *testing.T) {
	noLeaks(t)
	r := probeOne(t, endpoint("ssh://"+serve(t, says("SSH-2.0-OpenSSH_9.6\r\n")), patient, `conditions: ["[BODY] == pat(*dropbear*)"]`))
	verify(t, r, hostile{class: result.AssertBody, phase: result.PhaseAssert, sentence: "it says: SSH-2.0-OpenSSH_9.6"})
}

func TestSSHHostile(t *testing.T) {
	for _, c := range []struct {
		hostile
		phases string
	}{
		{hostile{name: "garbage", handle: says("\x00\xff\x1b[2J\r\n\r\n"), class: result.HTTPTimeout, sentence: "the answer was not complete within 400ms"}, "tcp ttfb"},
		{hostile{name: "another protocol", handle: func(c net.Conn) { _, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) }, class: result.HTTPProtocol, sentence: "does not identify itself as an SSH server (the stream ended, or grew too long, without one); it says: HTTP/1.1 400 Bad Request"}, "tcp ttfb"},
		{hostile{name: "overloaded", handle: func(c net.Conn) { _, _ = c.Write([]byte("Exceeded MaxStartups\r\n")) }, class: result.HTTPProtocol, sentence: "it says: Exceeded MaxStartups"}, "tcp ttfb"},
		{hostile{name: "endless lines", handle: flood(true, "welcome\r\n"), class: result.HTTPProtocol, sentence: "(none came in 50 lines); it says: welcome"}, "tcp ttfb"},
		{hostile{name: "endless line", handle: flood(true, "x"), class: result.HTTPProtocol, sentence: "grew too long, without one); it says: xxx"}, "tcp ttfb"},
		{hostile{name: "endless identification", handle: says("SSH-2.0-" + strings.Repeat("x", 300) + "\r\n"), class: result.HTTPProtocol, sentence: "(it is longer than 255 bytes)"}, "tcp ttfb"},
		{hostile{name: "one byte at a time", handle: dripRaw(true, "SSH-2.0-OpenSSH_9.6\r\n"), class: result.HTTPTimeout, sentence: "the answer was not complete within 400ms"}, "tcp ttfb"},
		{hostile{name: "closes in the line", handle: func(c net.Conn) { _, _ = c.Write([]byte("SSH-2.0-Op")) }, class: result.HTTPEOF, sentence: "closed the connection in the middle of the answer, after 10 bytes"}, "tcp ttfb"},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			c.phase = result.PhaseBody
			r := probeOne(t, endpoint("ssh://"+serve(t, c.handle), timeoutFor(c.class)))
			verify(t, r, c.hostile)
			verifyPhases(t, r, c.phases)
		})
	}
}

func FuzzReadIdentification(f *testing.F) {
	f.Add("SSH-2.0-OpenSSH_9.6\r\n")
	f.Add("hello\nSSH-1.99-x\n")
	f.Add("HTTP/1.1 400\r\n\r\n")
	f.Add("SSH-")
	f.Add(strings.Repeat("\n", 60) + "SSH-2.0-x\n")
	f.Fuzz(func(t *testing.T, text string) {
		line, err := readIdentification(bufio.NewReaderSize(strings.NewReader(text), 64))
		if err != nil {
			if _, ok := errors.AsType[*notSSH](err); !ok && line != "" {
				t.Errorf("both %q and %v", line, err)
			}
			return
		}
		if !strings.HasPrefix(line, "SSH-") || strings.Contains(line, "\n") || len(line) > maxSSHIdentification || !strings.Contains(text, line) {
			t.Errorf("%q from %q", line, text)
		}
	})
}
