package diagnose

import (
	"fmt"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Domain is a row of the table of names: what a host leads to, and whether a
// certificate covers it.
type Domain struct {
	Host    string    `json:"host"`
	Name    string    `json:"name"`           // "resolves", "no record in the zone hokus.ai (Z1)", …
	LeadsTo string    `json:"leads_to"`       // load balancer, or the name; "": not read
	TLS     string    `json:"tls"`            // "covered", "not covered: sent …", "" for plain HTTP
	Ends    time.Time `json:"ends,omitzero"`  // of the certificate that was sent
	OK      bool      `json:"ok"`             // nothing speaks against it
	Open    bool      `json:"open,omitempty"` // something could not be told
}

// Domains tells of every host that is probed, those that are well too. It
// wants nothing: what was not read is open.
func Domains(in Input) []Domain {
	table := []Domain{}
	if in.Facts == nil {
		return table
	}
	seen := map[string]int{}
	for _, s := range in.Symptoms {
		host := strings.ToLower(s.Endpoint.Host)
		if host == "" {
			continue
		}
		row := (&walk{in: in, facts: in.Facts, symptom: s, quiet: true}).domain(host)
		if i, again := seen[host]; again {
			if table[i].OK && !row.OK || table[i].Open && !row.Open {
				table[i] = row
			}
			continue
		}
		seen[host] = len(table)
		table = append(table, row)
	}
	return table
}

func (w *walk) domain(host string) Domain {
	row := Domain{Host: host, Name: "resolves", OK: true, Ends: w.symptom.NotAfter}
	zone, records, verdict := follow(w, host)
	switch resolved := w.symptom.Reached(result.PhaseTCP); {
	case !resolved && verdict == OK && zone.ID != "" && len(records) == 0:
		row.Name, row.OK = "no record in the "+zoneName(zone), false
	case !resolved:
		row.Name, row.OK, row.Open = result.Describe(w.symptom.Class), false, zone.ID == ""
	}
	row.LeadsTo = w.route.name
	if access.IsNameOfBalancer(row.LeadsTo) {
		if lb, found := topology.BalancerByName(w.facts.LoadBalancers.Of("").Value, row.LeadsTo); found {
			row.LeadsTo = lb.Name
		} else if w.facts.LoadBalancers.Of("").State == topology.Known {
			row.LeadsTo += ", which is no load balancer of the region"
		}
	}
	w.certified(&row)
	return row
}

// certified fills in the certificate: what was sent is what counts.
func (w *walk) certified(row *Domain) {
	s := w.symptom
	switch {
	case s.Endpoint.Scheme != "https" && s.Endpoint.Scheme != "wss":
	case s.Class == result.TLSExpired:
		row.TLS, row.OK = "expired", false
	case len(s.CertNames) > 0 && !covers(s.CertNames, row.Host):
		row.TLS, row.OK = fmt.Sprintf("not covered: the certificate is for %s", listed(s.CertNames)), false
	case len(s.CertNames) > 0:
		row.TLS = "covered"
	default:
		row.TLS, row.Open = "not seen", true
	}
}
