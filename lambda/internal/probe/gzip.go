package probe

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
)

// damagedBody says that a body cannot be decompressed although all of it, or
// as much as the server meant to send, has come.
type damagedBody struct{ err error }

func (e damagedBody) Error() string { return "damaged body: " + e.err.Error() }
func (e damagedBody) Unwrap() error { return e.err }

// decompress undoes the Content-Encoding that servers use. Others are passed
// on as they are: a condition on such a body fails and shows why.
func decompress(response *http.Response) io.Reader {
	if response.Body == http.NoBody {
		return response.Body
	}
	switch strings.ToLower(strings.TrimSpace(response.Header.Get("Content-Encoding"))) {
	case "gzip", "x-gzip":
		raw := &rawBody{Reader: response.Body}
		return &gzipBody{raw: raw, from: bufio.NewReader(raw)}
	default:
		return response.Body
	}
}

// rawBody remembers how the transport of a body ended: gzip makes the same
// error of a connection that is cut off and of a body that is.
type rawBody struct {
	io.Reader
	err error
}

func (r *rawBody) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil {
		r.err = err
	}
	return n, err
}

// gzipBody is a compressed body, decompressed. It reads nothing before the
// first Read: an empty body with the header of a compressed one is nothing
// wrong. Its errors are those of the transport, or a damagedBody.
type gzipBody struct {
	raw    *rawBody
	from   *bufio.Reader
	member *gzip.Reader // a body may have several, one after the other
}

func (g *gzipBody) Read(p []byte) (n int, err error) {
	if g.member == nil {
		g.member, err = gzip.NewReader(g.from)
		if err != nil {
			g.member = nil
			return 0, g.cause(err) // io.EOF for an empty body
		}
		g.member.Multistream(false)
	}
	if n, err = g.member.Read(p); err == io.EOF {
		err = g.next()
	}
	return n, g.cause(err)
}

// next goes on to the next member. What follows the last one and is none is
// passed over, as by gzip and by browsers: some servers add zeros or a newline.
func (g *gzipBody) next() error {
	magic, err := g.from.Peek(3)
	if string(magic) == "\x1f\x8b\x08" {
		err = g.member.Reset(g.from)
		g.member.Multistream(false)
		return err
	}
	if err == nil {
		err = io.EOF
	}
	return err
}

// cause tells what the transport did from what is wrong with the body.
func (g *gzipBody) cause(err error) error {
	switch {
	case err == nil || err == io.EOF:
		return err
	case g.raw.err != nil && !errors.Is(g.raw.err, io.EOF):
		return g.raw.err
	default:
		return damagedBody{err}
	}
}
