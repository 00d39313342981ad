package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
)

// impact has a row for each host on which something fails.
func (d *Diagnosis) impact(p *page) {
	if d.failing() == 0 {
		return
	}
	var order []string
	byHost := map[string][]Checked{}
	for _, c := range d.Checks {
		host := cmp.Or(c.Host, c.Key)
		if byHost[host] == nil {
			order = append(order, host)
		}
		byHost[host] = append(byHost[host], c)
	}
	var rows [][]cell
	for _, host := range order {
		if row, hurt := d.hostRow(host, byHost[host]); hurt {
			rows = append(rows, row)
		}
	}
	p.heading(2, "Impact")
	p.table([]string{"Host", "Checks failing", "What works", "Since", "Users lose"}, rows)
}

func (d *Diagnosis) hostRow(host string, checks []Checked) ([]cell, bool) {
	failing := 0
	var since time.Time
	var works, loses, keys []string
	for _, c := range checks {
		switch {
		case c.Healthy:
			works = append(works, cmp.Or(c.Path, c.Key))
		case !c.Unknown:
			failing++
			keys = append(keys, c.Key)
			if since.IsZero() || !c.Since.IsZero() && c.Since.Before(since) {
				since = c.Since
			}
			if c.Loses != "" && !slices.Contains(loses, c.Loses) {
				loses = append(loses, c.Loses)
			}
		}
	}
	fine := strings.Join(d.good(keys), ", ")
	if len(works) > 0 {
		fine = strings.TrimPrefix(fine+"; healthy: "+places(works), "; ")
	}
	return cells(host, fmt.Sprintf("%d/%d", failing, len(checks)), cmp.Or(fine, "nothing"), datedOr(since, "not known"), strings.Join(loses, "; ")), failing > 0
}

// good are the hops that are fine on the way of some of these endpoints, and
// broken or in doubt on the way of none.
func (d *Diagnosis) good(endpoints []string) []string {
	var fine []diagnose.Hop
	doubtful := map[diagnose.Hop]bool{}
	for _, endpoint := range endpoints {
		for _, s := range d.stations(endpoint) {
			if s.Verdict != diagnose.OK {
				doubtful[s.Hop] = true
			} else if !slices.Contains(fine, s.Hop) {
				fine = append(fine, s.Hop)
			}
		}
	}
	var names []string
	for _, hop := range fine {
		if !doubtful[hop] {
			names = append(names, hop.String())
		}
	}
	return names
}
