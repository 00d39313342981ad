package report

import (
	"strings"
)

// notification is what Amazon Q Developer in chat applications accepts from
// others than AWS. It drops what does not follow this shape without a word.
type notification struct {
	Version  string   `json:"version"`
	Source   string   `json:"source"`
	ID       string   `json:"id,omitempty"`
	Content  content  `json:"content"`
	Metadata metadata `json:"metadata"`
}

type content struct {
	TextType    string   `json:"textType"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	NextSteps   []string `json:"nextSteps,omitempty"`
	Keywords    []string `json:"keywords,omitempty"`
}

type metadata struct {
	ThreadID          string            `json:"threadId,omitempty"`
	Summary           string            `json:"summary"`
	EventType         string            `json:"eventType"`
	AdditionalContext map[string]string `json:"additionalContext"`
	CustomActions     bool              `json:"enableCustomActions"`
}

// What Amazon Q accepts, in characters, except for the description: 8,000 are
// accepted, but what is longer than a screen is not read.
const (
	slackTitle       = 250
	slackDescription = 2500
	slackStep        = 350
	slackKeyword     = 75
	slackSteps       = 6
)

func (d *draft) slack() notification {
	n := d.source
	q := notification{Version: "1.0", Source: "custom", ID: clean(n.ID, 200)}
	q.Content = content{
		TextType:    "client-markdown",
		Title:       d.mark + " " + mrkdwn(d.head+": "+d.title, slackTitle-3),
		Description: d.slackDescription(),
		NextSteps:   d.slackSteps(),
		Keywords:    d.keywords(),
	}
	q.Metadata = metadata{
		ThreadID:          d.thread(),
		Summary:           d.mark + " " + mrkdwn(d.head+": "+d.title, slackTitle-3),
		EventType:         "tidewatch." + clean(string(n.Kind), 40),
		AdditionalContext: attributes(n),
	}
	return q
}

// thread is what the messages of one incident, or of one deployment, have in
// common. A daily summary begins a thread of its own.
func (d *draft) thread() string {
	id := d.id
	if f := d.source.Deployment; id == "" && f != nil {
		id = clean(f.Service+"-"+f.ID, 120)
	}
	if f := d.source.Incident; f != nil && f.Thread != "" {
		id = clean(f.Thread, 60)
	}
	if id == "" {
		return ""
	}
	return strings.ReplaceAll(strings.TrimPrefix(d.environment+"-"+id, "-"), " ", "-")
}

// slackSteps are shown as a list behind the text. A step that is too long loses
// the end of its words; a link or command is never cut.
func (d *draft) slackSteps() []string {
	var steps []string
	if d.isShared() {
		return nil // they stand with the incident that they are for
	}
	for _, r := range d.steps {
		if step := slackWhole(r); step != "" && len(steps) < slackSteps {
			steps = append(steps, step)
		}
	}
	return steps
}

func (d *draft) keywords() []string {
	words := []string{}
	add := func(word string) {
		if word = mrkdwn(word, slackKeyword); word != "" {
			words = append(words, word)
		}
	}
	switch f := d.source.Incident; {
	case f == nil:
	case isOver(d.source):
		add("resolved")
	default:
		add(severity(f.Severity))
		add(clean(string(mainClass(f.Endpoints)), slackKeyword))
	}
	add(d.environment)
	add(d.id)
	return words
}

// slackDescription writes the text line by line as long as it fits, the most
// important first. Lines are never cut, because a cut can open a markup that
// nothing closes.
func (d *draft) slackDescription() string {
	tail, kept := d.slackTail(), d.reserved()
	s := slackText{room: slackDescription - length(slackRest) - length(tail) - kept}
	if d.lead != "" {
		s.line("_" + mrkdwn(d.lead, 300) + "_")
	}
	s.rows(d.impact)
	if d.isShared() {
		s.rows(d.steps)
	}
	for i := range d.sections {
		if d.sections[i].isOfIncidents() {
			s.room, kept = s.room+kept, 0
		}
		s.section(&d.sections[i])
	}
	s.gap()
	s.rows(d.about)
	text := strings.TrimRight(s.text.String(), "\n")
	if s.dropped {
		text += slackRest
	}
	return strings.TrimLeft(text+tail, "\n")
}

const slackRest = "\n_…more is in the mail_"

// slackTail is said always: what comes next, and where this is from.
func (d *draft) slackTail() string {
	var b strings.Builder
	b.WriteString("\n")
	for _, r := range d.footer {
		b.WriteString("\n" + slackRow(r, slackStep))
	}
	b.WriteString("\n_" + mrkdwn(strings.Join(d.signature(), " · "), 300) + "_")
	return b.String()
}

// slackItem is one entry: what it is on the first line, the sentence below.
func slackItem(it item) string {
	name := slackCode(it.name, 150)
	if isLink(it.address) {
		name = slackLink(it.address, mrkdwn(it.name, 150))
	}
	text := "• "
	if it.mark != "" {
		text += it.mark + " "
	}
	text += strings.TrimRight(name+" "+mrkdwn(it.note, 200), " ")
	if it.text != "" {
		text += "\n    " + mrkdwn(it.text, slackStep)
	}
	for _, r := range it.rows {
		if line := slackWhole(r); line != "" {
			text += "\n    " + line
		}
	}
	return text
}

// slackWhole is a row with its command, or without it where that does not fit:
// it is in the mail and in the report then.
func slackWhole(r row) string {
	step := slackRow(r, slackStep)
	if step == "" && r.code != "" && r.text != "" {
		r.text, r.code = r.text+" (the command is in the report)", ""
		step = slackRow(r, slackStep)
	}
	return step
}

// slackRow is a label with what belongs to it, in at most limit characters.
func slackRow(r row, limit int) string {
	text := ""
	if r.label != "" {
		text = "*" + mrkdwn(r.label, 30) + ":* "
	}
	rest := ""
	if r.link != "" {
		rest = slackLink(r.link, "")
	} else if r.code != "" {
		rest = slackCode(r.code, limit)
		if r.text != "" {
			rest = " " + rest
		}
	}
	if length(text)+length(rest) > limit {
		return ""
	}
	text += mrkdwn(r.text, limit-length(text)-length(rest))
	return strings.TrimRight(text+rest, " ")
}
