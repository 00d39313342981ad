package report

import (
	"fmt"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// summaryTitle says how the day was in a few words.
func summaryTitle(f *incident.SummaryFacts) string {
	open := "nothing is open"
	if n := len(f.Open) + max(f.OpenMore, 0); n > 0 {
		open = counted(n, "incident") + " open"
	}
	return fmt.Sprintf("%s up in 24 h, %s", percent(f.Uptime[0]), open)
}

func (d *draft) ofSummary(f *incident.SummaryFacts, l limits) {
	d.tell(&d.impact, "Day", clean(f.Day, 20))
	d.tell(&d.impact, "Uptime", fmt.Sprintf("24 h %s · 7 days %s · 30 days %s", percent(f.Uptime[0]), percent(f.Uptime[1]), percent(f.Uptime[2])))
	d.tell(&d.impact, "Endpoints", fmt.Sprint(f.Endpoints))
	if f.Resolved > 0 {
		d.tell(&d.impact, "Resolved", counted(f.Resolved, "incident")+" in 24 h")
	}
	d.others("Open"+d.then()+": "+counted(len(f.Open)+max(f.OpenMore, 0), "incident"), f.Open, f.OpenMore, l)
	s := section{heading: "Most downtime: uptime in 24 h · 7 days · 30 days", more: max(f.WorstMore, 0)}
	for i, worst := range f.Worst {
		if i == l.items {
			s.more += len(f.Worst) - i
			break
		}
		s.items = append(s.items, item{name: clean(worst.Key, l.text/2), note: percents(worst.Uptime)})
	}
	if len(s.items) > 0 {
		d.sections = append(d.sections, s)
	}
	d.degraded(f, l)
	d.unknown(f, l)
	d.latent(f, l)
}

// mostLatent bounds the faults that a summary describes: they are for a quiet
// hour, and stay until somebody has one.
const mostLatent = 5

// latent lists what is wrong although nothing fails, and since when: what has
// been told before is not told as news.
func (d *draft) latent(f *incident.SummaryFacts, l limits) {
	shown := min(len(f.Latent), mostLatent, l.items)
	s := section{heading: "Not noticed yet: " + counted(len(f.Latent)+max(f.LatentMore, 0), "fault"), more: max(f.LatentMore, 0) + len(f.Latent) - shown}
	recent := 0
	for i, fact := range f.Latent {
		fresh := !fact.Since.IsZero() && d.source.At.Sub(fact.Since) < 24*time.Hour
		if fresh {
			recent++
		}
		if i < shown {
			s.items = append(s.items, d.latentItem(&fact, fresh, l))
		}
	}
	if recent > 0 {
		s.heading += fmt.Sprintf(", %d new", recent)
	}
	if len(s.items) > 0 {
		d.sections = append(d.sections, s)
	}
}

func (d *draft) latentItem(fact *incident.LatentFact, fresh bool, l limits) item {
	it := item{name: clean(fact.Title, l.text/2), text: foreign(fact.Sentence, l.text)}
	if !fact.Since.IsZero() {
		it.note = "since " + clock(fact.Since, d.source.At)
	}
	if fresh {
		it.note = "new, " + it.note
	}
	if do := clean(fact.Do, l.text); do != "" {
		it.text = strings.TrimSuffix(it.text, ".") + ". Do: " + do
	}
	return it
}

// degraded lists what works, but not as it should.
func (d *draft) degraded(f *incident.SummaryFacts, l limits) {
	more := max(f.DegradedMore, 0)
	s := section{heading: "Degraded: " + counted(len(f.Degraded)+more, "endpoint"), more: more}
	for i, e := range f.Degraded {
		if i == l.items {
			s.more += len(f.Degraded) - i
			break
		}
		it := item{name: clean(e.Key, l.text/2), text: foreign(e.Error, l.text)}
		if !e.Since.IsZero() {
			it.note = "since " + clock(e.Since, d.now)
		}
		s.items = append(s.items, it)
	}
	if len(s.items) > 0 {
		d.sections = append(d.sections, s)
	}
}
