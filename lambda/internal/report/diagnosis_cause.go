package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
)

// verdicts mark the hops of a way. A mark never stands without its word.
var verdicts = map[diagnose.Verdict]string{
	diagnose.OK: "✅", diagnose.Broken: "❌", diagnose.Degraded: "⚠️", diagnose.Unclear: "❔",
}

// cause is the section of one root cause: what it is and how sure, then what
// shows it.
func (d *Diagnosis) cause(p *page, number int, f *diagnose.Finding) {
	p.heading(2, fmt.Sprintf("Root cause %d: %s", number, orCode(f.Title(), f.Code)))
	p.say(f.Sentence + citation(f))
	p.list(d.levelLines(f)...)
	if len(f.Explains) > 0 {
		p.say(d.walked(f.Explains[0]))
	}
	d.evidence(p, f)
	ruledOut(p, f)
	for _, line := range disagreements(f.Contradictions) {
		p.say(line)
	}
	var effects []cell
	for _, e := range f.Effects {
		effects = append(effects, cell{text: "Its consequence: " + e.Sentence})
	}
	p.list(effects...)
}

// ruledOut is the evidence against what would have fitted as well. The fact
// comes first, so that nobody takes what is ruled out for what is said.
func ruledOut(p *page, f *diagnose.Finding) {
	var rows [][]cell
	for _, r := range f.RuledOut {
		var proof diagnose.Evidence
		if i := slices.IndexFunc(f.Evidence, func(e diagnose.Evidence) bool { return e.ID == r.Evidence }); r.Evidence != "" && i >= 0 {
			proof = f.Evidence[i]
		}
		mode, _ := diagnose.ModeOf(r.Code) // "" for a code of another version
		rows = append(rows, cells(strings.TrimSpace(r.Evidence+" "+r.Statement), mode.Title, proof.Source, datedOr(proof.At, "")))
	}
	if len(rows) > 0 {
		p.say("Ruled out:")
		p.table([]string{"Evidence", "Rules out", "Source", "At"}, rows)
	}
}

func orCode(title string, code diagnose.Code) string {
	if title == "" {
		return strings.ToLower(strings.ReplaceAll(string(code), "_", " "))
	}
	return title
}

// citation names the evidence that a sentence rests on.
func citation(f *diagnose.Finding) string {
	var ids []string
	for _, e := range supporting(f) {
		ids = append(ids, e.ID)
	}
	return cite(strings.Join(ranges(ids), ", "))
}

// supporting is the evidence that does not rule something else out.
func supporting(f *diagnose.Finding) []diagnose.Evidence {
	var found []diagnose.Evidence
	for _, e := range f.Evidence {
		if e.ID == "" || !slices.ContainsFunc(f.RuledOut, func(r diagnose.RuledOut) bool { return r.Evidence == e.ID }) {
			found = append(found, e)
		}
	}
	return found
}

// ranges shortens E1, E2, E3 to E1–E3. Ids that do not count up stay.
func ranges(ids []string) []string {
	var short []string
	for from := 0; from < len(ids); {
		to := from
		for to+1 < len(ids) && follows(ids[to], ids[to+1]) {
			to++
		}
		switch {
		case ids[from] == "":
		case to-from < 2:
			short = append(short, ids[from:to+1]...)
		default:
			short = append(short, ids[from]+"–"+ids[to])
		}
		from = to + 1
	}
	return short
}

// follows reports whether an id is the next one of the same letter.
func follows(id, next string) bool {
	n, err := strconv.Atoi(strings.TrimLeft(id, letters))
	return err == nil && next == strings.TrimRight(id, digits)+strconv.Itoa(n+1)
}

const (
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits  = "0123456789"
)

func cite(ids string) string {
	if ids == "" {
		return ""
	}
	return " [" + ids + "]"
}

// walked is the way of a request, hop by hop.
func (d *Diagnosis) walked(endpoint string) string {
	var hops []string
	for _, s := range d.stations(endpoint) {
		hop := s.Hop.String() + " " + verdicts[s.Verdict]
		if s.Text != "" {
			hop += " " + s.Text
		}
		hops = append(hops, hop)
	}
	if len(hops) == 0 {
		return ""
	}
	return "Path walked for " + endpoint + ": " + strings.Join(hops, " → ")
}

func (d *Diagnosis) evidence(p *page, f *diagnose.Finding) { evidenceTable(p, supporting(f)) }

func evidenceTable(p *page, all []diagnose.Evidence) {
	var rows [][]cell
	for _, e := range all {
		rows = append(rows, cells(e.ID+" "+e.Statement, e.Source, datedOr(e.At, "")))
	}
	p.table([]string{"Evidence", "Source", "At"}, rows)
}

