package check

import (
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// weekdays are the names of the days, in the order of time.Weekday.
var weekdays = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

// window is a maintenance window while it is read.
type window struct {
	Window
	enabled         bool
	start, duration *yaml.Node
}

var (
	windowSection      = newSection("endpoints[].maintenance-windows[]", "a maintenance window", windowKeys()...)
	maintenanceSection = newSection("maintenance", "maintenance", windowKeys()...)
)

// windowKeys are the keys of a window, of one endpoint or of all.
func windowKeys() []key[window] {
	return []key[window]{
		{name: "enabled", def: "true", verdict: Supported, field: boolean(func(w *window) *bool { return &w.enabled }), doc: "false: as if it were not written"},
		{name: "start", verdict: Supported, field: node("HH:MM", func(w *window) **yaml.Node { return &w.start }), doc: "when it starts; required"},
		{name: "duration", verdict: Supported, field: node("duration", func(w *window) **yaml.Node { return &w.duration }), doc: "how long it lasts, at most 24h; required"},
		{name: "timezone", def: "UTC", verdict: Supported, field: zone(func(w *window) **time.Location { return &w.Location }), doc: "a name of the IANA database such as America/New_York"},
		{name: "every", verdict: Supported, field: custom("list of weekdays", every), doc: "the days on which it starts; empty: every day"},
	}
}

// zone takes the name of a time zone.
func zone[T any](at func(*T) **time.Location) field[T] {
	return field[T]{"time zone", func(r *reader, n *yaml.Node, to *T) {
		const accepted = "a name of the IANA database such as UTC, Europe/Paris, America/New_York"
		s, ok := r.scalar(n, accepted)
		if !ok {
			return
		}
		location, err := time.LoadLocation(s.text)
		// Local would mean another zone on a laptop than in the function.
		if err != nil || s.text == "" || s.text == "Local" {
			r.fail(n, Message{Problem: quote(n.Value) + " is not a time zone", Accepted: accepted})
			return
		}
		*at(to) = location
	}}
}

// every reads the weekdays on which a window starts.
func every(r *reader, n *yaml.Node, w *window) {
	r.each(n, "a list of weekdays such as [Monday, Friday]", func(_ int, item *yaml.Node) {
		if i, ok := r.choose(item, weekdays); ok {
			w.Days = append(w.Days, time.Weekday(i))
		}
	})
}

// readWindow reads a window by its table; false: it is disabled or refused.
func readWindow(r *reader, n *yaml.Node, s *section[window]) (Window, bool) {
	w := window{Window: Window{Location: time.UTC}, enabled: true}
	decode(r, n, s, &w)
	if n.Kind != yaml.MappingNode {
		return Window{}, false
	}
	// Gatus takes a maintenance section that only says enabled: false.
	if !w.enabled && w.start == nil && w.duration == nil {
		return Window{}, false
	}
	if w.start == nil || w.duration == nil {
		r.fail(n, Message{Problem: "the window needs start and duration", Accepted: `{start: "23:00", duration: 1h}`})
		return Window{}, false
	}
	r.under("start", func() { clock(func(w *window) *time.Duration { return &w.Start }).read(r, w.start, &w) })
	r.under("duration", func() {
		d, ok := r.duration(w.duration)
		if ok && (d == 0 || d > 24*time.Hour) {
			r.fail(w.duration, Message{Problem: quote(w.duration.Value) + " is not accepted", Accepted: "more than 0s, at most 24h"})
		}
		w.Duration = d
	})
	return w.Window, w.enabled
}

// windows reads the maintenance-windows of an endpoint of any kind.
func windows(r *reader, n *yaml.Node, e *endpoint) {
	r.each(n, `a list such as [{start: "23:00", duration: 1h}]`, func(_ int, item *yaml.Node) {
		if w, ok := readWindow(r, item, windowSection); ok {
			e.Maintenance = append(e.Maintenance, w)
		}
	})
}

// maintenance reads the window at the top level, which holds for all.
func maintenance(r *reader, n *yaml.Node, d *draft) {
	if w, ok := readWindow(r, n, maintenanceSection); ok {
		d.config.Maintenance = append(d.config.Maintenance, w)
	}
}

// describe lists names for a message, cut after a few.
func describe(names []string) string {
	const most = 6
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
