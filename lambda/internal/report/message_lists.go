package report

import (
	"fmt"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// endpoints lists what an incident is about, the worst first.
func (d *draft) endpoints(f *incident.Facts, over bool, l limits) {
	if over && !isPast(d.source, byNow(d.source, f.ID)) {
		d.recovered(f, l)
		return
	}
	all := len(f.Endpoints) + f.More
	failing := 0
	for _, e := range f.Endpoints {
		if e.Failing {
			failing++
		}
	}
	s := section{heading: fmt.Sprintf("Failing%s: %d of %d", d.then(), failing, all)}
	switch {
	case ofKnowledge(f):
		s.heading = headingOfKnowledge(f)
	case d.source.Kind == incident.KindChecker:
		s.heading = "Not known" + d.then() + ": " + counted(all, "endpoint")
	case f.More > 0:
		s.heading = counted(all, "endpoint") + d.then() + ", the worst first"
	case failing == all:
		s.heading = "Failing" + d.then() + ": " + counted(all, "endpoint")
	}
	d.list(s, f.Endpoints, f.More, l)
}

// recovered lists what is good again, and what is not although its incident is
// over.
func (d *draft) recovered(f *incident.Facts, l limits) {
	var good []string
	var bad []incident.EndpointFact
	for _, e := range f.Endpoints {
		if e.Failing {
			bad = append(bad, e)
			continue
		}
		good = append(good, e.Key)
	}
	failing, again := "Failing still", "Good again%s (%d)"
	if ofKnowledge(f) {
		failing, again = "Failing, as is known now", "Good, as is known now%s (%d)"
	}
	d.list(section{heading: failing}, bad, 0, l)
	shown, more := few(good, l)
	d.inline(fmt.Sprintf(again, d.then(), len(good)+f.More), shown, more+f.More)
}

// list adds a section of endpoints.
func (d *draft) list(s section, facts []incident.EndpointFact, more int, l limits) {
	for i, e := range facts {
		if i == l.items {
			more += len(facts) - i
			break
		}
		s.items = append(s.items, d.endpoint(e, l))
	}
	s.more = more
	for i := len(s.items) - 1; i > 0; i-- { // often one host says one thing about all
		if it := &s.items[i]; it.text != "" && it.text == s.items[i-1].text {
			it.text = "the same"
		}
	}
	if len(s.items) > 0 {
		d.sections = append(d.sections, s)
	}
}

func (d *draft) endpoint(e incident.EndpointFact, l limits) item {
	it := item{name: clean(e.Key, l.text/2), address: clean(e.URL, l.text), text: foreign(e.Error, l.text)}
	if !e.Failing {
		it.note, it.address, it.text = "good again", "", ""
		switch {
		case unclear(e):
			it.note, it.text = d.unknownSince(e), foreign(e.Error, l.text)
		case d.source.Incident != nil && ofKnowledge(d.source.Incident):
			it.note = "good, as is known now"
		case d.source.Kind == incident.KindChecker:
			it.note = ""
		case e.Unknown:
			it.note = "good when it was last seen, not known now"
		}
		return it
	}
	if it.text == "" {
		it.text = clean(result.Describe(e.Class), 100)
	}
	notes := []string{}
	if e.Class != "" {
		notes = append(notes, clean(string(e.Class), 40))
	}
	if !e.Since.IsZero() {
		notes = append(notes, "failing since "+clock(e.Since, d.now))
	}
	if e.Unknown {
		notes = append(notes, "not known now")
	}
	it.note = strings.Join(notes, ", ")
	return it
}

// names adds a section of names only.
func (d *draft) names(heading string, names []string, more int, l limits) {
	shown, left := few(names, l)
	d.inline(heading, shown, left+max(more, 0))
}

func (d *draft) inline(heading string, names []string, more int) {
	if len(names) == 0 {
		return
	}
	s := section{heading: heading, inline: true, more: more}
	for _, name := range names {
		s.items = append(s.items, item{name: name})
	}
	d.sections = append(d.sections, s)
}

// news lists what ECS said of the service.
func (d *draft) news(news []incident.ServiceNews, l limits) {
	s := section{heading: "What ECS says"}
	for i, event := range news {
		if i == l.items {
			s.more = len(news) - i
			break
		}
		note := "at " + clock(event.Last, d.now)
		if event.Count > 1 {
			note = fmt.Sprintf("%d times, last at %s", event.Count, clock(event.Last, d.now))
		}
		s.items = append(s.items, item{name: clean(event.Name, 60), note: note, text: foreign(event.Reason, l.text)})
	}
	if len(s.items) > 0 {
		d.sections = append(d.sections, s)
	}
}

// others lists other incidents.
func (d *draft) others(heading string, others []incident.OtherFact, more int, l limits) {
	s := section{heading: heading, more: max(more, 0), rest: "tidewatch incidents list"}
	for i, other := range others {
		if i == l.items {
			s.more += len(others) - i
			break
		}
		name := strings.TrimSpace(severity(other.Severity) + " " + clean(other.ID, 60))
		s.items = append(s.items, item{mark: mark(other.Severity), name: name, note: foreign(other.Title, l.text)})
	}
	if len(s.items) > 0 {
		d.sections = append(d.sections, s)
	}
}

func (d *draft) ofDeployment(f *incident.DeployFacts, l limits) {
	now := d.now
	if d.source.Kind == incident.KindDeployment {
		d.lead = deployLead(f)
	}
	switch step := deployAction(f); {
	case step.text == "" || d.source.Incident != nil && isOver(d.source):
	case len(d.steps) == 0:
		d.steps = append(d.steps, step)
	default: // the incident's own first step names the service, this one has the command
		d.steps[0] = step
	}
	d.tell(&d.impact, "Reason", foreign(f.Reason, l.text))
	if !f.Started.IsZero() {
		text := clock(f.Started, now)
		if f.Took > 0 {
			text += ", took " + elapsed(f.Took)
		}
		d.tell(&d.impact, "Began", text)
	}
	d.list(section{heading: fmt.Sprintf("Good before, failing now: %d of %d checked", len(f.Regressed), max(f.Checked, len(f.Regressed)))}, f.Regressed, 0, l)
	d.list(section{heading: "Failing before it and now: " + counted(len(f.Still), "endpoint")}, f.Still, 0, l)
	d.list(section{heading: "Could not be judged: " + counted(len(f.Unjudged)+max(f.UnjudgedMore, 0), "endpoint")}, f.Unjudged, max(f.UnjudgedMore, 0), l)
	cluster, name := splitService(clean(f.Service, titleLimit))
	if cluster != "" {
		name += " in " + cluster
	}
	d.tell(&d.about, "Service", name)
	d.tell(&d.about, "Rollout", clean(f.ID, 120))
}

func deployLead(f *incident.DeployFacts) string {
	switch f.Status {
	case "verified":
		switch {
		case f.Checked <= 0:
			return "It is complete. No endpoint of the service is checked."
		case len(f.Still) > 0:
			return fmt.Sprintf("Nothing is worse than before it: %s checked.", counted(f.Checked, "endpoint"))
		}
		return fmt.Sprintf("All is good after it: %s checked.", counted(f.Checked, "endpoint"))
	case "unverified":
		return fmt.Sprintf("It is complete, and nothing is known to be worse than before it. But of %s %d could not be judged.", counted(f.Checked, "endpoint"), len(f.Unjudged)+max(f.UnjudgedMore, 0))
	case "unseen":
		return "It should have ended by now. Whether it has, and how, is not known."
	case "regressed":
		return fmt.Sprintf("What was good before it fails now: %s.", counted(len(f.Regressed), "endpoint"))
	case "failed":
		return "ECS reports that it failed."
	case "rolled-back":
		return "ECS goes back to the version before."
	case "stuck":
		return "It has not ended in the time it should take."
	}
	return ""
}
