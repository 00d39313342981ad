package awsapi

import (
	"context"
	"net/url"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

var (
	listHostedZonesByName  = operation{"route53", "rest.ListHostedZonesByName"}
	listResourceRecordSets = operation{"route53", "rest.ListResourceRecordSets"}
)

// route53Region is the one that Route 53 is signed for, wherever one calls from.
const route53Region = "us-east-1"

type zonesAnswer struct {
	Zones []struct {
		ID      string `xml:"Id"`
		Name    string
		Private bool `xml:"Config>PrivateZone"`
	} `xml:"HostedZones>HostedZone"`
}

// readZones asks for every name from the host upwards, because a list by name
// begins at the name and need not hold the zones above it. The last label
// alone is nobody's zone.
func readZones(ctx context.Context, r *reading, names []string) {
	for _, name := range names {
		found := []topology.Zone{}
		var failure error
		for at := strings.TrimSuffix(name, "."); strings.Contains(at, "."); _, at, _ = strings.Cut(at, ".") {
			var answer zonesAnswer
			failure = r.call(ctx, request{operation: listHostedZonesByName, region: route53Region, path: "/2013-04-01/hostedzonesbyname?dnsname=" + url.QueryEscape(at), out: &answer})
			if failure != nil {
				break
			}
			for _, z := range answer.Zones {
				if strings.EqualFold(strings.TrimSuffix(z.Name, "."), at) {
					found = append(found, topology.Zone{ID: strings.TrimPrefix(z.ID, "/hostedzone/"), Name: at, Private: z.Private})
				}
			}
			if len(found) > 0 {
				break
			}
		}
		switch {
		case failure != nil:
			r.fail(topology.Zones, name, failure)
		case len(found) == 0:
			r.to.Missing(topology.Want{Kind: topology.Zones, Key: name}, r.limits.Now())
		default:
			r.to.Zones.Put(name, known(r, topology.Zones, found))
		}
	}
}

type recordsAnswer struct {
	Sets []struct {
		Name, Type, SetIdentifier string

		TTL    int
		Weight *int
		Values []string `xml:"ResourceRecords>ResourceRecord>Value"`
		Alias  string   `xml:"AliasTarget>DNSName"`
	} `xml:"ResourceRecordSets>ResourceRecordSet"`
}

// readRecords asks for the name, then for the wildcard beside it.
func readRecords(ctx context.Context, r *reading, keys []string) {
	for _, key := range keys {
		zone, name, _ := strings.Cut(key, "|")
		_, parent, _ := strings.Cut(name, ".")
		var found []topology.Record
		var failure error
		for _, asked := range []string{name, "*." + parent} {
			if found, failure = r.recordsOf(ctx, zone, asked); failure != nil || len(found) > 0 {
				break
			}
		}
		switch {
		case failure != nil:
			r.fail(topology.Records, key, failure)
		case len(found) == 0:
			r.to.Missing(topology.Want{Kind: topology.Records, Key: key}, r.limits.Now())
		default:
			r.to.Records.Put(key, known(r, topology.Records, found))
		}
	}
}

func (r *reading) recordsOf(ctx context.Context, zone, name string) ([]topology.Record, error) {
	var answer recordsAnswer
	path := "/2013-04-01/hostedzone/" + url.PathEscape(zone) + "/rrset?maxitems=100&name=" + url.QueryEscape(name)
	if err := r.call(ctx, request{operation: listResourceRecordSets, region: route53Region, path: path, out: &answer}); err != nil {
		return nil, err
	}
	var found []topology.Record
	for _, s := range answer.Sets {
		// Route 53 writes a star as \052.
		if !strings.EqualFold(strings.ReplaceAll(strings.TrimSuffix(s.Name, "."), `\052`, "*"), name) {
			continue
		}
		alias := strings.TrimPrefix(strings.TrimSuffix(s.Alias, "."), "dualstack.")
		found = append(found, topology.Record{Name: name, Type: s.Type, Alias: alias, Values: s.Values, TTL: s.TTL, Set: s.SetIdentifier, Weight: s.Weight})
	}
	return found, nil
}
