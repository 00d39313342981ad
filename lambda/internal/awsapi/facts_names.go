package awsapi

import (
	"context"
	"net/url"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

var (
	listHostedZonesByName  = operation{"route53", "rest.ListHostedZonesByName"}
	getHostedZone          = operation{"route53", "rest.GetHostedZone"}
	listResourceRecordSets = operation{"route53", "rest.ListResourceRecordSets"}
)

type zonesAnswer struct {
	Zones []struct {
		ID      string `xml:"Id"`
		Name    string
		Private bool `xml:"Config>PrivateZone"`
	} `xml:"HostedZones>HostedZone"`
}

// readZones asks for every name from the host upwards, because a list by name
// begins at the name and need not hold the zones above it. The last label
// alone is nobody's zone. Names of one zone share what is asked above them.
func readZones(ctx context.Context, r *reading, names []string) {
	asked := map[string]zonesNamed{}
	for _, name := range names {
		found := zonesNamed{}
		for at := strings.ToLower(strings.TrimSuffix(name, ".")); strings.Contains(at, "."); _, at, _ = strings.Cut(at, ".") {
			known, again := asked[at]
			if !again {
				known = r.zonesNamed(ctx, at)
				asked[at] = known
			}
			if found = known; found.err != nil || len(found.zones) > 0 {
				break
			}
		}
		if found.err == nil && len(found.zones) == 0 {
			r.missing(topology.Zones, name)
			continue
		}
		putList(r, &r.to.Zones, topology.Zones, name, found.zones, found.err)
	}
}

// zonesNamed are the zones of exactly one name, a public and private ones.
type zonesNamed struct {
	zones []topology.Zone
	err   error
}

// zonesNamed asks for the networks of private zones, too: which zone answers
// depends on them, so a zone whose networks cannot be read is not known.
func (r *reading) zonesNamed(ctx context.Context, name string) (found zonesNamed) {
	var answer zonesAnswer
	q := request{operation: listHostedZonesByName, region: r.client.route53Region(), path: "/2013-04-01/hostedzonesbyname?dnsname=" + url.QueryEscape(name), out: &answer}
	if found.err = r.call(ctx, q); found.err != nil {
		return found
	}
	for _, z := range answer.Zones {
		if !strings.EqualFold(strings.TrimSuffix(z.Name, "."), name) {
			continue
		}
		zone := topology.Zone{ID: strings.TrimPrefix(z.ID, "/hostedzone/"), Name: name, Private: z.Private}
		if zone.Private {
			if zone.VPCs, found.err = r.networksOf(ctx, zone.ID); found.err != nil {
				return found
			}
		}
		found.zones = append(found.zones, zone)
	}
	return found
}

type zoneAnswer struct {
	VPCs []string `xml:"VPCs>VPC>VPCId"`
}

func (r *reading) networksOf(ctx context.Context, zone string) ([]string, error) {
	var answer zoneAnswer
	err := r.call(ctx, request{operation: getHostedZone, region: r.client.route53Region(), path: "/2013-04-01/hostedzone/" + url.PathEscape(zone), out: &answer})
	return answer.VPCs, err
}
