package awsapi

import (
	"context"
	"net/url"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

type recordsAnswer struct {
	Sets []recordSet `xml:"ResourceRecordSets>ResourceRecordSet"`
}

type recordSet struct {
	Name, Type, SetIdentifier string

	TTL    int
	Weight *int
	Values []string `xml:"ResourceRecords>ResourceRecord>Value"`
	Alias  string   `xml:"AliasTarget>DNSName"`
}

// readRecords asks for the name, then, from its parent upwards, for the
// wildcard that answers for it. A name that exists, even if only as the end of
// others, hides the wildcards above it; the zone's own name always exists.
func readRecords(ctx context.Context, r *reading, key string) {
	zone, name := pair(key)
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	sets, err := r.setsFrom(ctx, zone, name)
	found := recordsNamed(sets, name)
	hidden := reaches(sets, name)
	_, above, _ := strings.Cut(name, ".")
	for err == nil && len(found) == 0 && !hidden && strings.Contains(above, ".") {
		if sets, err = r.setsFrom(ctx, zone, above); err != nil {
			break
		}
		if delegates(sets, above) {
			r.unsupported(topology.Records, key, "the zone delegates "+above+" to other name servers")
			return
		}
		found, hidden = recordsNamed(sets, "*."+above), reaches(sets, above)
		_, above, _ = strings.Cut(above, ".")
	}
	if err == nil && len(found) == 0 {
		r.missing(topology.Records, key)
		return
	}
	putList(r, &r.to.Records, topology.Records, key, found, err)
}

// setsFrom lists a zone from a name on, in the order of Route 53: what ends in
// the name comes next.
func (r *reading) setsFrom(ctx context.Context, zone, name string) ([]recordSet, error) {
	var answer recordsAnswer
	path := "/2013-04-01/hostedzone/" + url.PathEscape(zone) + "/rrset?maxitems=100&name=" + url.QueryEscape(name)
	err := r.call(ctx, request{operation: listResourceRecordSets, region: r.client.route53Region(), path: path, out: &answer})
	for i := range answer.Sets {
		// Route 53 writes a star as \052.
		answer.Sets[i].Name = strings.ToLower(strings.ReplaceAll(strings.TrimSuffix(answer.Sets[i].Name, "."), `\052`, "*"))
	}
	return answer.Sets, err
}

func recordsNamed(sets []recordSet, name string) (found []topology.Record) {
	for _, s := range sets {
		if s.Name == name {
			alias := strings.TrimPrefix(strings.ToLower(strings.TrimSuffix(s.Alias, ".")), "dualstack.")
			if s.Type == "TXT" || s.Type == "SPF" {
				s.Values = nil // these may be secrets, and lead nowhere
			}
			found = append(found, topology.Record{Name: name, Type: s.Type, Alias: alias, Values: s.Values, TTL: s.TTL, Set: s.SetIdentifier, Weight: s.Weight})
		}
	}
	return found
}

// reaches reports whether the name or one that ends in it has records.
func reaches(sets []recordSet, name string) bool {
	for _, s := range sets {
		if s.Name == name || strings.HasSuffix(s.Name, "."+name) {
			return true
		}
	}
	return false
}

// delegates reports whether the name has name servers without being the zone's
// own, which has an SOA record beside them.
func delegates(sets []recordSet, name string) bool {
	servers, own := false, false
	for _, s := range sets {
		servers = servers || s.Name == name && s.Type == "NS"
		own = own || s.Name == name && s.Type == "SOA"
	}
	return servers && !own
}
