package report

import "strings"

// slackItems is how many endpoints are shown with their sentences. Mail has
// more.
const slackItems = 5

// slackText collects lines until there is no room.
type slackText struct {
	text    strings.Builder
	room    int
	dropped bool
}

// line adds a line if it fits, and says whether it did.
func (s *slackText) line(text string) bool {
	n := length(text) + 1
	if text == "" || n > s.room {
		s.dropped = s.dropped || text != ""
		return false
	}
	s.room -= n
	s.text.WriteString(text + "\n")
	return true
}

// rows adds labelled lines.
func (s *slackText) rows(rows []row) {
	for _, r := range rows {
		s.line(slackWhole(r))
	}
}

// gap leaves one line empty between what is there and what follows.
func (s *slackText) gap() {
	if text := s.text.String(); s.room > 0 && text != "" && !strings.HasSuffix(text, "\n\n") {
		s.room--
		s.text.WriteString("\n")
	}
}

// section adds a list. Its heading never stands alone.
func (s *slackText) section(sec *section) {
	s.gap()
	if sec.inline {
		names := make([]string, 0, len(sec.items))
		for _, it := range sec.items {
			names = append(names, slackCode(it.name, 100))
		}
		text := strings.Join(names, ", ")
		if sec.more > 0 {
			text += ", " + andMore(sec.more)
		}
		s.line("*" + mrkdwn(sec.heading, 200) + ":* " + text)
		return
	}
	heading := "*" + mrkdwn(sec.heading, 200) + "*"
	s.room -= length(heading) + 1
	lines := s.entries(sec)
	if len(lines) == 0 {
		s.room += length(heading) + 1
		s.dropped = true
		return
	}
	s.text.WriteString(heading + "\n" + strings.Join(lines, ""))
	if text := sec.left(len(sec.items) - len(lines) + sec.more); text != "" {
		s.line("…" + mrkdwn(text, 100))
	}
}

// entries are those of a section that fit. Of incidents as many are told in full
// as leave room to name the others.
func (s *slackText) entries(sec *section) (lines []string) {
	brief := briefLength(sec)
	for i := range sec.items {
		it := &sec.items[i]
		named, text := slackItem(it.named())+"\n", slackItem(*it)+"\n"
		brief -= length(named)
		full := i < slackItems && length(text)+brief <= s.room
		switch {
		case len(it.rows) == 0 && i >= slackItems:
			return lines
		case len(it.rows) > 0 && !full:
			text = named
		}
		if length(text) > s.room {
			return lines
		}
		s.room -= length(text)
		lines = append(lines, text)
	}
	return lines
}

// slackFirst is the room that one incident takes in full, as a rule.
const slackFirst = 600

// reserved is the room that the other incidents of a message need, whatever
// there is to say of the first.
func (d *draft) reserved() int {
	for i := range d.sections {
		if sec := &d.sections[i]; sec.isOfIncidents() {
			return min(briefLength(sec)+slackFirst, slackDescription/2)
		}
	}
	return 0
}

// briefLength is what it takes to name all entries of a section.
func briefLength(sec *section) int {
	n := 0
	for i := range sec.items {
		n += length(slackItem(sec.items[i].named())) + 1
	}
	return n
}

// isOfIncidents reports whether the entries of a section are told by rows.
func (s *section) isOfIncidents() bool { return len(s.items) > 0 && len(s.items[0].rows) > 0 }

// named is an entry without its rows.
func (it item) named() item {
	it.rows = nil
	return it
}
