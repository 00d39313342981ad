package report

import (
	"strings"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// plainLimit is how many characters a plain message has at most.
const plainLimit = 1000

// Plain writes the message of a notice in the one form in which there is
// nothing to refuse: a short text of plain letters for every subscriber,
// without subject and attributes. It has the id of the full message.
func Plain(n incident.Notice) Message {
	text := draftOf(&n, scales[len(scales)-1]).plain()
	return Message{ID: n.ID, Body: encode(struct {
		Default string `json:"default"`
	}{text})}
}

// plain is what counts, and where the rest is.
func (d *draft) plain() string {
	lines := []string{d.head + ": " + d.title, d.lead}
	for _, rows := range [][]row{d.impact, d.steps} {
		for _, r := range rows[:min(len(rows), 3)] {
			lines = append(lines, r.label+": "+strings.TrimSpace(r.text+" "+r.link))
		}
	}
	rest := "The topic refused the full message."
	if isWord(d.id) {
		rest += " The rest: tidewatch incidents show " + d.id
	}
	end := "\n" + rest + "\n" + strings.Join(d.signature(), " - ")
	text := strings.Join(strings.FieldsFunc(strings.Join(lines, "\n"), func(r rune) bool { return r == '\n' }), "\n")
	return ascii(cut(ascii(text), plainLimit-length(ascii(end))-2) + end)
}

// ascii has a mark for every character that is none of ASCII, or not visible.
func ascii(text string) string {
	text = strings.NewReplacer("…", "...", "·", "-").Replace(text)
	return strings.Map(func(r rune) rune {
		if r == '\n' || r >= ' ' && r <= '~' {
			return r
		}
		return '?'
	}, text)
}
