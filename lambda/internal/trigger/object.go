package trigger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/redact"
)

// object reads a JSON object by the exact names of its fields; fields that
// nobody asks for are not looked at. The first field that is wrong is kept in
// fault, and reading goes on with zero values: whoever began looks there last.
type object struct {
	path   string // where it stands: "" or, with the dot, "detail."
	fields map[string]json.RawMessage
	fault  *fault // shared by the objects of one event
}

type fault struct {
	event string // what the event is, once that is known
	first *Error
}

// maxEvent is how long an event may be, in bytes. It is what AWS lets through
// for its own events.
const maxEvent = 1 << 20

// open reads an event as an object.
func open(raw []byte) (object, error) {
	o := object{fault: &fault{}}
	if len(raw) > maxEvent {
		o.refuse("", "at most 1 MiB", raw)
		return o, o.fault.first
	}
	raw = bytes.TrimSpace(raw)
	if err := json.Unmarshal(raw, &o.fields); err != nil || o.fields == nil {
		o.refuse("", "one JSON object", raw)
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && len(raw) > 0 {
			o.fault.first.Got += fmt.Sprintf(" (byte %d: %s)", syntax.Offset, redact.Visible(syntax.Error()))
		}
		return o, o.fault.first
	}
	return o, nil
}

// refuse notes what is wrong, unless something was wrong before.
func (o object) refuse(name, expected string, raw json.RawMessage) {
	if o.fault.first == nil {
		o.fault.first = &Error{Event: o.fault.event, Where: name, Expected: expected, Got: got(raw)}
	}
}

func (o object) fail(name, expected string) { o.refuse(o.path+name, expected, o.fields[name]) }

// text reads a text; it is empty where the field is absent or null.
func (o object) text(name string) string {
	var s *string
	if raw, there := o.fields[name]; there && json.Unmarshal(raw, &s) != nil {
		o.fail(name, "a text")
	}
	if s == nil {
		return ""
	}
	return *s
}

// loose reads a text of which nothing depends: what is no text is empty.
func (o object) loose(name string) string {
	var s string
	if json.Unmarshal(o.fields[name], &s) != nil {
		return ""
	}
	return s
}

// token reads a text that must be there, short and printable.
func (o object) token(name string) string {
	s := o.text(name)
	if !isToken(s) {
		o.fail(name, "a text of 1 to 255 printable characters")
		return ""
	}
	return s
}

// maxToken is the length of the longest name of anything in ECS.
const maxToken = 255

func isToken(s string) bool {
	return s != "" && len(s) <= maxToken && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// when reads a time that must be there.
func (o object) when(name string) time.Time {
	t, err := time.Parse(time.RFC3339, o.text(name))
	if err != nil {
		o.fail(name, "a time such as 2026-03-01T03:12:00Z")
		return time.Time{}
	}
	return t.UTC()
}

// object reads an object that must be there.
func (o object) object(name string) object {
	inner := object{path: o.path + name + ".", fault: o.fault}
	if json.Unmarshal(o.fields[name], &inner.fields) != nil || inner.fields == nil {
		o.fail(name, "an object")
	}
	return inner
}

// texts reads a list of texts.
func (o object) texts(name string) []string {
	var list []string
	if raw, there := o.fields[name]; there && json.Unmarshal(raw, &list) != nil {
		o.fail(name, "a list of texts")
		return nil
	}
	return list
}
