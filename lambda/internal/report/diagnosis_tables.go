package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
)

// rules has a row for each rule that takes requests: what it does with them,
// and which they are.
func (d *Diagnosis) rules(p *page) {
	if d.failing() == 0 || len(d.Rules) == 0 {
		return
	}
	p.heading(2, "Which rule takes which request")
	var rows [][]cell
	requests := map[string][]string{}
	for _, m := range d.Rules {
		row := cells(m.Listener, m.Rule, done(&m), "")
		key := rowKey(row)
		if requests[key] == nil {
			rows = append(rows, row)
		}
		if request := m.Host + m.Path; !slices.Contains(requests[key], request) {
			requests[key] = append(requests[key], request)
		}
	}
	for _, row := range rows {
		row[3].text = places(requests[rowKey(row)])
	}
	p.tableOf(2, []string{"Listener", "Rule", "Does", "Requests"}, rows)
}

// rowKey is the same for requests that the same rule takes in the same way.
func rowKey(row []cell) string {
	return strings.Join([]string{row[0].text, row[1].text, row[2].text}, "\n")
}

// done is what a rule does with a request, and what is odd about that.
func done(m *diagnose.Match) string {
	switch {
	case m.Wanted != "":
		return m.Does + ", not to " + m.Wanted + " as configured"
	case m.Misses != "":
		return m.Does + "; it misses " + m.Misses
	}
	return m.Does
}

// names has a row for each host, those in order as well.
func (d *Diagnosis) names(p *page) {
	if d.failing() == 0 || len(d.Names) == 0 {
		return
	}
	p.heading(2, "Names and certificates")
	var rows [][]cell
	for _, n := range d.Names {
		ends := ""
		if !n.Ends.IsZero() {
			ends = n.Ends.UTC().Format(time.DateOnly)
		}
		standing := "❌ no"
		switch {
		case n.OK && n.Open:
			standing = "❔ not all is known"
		case n.OK:
			standing = "✅ yes"
		}
		rows = append(rows, cells(n.Host, standing, n.Name, cmp.Or(n.LeadsTo, "not known"), cmp.Or(n.TLS, "no TLS"), ends))
	}
	p.table([]string{"Host", "In order", "Name", "Leads to", "Certificate", "Ends"}, rows)
}
