package trigger

import (
	"bytes"
	"encoding/json"
	"fmt"

	"hokus.ai/tidewatch/lambda/internal/redact"
)

// Error says what is wrong with an event that cannot be understood.
type Error struct {
	Event    string // what it is as far as that is known, such as "ECS Service Action"; "": not known
	Where    string // path of the field, such as detail.eventName; "": the event as a whole
	Expected string
	Got      string // clean, and short
}

// Error is one line.
func (e *Error) Error() string {
	what, where := "malformed event", ""
	if e.Event != "" {
		what = "malformed " + e.Event + " event"
	}
	if e.Where != "" {
		where = e.Where + ": "
	}
	return fmt.Sprintf("%s: %sexpected %s, got %s", what, where, e.Expected, e.Got)
}

// quoted is how many bytes of an event are shown at most where it is wrong.
const quoted = 80

// got shows what stands in an event.
func got(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "nothing"
	}
	var compact bytes.Buffer
	if json.Compact(&compact, raw) == nil {
		raw = compact.Bytes()
	}
	return redact.Snippet(raw, quoted)
}

// quote shows a text of an event in a note.
func quote(text string) string { return `"` + redact.Snippet([]byte(text), quoted) + `"` }