// levelLines say how sure a finding is, why not more, and what would decide.
func (d *Diagnosis) levelLines(f *diagnose.Finding) []cell {
	var lines []string
	switch f.Level {
	case diagnose.Proven:
		lines = []string{"Level proven: what was read makes what was seen inevitable, and nothing speaks against it."}
	case diagnose.Possible:
		lines = []string{"Level possible: something else fits as well."}
		for _, r := range f.Rivals {
			lines = append(lines, "It could also be: "+strings.TrimSuffix(r.What, ".")+". What decides: "+strings.TrimSuffix(r.Decides, ".")+".")
		}
		lines = append(lines, reasons(f)...)
	default:
		lines = append([]string{"Level likely, not proven."}, reasons(f)...)
		if len(lines) == 1 && len(f.Contradictions) == 0 {
			lines = append(lines, "The limit of the probe hid what would have decided; a slower probe does.")
		}
		lines = append(lines, decides(f)...)
	}
	return texts(lines)
}

func texts(lines []string) []cell {
	var items []cell
	for _, line := range lines {
		items = append(items, cell{text: line})
	}
	return items
}

// decides says what will show whether a finding that was inferred is right:
// that its repair helps, or where something has to be found out first, that.
func decides(f *diagnose.Finding) []string {
	var repairs, questions []string
	for _, a := range f.Actions {
		switch {
		case !strings.HasPrefix(a.Priority, "P0.") || a.Stopgap:
		case a.Mutates:
			repairs = append(repairs, a.Priority)
		default:
			questions = append(questions, a.Priority)
		}
	}
	switch {
	case len(f.Inferred) == 0:
		return nil
	case len(repairs) > 0:
		return []string{"What decides: whether the checks recover once " + enumerated(repairs) + " " + agree(len(repairs), "is", "are") + " done."}
	case len(questions) > 0:
		return []string{"What decides: what comes out of " + enumerated(questions) + "."}
	}
	return nil
}

// enumerated joins names as a sentence does.
func enumerated(names []string) string {
	if n := len(names) - 1; n > 0 {
		return strings.Join(names[:n], ", ") + " and " + names[n]
	}
	return strings.Join(names, "")
}

// reasons are why a finding is not proven.
func reasons(f *diagnose.Finding) []string {
	var lines []string
	for _, link := range f.Inferred {
		lines = append(lines, "Inferred, not seen: "+link)
	}
	if n := len(f.Contradictions); n > 0 {
		lines = append(lines, "Facts disagree, so it rests on a picture that is not whole: see "+counted(n, "contradiction")+" above.")
	}
	for _, g := range f.Gaps {
		lines = append(lines, "Could not be read: "+incident.GapSentence(g)+".")
	}
	return lines
}

// disagreements say what was seen and read that cannot both be so, with the
// evidence of both sides.
func disagreements(all []diagnose.Contradiction) []string {
	var lines []string
	for _, c := range all {
		var ids []string
		for _, e := range c.Evidence {
			ids = append(ids, e.ID)
		}
		lines = append(lines, "Facts disagree: "+c.Statement+cite(strings.Join(ids, ", ")))
	}
	return lines
}

// unexplained are checks that fail for no reason that was found.
func (d *Diagnosis) unexplained(p *page) {
	if len(d.Unexplained) == 0 {
		return
	}
	p.heading(2, "Unexplained")
	p.say("These fail, and no cause was found that would look like this.")
	var rows [][]cell
	for _, u := range d.Unexplained {
		var ruled []string
		for _, r := range u.RuledOut {
			ruled = append(ruled, r.Statement)
		}
		rows = append(rows, cells(u.Endpoint, u.Saw, strings.Join(ruled, "; ")))
	}
	p.table([]string{"Check", "What was seen", "Ruled out"}, rows)
	for _, u := range d.Unexplained[:min(len(d.Unexplained), mostCauses)] {
		d.look(p, &u)
	}
}

// look is the way of a check that nothing explains, and where to look.
func (d *Diagnosis) look(p *page, u *diagnose.Unexplained) {
	p.say(d.walked(u.Endpoint))
	if len(u.Look) > 0 {
		p.say("Where to look:")
		p.code(u.Look)
	}
	for _, line := range disagreements(u.Contradictions) {
		p.say(line)
	}
	var both []diagnose.Evidence
	for _, c := range u.Contradictions {
		both = append(both, c.Evidence...)
	}
	evidenceTable(p, both)
}
