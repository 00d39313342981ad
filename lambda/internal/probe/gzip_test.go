package probe

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/result"
)

func gzipped(text string) string {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write([]byte(text))
	writer.Close()
	return packed.String()
}

func gzipAnswer(length int, body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", length, body)
}

func TestGzipBodies(t *testing.T) {
	whole := gzipped(`{"status":"UP"}`)
	badSum := []byte(whole)
	badSum[len(badSum)-8]++
	for _, c := range []struct {
		name, body string
		class      result.Class // where a condition reads the body; "" : healthy
		sentence   string
	}{
		{"whole", whole, "", ""},
		{"in two members", gzipped(`{"status":`) + gzipped(`"UP"}`), "", ""},
		{"and a newline", whole + "\r\n", "", ""},
		{"and zeros", whole + "\x00\x00\x00\x00", "", ""},
		{"and garbage", whole + "garbage", "", ""},
		{"without its end", whole[:len(whole)-6], result.HTTPProtocol, "answered, but its compressed body is damaged (unexpected EOF)"},
		{"half of a header", whole[:5], result.HTTPProtocol, "its compressed body is damaged (unexpected EOF)"},
		{"wrong checksum", string(badSum), result.HTTPProtocol, "its compressed body is damaged (gzip: invalid checksum)"},
		{"damaged second member", whole + whole[:12], result.HTTPProtocol, "its compressed body is damaged"},
		{"no gzip", `{"status":"UP"}`, result.HTTPProtocol, "its compressed body is damaged (gzip: invalid header)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			at := serve(t, replay(gzipAnswer(len(c.body), c.body)))
			r := probeOne(t, endpoint("http://"+at, readsBodyCondition, patient))
			if c.class == "" {
				requireHealthy(t, r)
			} else {
				verify(t, r, hostile{class: c.class, phase: result.PhaseBody, sentence: c.sentence})
			}
			requireHealthy(t, probeOne(t, endpoint("http://"+at, patient, `conditions: ["[STATUS] == 200"]`)))
		})
	}
}

// A connection that ends or goes silent in a compressed body is just that.
func TestGzipBodyThatDoesNotCome(t *testing.T) {
	whole := gzipped(`{"status":"UP"}`)
	cut := gzipAnswer(len(whole), whole[:len(whole)-6])
	for _, c := range []hostile{
		{name: "closed", handle: replay(cut), class: result.HTTPEOF, sentence: "closed the connection in the middle of the answer"},
		{name: "silent", handle: func(c net.Conn) { replay(cut)(c); hold(c) }, class: result.HTTPTimeout, sentence: "was not complete within 400ms"},
		{name: "closed after a member", handle: replay(gzipAnswer(1000, whole)), class: result.HTTPEOF, sentence: "closed the connection in the middle of the answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			c.phase = result.PhaseBody
			verify(t, probeOne(t, endpoint("http://"+serve(t, c.handle), readsBodyCondition, timeoutFor(c.class))), c)
		})
	}
}
