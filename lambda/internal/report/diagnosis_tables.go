package report

import (
	"cmp"
	"time"
)

// rules has a row for each request and listener: what takes it, and where to.
func (d *Diagnosis) rules(p *page) {
	if d.failing() == 0 || len(d.Rules) == 0 {
		return
	}
	p.heading(2, "Which rule takes which request")
	var rows [][]cell
	for _, m := range d.Rules {
		does := m.Does
		switch {
		case m.Wanted != "":
			does += ", not to " + m.Wanted + " as configured"
		case m.Misses != "":
			does += "; it misses " + m.Misses
		}
		rows = append(rows, cells(m.Listener, m.Host+m.Path, m.Rule, does))
	}
	p.table([]string{"Listener", "Request", "Rule", "Does"}, rows)
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
