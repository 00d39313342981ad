package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Level is how much a message matters.
type Level int

// The levels. An Error refuses the configuration; a Warning is a latent fault
// that will surprise someone; an Info says that something accepted has no
// effect, or another one than in Gatus.
const (
	Info Level = iota + 1
	Warning
	Error
)

// String returns the level in lower case.
func (l Level) String() string {
	switch l {
	case Info:
		return "info"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return "none"
}

// Message is one remark about a configuration file.
type Message struct {
	Level    Level
	File     string
	Line     int    // from 1; 0: the remark concerns the whole file
	Column   int    // from 1, in characters
	Path     string // where in the configuration, such as endpoints[2].client.timeout; "" is the top
	Problem  string // a sentence without a full stop that names the value it is about
	Got      string // the value as written in the file, never with variables expanded
	Accepted string // what would be accepted; may be empty
	Nearest  string // the accepted value most like the one written; may be empty
	Verdict  Verdict
}

// String returns the message as one line.
func (m Message) String() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", m.Line, m.Column)
	}
	b.WriteString(": ")
	if m.Level != Error {
		b.WriteString(m.Level.String() + ": ")
	}
	if m.Path != "" {
		b.WriteString(m.Path + ": ")
	}
	b.WriteString(m.Problem)
	if m.Accepted != "" {
		b.WriteString("; accepted: " + m.Accepted)
	}
	if m.Nearest != "" {
		fmt.Fprintf(&b, "; did you mean %q?", m.Nearest)
	}
	return b.String()
}

// Messages are remarks in the order of their places.
type Messages []Message

// Worst returns the highest level among the messages, or 0 if there are none.
func (ms Messages) Worst() Level {
	var worst Level
	for _, m := range ms {
		worst = max(worst, m.Level)
	}
	return worst
}

// Count returns how many messages have the level.
func (ms Messages) Count(level Level) int {
	n := 0
	for _, m := range ms {
		if m.Level == level {
			n++
		}
	}
	return n
}

// String returns one line per message.
func (ms Messages) String() string {
	var b strings.Builder
	for _, m := range ms {
		b.WriteString(m.String() + "\n")
	}
	return b.String()
}

// Report is what reading a configuration found out, whether or not it was
// accepted.
type Report struct {
	Messages Messages
	Compat   Compat
	Unread   bool // there was nothing to read: no such file, or no permission
}

// Failed reports whether the configuration was refused.
func (r Report) Failed() bool { return r.Messages.Worst() == Error }

// failed is the report of a configuration that could not even be read.
func failed(m Message) Report {
	m.Level = Error
	return Report{Messages: Messages{m}, Unread: true}
}

// sortMessages orders by place; what is said about one place keeps the order
// in which it was found out.
func sortMessages(ms Messages, fileOrder func(name string) int) {
	slices.SortStableFunc(ms, func(a, b Message) int {
		return cmp.Or(
			cmp.Compare(fileOrder(a.File), fileOrder(b.File)),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
		)
	})
}
