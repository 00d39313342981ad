package report

import (
	"bytes"
	"encoding/json"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// MaxBody is how many bytes a message may have with its subject and its
// attributes. SNS refuses more than 256 KiB; the rest is margin.
const MaxBody = 240 << 10

// limits bound what a message takes from a notice.
type limits struct {
	items int // of each list
	text  int // characters of one text
	names int // ids of incidents that are not told otherwise
}

// scales are tried in turn until a message is small enough. The first fits
// everything but texts that were made to grow when they are escaped, and very
// many incidents.
var scales = [...]limits{{incident.MaxFacts, 300, 2000}, {incident.MaxFacts, 300, 500}, {5, 200, 500}, {2, 100, 100}}

// Compose writes the message of a notice in every format that subscribers
// get. It is pure: the same notice gives the same message.
func Compose(n incident.Notice) Message {
	var m Message
	for _, l := range scales {
		m = compose(n, l)
		if m.size() <= MaxBody {
			break
		}
	}
	return m
}

func compose(n incident.Notice, l limits) Message {
	d := draftOf(&n, l)
	p := encode(payloadOf(&n, d.subject(), l))
	text := d.mail()
	return Message{
		ID:      n.ID,
		Subject: d.subject(),
		Body: encode(bodies{
			Default: text,
			Email:   text,
			HTTPS:   encode(d.slack()),
			Lambda:  p,
			SQS:     p,
		}),
		Attributes: attributes(&n),
	}
}

// bodies are the same message by the protocol of the subscription.
type bodies struct {
	Default string `json:"default"`
	Email   string `json:"email"`
	HTTPS   string `json:"https"`
	Lambda  string `json:"lambda"`
	SQS     string `json:"sqs"`
}

// encode writes a value as JSON on one line. The values given here have only
// strings, numbers that are finite, lists and maps of these.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n")
}

// size counts what SNS counts.
func (m Message) size() int {
	n := len(m.Body) + len(m.Subject)
	for name, value := range m.Attributes {
		n += len(name) + len("String") + len(value)
	}
	return n
}

// attributes are what a subscription may filter by. SNS refuses empty values
// and characters outside the basic plane.
func attributes(n *incident.Notice) map[string]string {
	const longest = 200
	values := map[string]string{"kind": string(n.Kind), "environment": n.Environment}
	if f := n.Incident; f != nil {
		values["incident"], values["severity"] = f.ID, severity(f.Severity)
	}
	for name, value := range values {
		value = strings.Map(func(r rune) rune {
			if r > 0xffff {
				return '?'
			}
			return r
		}, clean(value, longest))
		if values[name] = value; value == "" {
			delete(values, name)
		}
	}
	return values
}
