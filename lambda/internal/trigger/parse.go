package trigger

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Parse reads an event as the function receives it. What is not for us is an
// Ignored event; what should be for us and is not understood is an *Error.
//
// These are understood:
//   - the tick, {"source":"tidewatch","trigger":"tick","id":…,"time":…}, that
//     the schedule sends; id and time may be missing, and so may what should
//     have been put in place of <aws.scheduler.scheduled-time>
//   - "Scheduled Event" of a scheduled rule, or of a schedule without input
//   - "ECS Deployment State Change", "ECS Service Action", "ECS Task State Change"
//   - {"only":"registry/*"} or a list of such globs, from somebody who wants to
//     know now; and {}, which means all endpoints
func Parse(raw []byte) (Event, error) {
	o, err := open(raw)
	if err != nil {
		return Event{}, err
	}
	e := o.event()
	if o.fault.first != nil {
		return Event{}, o.fault.first
	}
	return e, nil
}

func (o object) event() Event {
	source := o.text("source")
	_, asked := o.fields["only"]
	switch {
	case source == "tidewatch":
		return o.tick()
	case source == "aws.events", source == "aws.scheduler":
		return o.scheduled()
	case source == "aws.ecs":
		return o.ecs()
	case source != "":
		return o.ignored("nothing is known of events of " + quote(source))
	case asked, len(o.fields) == 0:
		return o.manual()
	}
	o.fail("source", `"tidewatch", "aws.ecs" or "aws.events", or else a field "only"`)
	return Event{}
}

// ignored is an event that means nothing to us, which it need not be well made
// for.
func (o object) ignored(note string) Event {
	e := Event{Kind: Ignored, Note: note}
	if id := o.loose("id"); isToken(id) && !o.unsaid("id") {
		e.ID = id
	}
	if t, err := time.Parse(time.RFC3339, o.loose("time")); err == nil {
		e.Time = t.UTC()
	}
	return e
}

// tick reads our own event.
func (o object) tick() Event {
	o.fault.event = "tidewatch"
	switch trigger := o.text("trigger"); trigger {
	case "tick":
		return o.pulse()
	case "":
		o.fail("trigger", `"tick"`)
		return Event{}
	default:
		return o.ignored("nothing is known of the trigger " + quote(trigger))
	}
}

// scheduled reads the event that a schedule makes by itself.
func (o object) scheduled() Event {
	if kind := o.text("detail-type"); kind != "Scheduled Event" {
		return o.ignored("nothing is known of " + quote(kind) + " events")
	}
	return o.pulse()
}

// pulse reads what ticks have in common. Nothing in them is worth missing a
// round for: an id or time that is not understood is left out, with a note.
func (o object) pulse() Event {
	e := o.ignored("")
	e.Kind = Tick
	var odd []string
	for _, field := range []struct {
		name string
		read bool
	}{{"id", e.ID != ""}, {"time", !e.Time.IsZero()}} {
		if !field.read && !o.unsaid(field.name) {
			odd = append(odd, fmt.Sprintf("its %s is not understood: %s", field.name, got(o.fields[field.name])))
		}
	}
	e.Note = strings.Join(odd, "; ")
	return e
}

// unsaid reports whether a field is absent, empty, or a placeholder that the
// schedule did not fill.
func (o object) unsaid(name string) bool {
	switch string(o.fields[name]) {
	case "", "null", `""`:
		return true
	}
	return strings.HasPrefix(o.loose(name), "<aws.")
}

// How many globs an event may hold, and how long they may be in bytes.
const (
	maxGlobs = 100
	maxGlob  = 256
)

// manual reads somebody's own event.
func (o object) manual() Event {
	o.fault.event = "manual"
	e := Event{Kind: Manual}
	if len(o.fields) == 0 {
		return e
	}
	var one string
	if json.Unmarshal(o.fields["only"], &one) == nil && one != "" {
		e.Only = []string{one}
	} else if json.Unmarshal(o.fields["only"], &e.Only) != nil {
		e.Only = nil
	}
	if len(e.Only) == 0 || len(e.Only) > maxGlobs {
		o.fail("only", fmt.Sprintf(`a glob such as "registry/*", or a list of 1 to %d`, maxGlobs))
	}
	for i, glob := range e.Only {
		if glob == "" || len(glob) > maxGlob {
			o.refuse(fmt.Sprintf("only[%d]", i), fmt.Sprintf("a glob of 1 to %d bytes", maxGlob), json.RawMessage(quote(glob)))
		}
	}
	return e
}
