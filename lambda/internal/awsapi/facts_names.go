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
	Zones     []zoneXML `xml:"HostedZones>HostedZone"`
	Truncated bool      `xml:"IsTruncated"`
}

type zoneXML struct {
	ID      string `xml:"Id"`
	Name    string
	Private bool `xml:"Config>PrivateZone"`
}

// readZones finds the longest zone that each name lies in. What is asked for
// one name serves the others.
func readZones(ctx context.Context, r *reading, names []string) {
	asked := zonesAsked{}
	for _, name := range names {
		read, err := r.zonesOf(ctx, asked, strings.ToLower(strings.TrimSuffix(name, ".")))
		var zones []topology.Zone
		for _, z := range read {
			// Which zone answers depends on the networks of private ones, so
			// without them nothing is known.
			zone := topology.Zone{ID: strings.TrimPrefix(z.ID, "/hostedzone/"), Name: z.Name, Private: z.Private}
			if zone.Private && err == nil {
				zone.VPCs, err = r.networksOf(ctx, zone.ID)
			}
			zones = append(zones, zone)
		}
		if err == nil && len(zones) == 0 {
			r.missing(topology.Zones, name)
			continue
		}
		putList(r, &r.to.Zones, topology.Zones, name, zones, err)
	}
}

// zonesAsked has the answers by the name that the list was to begin at.
type zonesAsked map[string]zonesAnswer

// zonesOf asks first for the name above the host, because Route 53 lists the
// zones below it next, that of the host too; then for the host itself, in case
// the list did not reach it; then upwards, because a list does not hold what
// lies above. The last label alone is nobody's zone.
func (r *reading) zonesOf(ctx context.Context, asked zonesAsked, host string) ([]zoneXML, error) {
	var names []string
	for at := host; strings.Contains(at, "."); _, at, _ = strings.Cut(at, ".") {
		names = append(names, at)
	}
	order := names
	if len(names) > 1 {
		order = append([]string{names[1], names[0]}, names[2:]...)
	}
	var above []zoneXML
	for i, name := range order {
		list, err := r.zonesFrom(ctx, asked, name)
		if err != nil {
			return nil, err
		}
		found := list.named(name)
		if i == 0 && len(order) > 1 {
			if own := list.named(host); len(own) > 0 {
				return own, nil
			}
			if above = found; len(above) > 0 && list.endsBeyond(name) {
				return above, nil
			}
			continue
		}
		if len(found) == 0 && i == 1 {
			found = above
		}
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, nil
}

func (r *reading) zonesFrom(ctx context.Context, asked zonesAsked, name string) (zonesAnswer, error) {
	if known, again := asked[name]; again {
		return known, nil
	}
	var answer zonesAnswer
	err := r.call(ctx, request{operation: listHostedZonesByName, region: r.client.route53Region(), path: "/2013-04-01/hostedzonesbyname?dnsname=" + url.QueryEscape(name), out: &answer})
	for i := range answer.Zones {
		answer.Zones[i].Name = strings.ToLower(strings.TrimSuffix(answer.Zones[i].Name, "."))
	}
	if err == nil {
		asked[name] = answer
	}
	return answer, err
}

// named are the zones of exactly one name: a public one and private ones.
func (a zonesAnswer) named(name string) (found []zoneXML) {
	for _, z := range a.Zones {
		if z.Name == name {
			found = append(found, z)
		}
	}
	return found
}

// endsBeyond reports whether the list holds all zones below a name.
func (a zonesAnswer) endsBeyond(name string) bool {
	return !a.Truncated || len(a.Zones) > 0 && !strings.HasSuffix("."+a.Zones[len(a.Zones)-1].Name, "."+name)
}

type zoneAnswer struct {
	VPCs []string `xml:"VPCs>VPC>VPCId"`
}

func (r *reading) networksOf(ctx context.Context, zone string) ([]string, error) {
	var answer zoneAnswer
	err := r.call(ctx, request{operation: getHostedZone, region: r.client.route53Region(), path: "/2013-04-01/hostedzone/" + url.PathEscape(zone), out: &answer})
	return answer.VPCs, err
}
