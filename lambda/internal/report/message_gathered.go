package report

import (
	"fmt"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// idsOf are the ids of the incidents that a gathered message tells nothing else
// of: no other message does.
func idsOf(f *incident.Facts, l limits) (ids []string) {
	if !f.Gathered {
		return nil
	}
	for _, w := range f.With[min(len(f.With), l.items):] {
		ids = append(ids, clean(w.ID, 60))
	}
	for _, id := range f.Rest {
		ids = append(ids, clean(id, 60))
	}
	return ids[:min(len(ids), l.names)]
}

// became says what has become of the incidents that are only named.
func (d *draft) became(f *incident.Facts) string {
	what := "which began"
	switch d.source.Kind {
	case incident.KindResolved:
		what = "which are over"
	case incident.KindReminder:
		what = "which are open"
	}
	late := d.source.Late
	if late == nil {
		return what
	}
	what = strings.Replace(what, " are ", " were ", 1)
	switch other := len(f.Rest) - late.MoreOver; {
	case d.source.Kind == incident.KindResolved && other > 0:
		what += fmt.Sprintf(", %d of them failing again by now", other)
	case d.source.Kind != incident.KindResolved && late.MoreOver > 0:
		what += fmt.Sprintf(", %d of them over by now", late.MoreOver)
	}
	return what
}

// leftByName says which entries a section lacks.
func (s *section) leftByName() string {
	text := fmt.Sprintf("and %d more, %s: %s", s.more, s.what, strings.Join(s.ids, ", "))
	if n := s.more - len(s.ids); n > 0 {
		text += ", " + s.left(n)
	}
	return text
}
