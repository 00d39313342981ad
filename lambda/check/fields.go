package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// The fields below are all the ways in which a value can be written. Each
// refuses what does not fit, in one message, and leaves its place alone then.

// custom is a field with a reader of its own.
func custom[T any](typ string, read func(r *reader, n *yaml.Node, to *T)) field[T] {
	return field[T]{typ, read}
}

// sub is a mapping with a table of its own.
func sub[T, S any](s *section[S], at func(*T) *S) field[T] {
	return field[T]{"mapping", func(r *reader, n *yaml.Node, to *T) { decode(r, n, s, at(to)) }}
}

// node keeps the value for a later step, which knows more.
func node[T any](typ string, at func(*T) **yaml.Node) field[T] {
	return field[T]{typ, func(_ *reader, n *yaml.Node, to *T) { *at(to) = n }}
}

// text takes any scalar, numbers and booleans included.
func text[T any](at func(*T) *string) field[T] {
	return field[T]{"text", func(r *reader, n *yaml.Node, to *T) {
		if s, ok := r.scalar(n, "text"); ok {
			*at(to) = r.intern(s.text)
		}
	}}
}

// texts takes a list of scalars.
func texts[T any](at func(*T) *[]string) field[T] {
	return field[T]{"list of texts", func(r *reader, n *yaml.Node, to *T) {
		r.each(n, "a list of texts such as [one, two]", func(_ int, item *yaml.Node) {
			if s, ok := r.scalar(item, "text"); ok {
				*at(to) = append(*at(to), r.intern(s.text))
			}
		})
	}}
}

// labels takes a mapping from names to texts.
func labels[T any](at func(*T) *map[string]string) field[T] {
	return field[T]{"mapping of texts", func(r *reader, n *yaml.Node, to *T) {
		m := make(map[string]string)
		r.entries(n, "a mapping of texts such as {team: web}", func(name, value *yaml.Node) {
			if s, ok := r.scalar(value, "text"); ok {
				m[r.intern(name.Value)] = r.intern(s.text)
			}
		})
		*at(to) = m
	}}
}

// boolean takes true and false, and yes, no, y, n, on and off as Gatus does.
func boolean[T any](at func(*T) *bool) field[T] {
	return field[T]{"true or false", func(r *reader, n *yaml.Node, to *T) {
		const accepted = "true, false"
		s, ok := r.scalar(n, accepted)
		if !ok {
			return
		}
		value, ok := parseBool(s.text)
		switch {
		case ok && s.quoted && !s.expanded:
			r.fail(n, Message{Problem: quote(n.Value) + " is text because of its quotes; remove them", Accepted: accepted})
		case ok:
			*at(to) = value
		default:
			r.fail(n, Message{
				Problem: quote(n.Value) + " is neither true nor false", Accepted: accepted,
				Nearest: nearest(s.hide(), []string{"true", "false"}),
			})
		}
	}}
}

// hide returns the text for a guess, unless it came from a variable.
func (s scalar) hide() string {
	if s.expanded {
		return ""
	}
	return s.text
}

// parseBool reads a switch in the spellings of YAML 1.1, which Gatus takes too.
func parseBool(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "yes", "y", "on":
		return true, true
	case "false", "no", "n", "off":
		return false, true
	}
	return false, false
}

// whole takes a whole number from least up.
func whole[T any](least int, at func(*T) *int) field[T] {
	return field[T]{"whole number", func(r *reader, n *yaml.Node, to *T) {
		accepted := fmt.Sprintf("a whole number from %d to 10000", least)
		s, ok := r.scalar(n, accepted)
		if !ok {
			return
		}
		value, err := strconv.ParseInt(s.text, 0, 32)
		switch {
		case err == nil && s.quoted && !s.expanded:
			r.fail(n, Message{Problem: quote(n.Value) + " is text because of its quotes; remove them", Accepted: accepted})
		case err != nil || int(value) < least || value > 10000:
			r.fail(n, Message{Problem: quote(n.Value) + " is not accepted", Accepted: accepted})
		default:
			*at(to) = int(value)
		}
	}}
}

// duration takes a number with a unit, zero included, never negative.
func duration[T any](at func(*T) *time.Duration) field[T] {
	return field[T]{"duration", func(r *reader, n *yaml.Node, to *T) {
		if d, ok := r.duration(n); ok {
			*at(to) = d
		}
	}}
}

// duration reads a number with a unit. A bare number is refused, because some
// would mean seconds by it and others milliseconds.
func (r *reader) duration(n *yaml.Node) (time.Duration, bool) {
	s, ok := r.scalar(n, acceptedDuration)
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(s.text)
	if err == nil && d >= 0 && s.text != "0" {
		return d, true
	}
	problem := quote(n.Value) + " is not a duration"
	if _, err := strconv.Atoi(n.Value); err == nil && n.Value[0] != '-' {
		problem = quote(n.Value) + " has no unit"
	}
	r.fail(n, Message{Problem: problem, Accepted: acceptedDuration, Nearest: nearestDuration(s.hide())})
	return 0, false
}

// choice takes one of a closed list, without regard to case, and stores the
// listed spelling.
func choice[T any, S ~string](at func(*T) *S, choices ...S) field[T] {
	accepted := make([]string, len(choices))
	for i, c := range choices {
		accepted[i] = string(c)
	}
	return field[T]{strings.Join(accepted, ", "), func(r *reader, n *yaml.Node, to *T) {
		if i, ok := r.choose(n, accepted); ok {
			*at(to) = choices[i]
		}
	}}
}

// choose returns which of the accepted texts a value is.
func (r *reader) choose(n *yaml.Node, accepted []string) (int, bool) {
	s, ok := r.scalar(n, strings.Join(accepted, ", "))
	if !ok {
		return 0, false
	}
	if i := slices.IndexFunc(accepted, func(a string) bool { return strings.EqualFold(a, s.text) }); i >= 0 {
		return i, true
	}
	r.fail(n, Message{
		Problem: quote(n.Value) + " is not accepted", Accepted: strings.Join(accepted, ", "),
		Nearest: nearest(s.hide(), accepted),
	})
	return 0, false
}

// size takes a number of bytes.
func size[T any](at func(*T) *int64) field[T] {
	return field[T]{"size", func(r *reader, n *yaml.Node, to *T) {
		s, ok := r.scalar(n, acceptedSize)
		if !ok {
			return
		}
		value, ok := parseSize(s.text)
		if !ok {
			r.fail(n, Message{Problem: quote(n.Value) + " is not a size", Accepted: acceptedSize})
			return
		}
		*at(to) = value
	}}
}

// clock takes a time of day.
func clock[T any](at func(*T) *time.Duration) field[T] {
	return field[T]{"HH:MM", func(r *reader, n *yaml.Node, to *T) {
		s, ok := r.scalar(n, acceptedClock)
		if !ok {
			return
		}
		value, ok := parseClock(s.text)
		if !ok {
			r.fail(n, Message{Problem: quote(n.Value) + " is not a time of day", Accepted: acceptedClock})
			return
		}
		*at(to) = value
	}}
}
