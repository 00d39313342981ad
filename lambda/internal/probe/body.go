package probe

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// quoteSource is how much of a body is looked at to quote its beginning: more
// than is quoted, so that a secret on the border is seen whole.
const quoteSource = 4 << 10

var scratches = sync.Pool{New: func() any { return new([readerSize]byte) }}

// readBody reads the body to its end, decompressed, so that the time until the
// last byte is measured. It is kept only where a condition reads it. A body
// above the cap fails a probe whose conditions need it; otherwise what was
// asked is known, and the rest is left unread.
func (x *exchange) readBody(a *answer, method string) error {
	body, err := decompress(a.response)
	if err != nil {
		return x.bodyFailure(err)
	}
	limit := x.check.Client.MaxBodySize
	wanted := readsBody(x.check)
	var kept bytes.Buffer
	var total int64
	scratch := scratches.Get().(*[readerSize]byte)
	defer scratches.Put(scratch)
	for total <= limit {
		n, err := body.Read(scratch[:min(int64(len(scratch)), limit+1-total)])
		total += int64(n)
		if wanted || kept.Len() < quoteSource {
			kept.Write(scratch[:n])
		}
		if errors.Is(err, io.EOF) {
			x.leave()
			x.keepBody(kept.Bytes(), wanted)
			return nil
		}
		if err != nil {
			return x.bodyFailure(err)
		}
	}
	x.keepBody(kept.Bytes(), false)
	if wanted {
		return failf(result.HTTPTooLarge, result.PhaseBody, nil, "%s sent a body of more than %d bytes, the limit set by client.max-body-size", x.host, limit)
	}
	x.leave()
	return nil
}

// keepBody hands the body to the conditions. Only an answer that will fail a
// condition is quoted, which is not known yet; making the quote is left to when
// it is needed.
func (x *exchange) keepBody(body []byte, wanted bool) {
	if wanted {
		x.seen.Body = body
		if body == nil {
			x.seen.Body = []byte{}
		}
	}
	x.raw = body[:min(len(body), quoteSource)]
}

// quoteBody is the beginning of the body, safe to show.
func (x *exchange) quoteBody() string {
	if len(bytes.TrimSpace(x.raw)) == 0 {
		return ""
	}
	return redact.Snippet(x.raw, quoteLimit, x.secrets...)
}

func (x *exchange) bodyFailure(err error) *Failure {
	if _, ok := errors.AsType[flate.CorruptInputError](err); ok || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return failf(result.HTTPProtocol, result.PhaseBody, err, "%s says that its body is compressed, but it cannot be decompressed (%s)", x.host, rootCause(err))
	}
	return x.fail(err)
}

// decompress undoes the Content-Encoding that servers use. Others are passed
// on as they are: a condition on such a body fails and shows why.
func decompress(response *http.Response) (io.Reader, error) {
	if response.Body == http.NoBody {
		return response.Body, nil
	}
	switch strings.ToLower(strings.TrimSpace(response.Header.Get("Content-Encoding"))) {
	case "gzip", "x-gzip":
		return &lazyGzip{from: response.Body}, nil
	default:
		return response.Body, nil
	}
}

// lazyGzip reads the gzip header with the first read of the body: an empty
// body with the header of a compressed one is nothing wrong.
type lazyGzip struct {
	from io.Reader
	gzip *gzip.Reader
}

func (l *lazyGzip) Read(p []byte) (int, error) {
	if l.gzip == nil {
		reader, err := gzip.NewReader(l.from)
		if err != nil {
			return 0, err // io.EOF for an empty body
		}
		l.gzip = reader
	}
	return l.gzip.Read(p)
}
