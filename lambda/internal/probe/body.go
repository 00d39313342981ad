package probe

import (
	"bytes"
	"context"
	"errors"
	"io"
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
// that is above the cap or damaged fails a probe whose conditions need it;
// otherwise what was asked is known, and the rest is left unread.
func (x *exchange) readBody(a *answer, method string) error {
	body := decompress(a.response)
	limit := x.check.Client.MaxBodySize
	wanted := readsBody(x.check)
	if known := a.response.ContentLength; wanted && known > 0 && body == a.response.Body {
		if err := x.reserve(a.ctx, min(known, limit)); err != nil {
			return err
		}
	}
	kept, whole, err := x.collect(a.ctx, body, wanted)
	if _, damaged := errors.AsType[damagedBody](err); err != nil && (wanted || !damaged) {
		return x.bodyFailure(err)
	}
	x.keepBody(kept, wanted && whole)
	if wanted && !whole {
		return failf(result.HTTPTooLarge, result.PhaseBody, nil, "%s sent a body of more than %d bytes, the limit set by client.max-body-size", x.host, limit)
	}
	x.leave()
	return nil
}

// collect reads up to client.max-body-size of a body and reports whether that
// is the whole. What comes back is all of it if it is wanted, and otherwise
// enough for a quote.
func (x *exchange) collect(ctx context.Context, body io.Reader, wanted bool) (start []byte, whole bool, err error) {
	limit := x.check.Client.MaxBodySize
	var kept bytes.Buffer
	var total int64
	scratch := scratches.Get().(*[readerSize]byte)
	defer scratches.Put(scratch)
	for total <= limit {
		n, err := body.Read(scratch[:min(int64(len(scratch)), limit+1-total)])
		total += int64(n)
		if wanted {
			if err := x.makeRoom(ctx, total); err != nil {
				return nil, false, err
			}
		}
		if wanted || kept.Len() < quoteSource {
			kept.Write(scratch[:n])
		}
		switch err {
		case nil:
		case io.EOF: // itself: one that is wrapped is of a connection that ended
			return kept.Bytes(), true, nil
		default:
			return kept.Bytes(), false, err
		}
	}
	return kept.Bytes(), false, nil
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
	if damaged, ok := errors.AsType[damagedBody](err); ok {
		return failf(result.HTTPProtocol, result.PhaseBody, err, "%s answered, but its compressed body is damaged (%s)", x.host, rootCause(damaged.err))
	}
	if x.waited > 0 {
		return x.noRoom(err)
	}
	return x.fail(err)
}
