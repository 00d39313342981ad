package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// DossiersText lists incidents for a terminal: those that are open, then those
// that are over.
func DossiersText(w io.Writer, dossiers []Dossier, now time.Time, options TextOptions) error {
	b := bufio.NewWriter(w)
	t := &table{palette: Palette{On: options.Color}, width: options.Width}
	var open, over []*incident.Incident
	for i := range dossiers {
		if d := &dossiers[i].Incident; d.State == incident.Resolved {
			over = append(over, d)
		} else {
			open = append(open, d)
		}
	}
	if len(open) > 0 {
		b.WriteString(t.palette.Strong("open") + "\n")
		t.entries(b, open, now)
	} else {
		b.WriteString(t.palette.Good("no incident is open") + "\n")
	}
	if len(over) > 0 {
		b.WriteString("\n" + t.palette.Strong("resolved") + "\n")
		t.entries(b, over, now)
	}
	return b.Flush()
}

// DossierText tells all that is known of an incident.
func DossierText(w io.Writer, d Dossier, now time.Time, options TextOptions) error {
	b := bufio.NewWriter(w)
	t := &table{palette: Palette{On: options.Color}, width: options.Width}
	i := &d.Incident
	head := severity(i.Severity) + "  " + redact.Visible(i.ID)
	t.pair(b, painted{head, func(text string) string { return t.palette.urgency(i, text) }}, painted{"  " + redact.Visible(i.Title), t.palette.Strong}, 0)
	for _, f := range t.factsOfIncident(&d, now) {
		t.fact(b, f, indent)
	}
	t.members(b, &d, now)
	t.history(b, i, now)
	return b.Flush()
}

// fact writes a labelled line, wrapped.
func (t *table) fact(b *bufio.Writer, f fact, column int) {
	label := fit(f.label, dossierLabel)
	for _, line := range t.wrap(redact.Visible(f.text), column+dossierLabel) {
		b.WriteString(strings.Repeat(" ", column) + t.palette.Quiet(label) + line + "\n")
		label = strings.Repeat(" ", dossierLabel)
	}
}

// dossierLabel is how many columns the labels of an incident take.
const dossierLabel = 15

func (t *table) factsOfIncident(d *Dossier, now time.Time) []fact {
	i := &d.Incident
	facts := []fact{{"state", course(i, now)}, {"first failure", clock(i.FirstFailure, now)}}
	add := func(label, text string) {
		if text != "" {
			facts = append(facts, fact{label, text})
		}
	}
	if class := d.cause(); class != "" {
		add("class", fmt.Sprintf("%s, %s", class, result.Describe(class)))
		if i.Root == nil {
			add("look at", result.Look(class))
		}
	}
	facts = append(facts, factsOfCause(i.Root, now)...)
	add("service", i.Service)
	if !i.Acked.IsZero() && i.State != incident.Resolved {
		add("acknowledged", strings.TrimSpace(clock(i.Acked, now)+" "+prefixed("by ", i.AckedBy))+"; no reminders are sent, changes are told")
	}
	if now.Before(i.Snoozed) && i.State != incident.Resolved {
		add("snoozed", "until "+clock(i.Snoozed, now)+"; only its end and a higher severity are told")
	}
	if i.Silent {
		add("told", "nobody, as every alert of its endpoints is disabled")
	}
	if !i.Deployed.IsZero() {
		add("deployment", fmt.Sprintf("%s of %s began %s, %s before the first failure", i.DeployID, i.DeployOf, clock(i.Deployed, now), elapsed(i.FirstFailure.Sub(i.Deployed))))
	}
	if i.Previous.ID != "" {
		add("previous", fmt.Sprintf("%s, resolved %s", i.Previous.ID, clock(i.Previous.Resolved, now)))
	}
	for _, of := range configured {
		for _, text := range together(d.Members, of.value) {
			add(of.label, text)
		}
	}
	return facts
}

// factsOfCause are what is known of why an incident's endpoints fail.
func factsOfCause(c *incident.Root, now time.Time) []fact {
	if c == nil {
		return nil
	}
	facts := []fact{{"cause", levelled(c.Level, shown(c.Sentence))}}
	for _, p := range c.Proof {
		facts = append(facts, fact{"evidence", strings.TrimSpace(p.ID + " " + shown(p.Statement))})
	}
	for _, a := range c.Actions {
		text := strings.TrimSpace(a.Priority + " " + shown(a.Do))
		if !a.Done.IsZero() {
			text += " (seen done " + clock(a.Done, now) + ")"
		}
		facts = append(facts, fact{"action", text}) // its command stands whole in the report
	}
	if c.Report != "" {
		facts = append(facts, fact{"report", "tidewatch report " + c.Report})
	}
	return facts
}

// configured is what a configuration tells the reader of an incident.
var configured = []struct {
	label string
	value func(*Member) string
}{
	{"users lose", func(m *Member) string { return m.UsersLose }},
	{"owner", func(m *Member) string { return m.Owner }},
	{"runbook", func(m *Member) string { return m.Runbook }},
}

// together returns what the endpoints of an incident say, without repetitions.
func together(members []Member, value func(*Member) string) []string {
	var texts []string
	for i := range members {
		if text := value(&members[i]); text != "" && !members[i].Dependent && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// members lists the endpoints, each with what it said last.
func (t *table) members(b *bufio.Writer, d *Dossier, now time.Time) {
	if len(d.Members) == 0 {
		return
	}
	b.WriteString("\n" + t.palette.Strong("endpoints") + "\n")
	listed := d.Members
	if len(listed) > mostEntries { // those that fail have to be among what is shown
		listed = slices.Clone(listed)
		slices.SortStableFunc(listed, func(a, b Member) int { return cmp.Compare(a.state(), b.state()) })
		listed = listed[:mostEntries]
	}
	for i := range listed {
		m := &listed[i]
		s := m.state()
		said := memberStates[s]
		if s == failing || s == healthy { // since when it is degraded is not kept
			said += " since " + clock(m.Known.Since, now)
		}
		if m.Dependent {
			said += ", and depends on what fails"
		}
		t.pair(b, painted{glyphs[s] + " " + redact.Visible(m.Key), func(text string) string { return t.palette.state(s, text) }}, painted{"  " + said, plainly}, indent)
		if e := m.Known; e != nil && e.Failing > 0 {
			for _, line := range t.wrap(redact.Visible(fmt.Sprintf("%s: %s", e.Class, e.Error)), 2*indent) {
				b.WriteString(strings.Repeat(" ", 2*indent) + line + "\n")
			}
		}
	}
	if more := len(d.Members) - len(listed); more > 0 {
		b.WriteString(strings.Repeat(" ", indent) + "… " + andMore(more) + ": --output json has all\n")
	}
}

func plainly(text string) string { return text }

// history tells what happened, and of what there was a message.
func (t *table) history(b *bufio.Writer, i *incident.Incident, now time.Time) {
	if len(i.History) == 0 {
		return
	}
	b.WriteString("\n" + t.palette.Strong("history") + "\n")
	times := 0
	for _, m := range i.History {
		times = max(times, terminal.String(clock(m.At, now)))
	}
	for _, m := range i.History {
		said := fmt.Sprintf("%s, %s", strings.ReplaceAll(string(m.Kind), "-", " "), m.Reason)
		if m.Told {
			said += " · message"
		}
		at := t.palette.Quiet(fit(clock(m.At, now), times))
		for _, line := range t.wrap(said, indent+times+gap) {
			b.WriteString(strings.Repeat(" ", indent) + at + strings.Repeat(" ", gap) + line + "\n")
			at = strings.Repeat(" ", times)
		}
	}
}
