package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// lookAtPrivateZone is D03: whether the checker's network sees a private zone.
func lookAtPrivateZone(w *walk, zone topology.Zone, host string) bool {
	own := get(w, w.facts.OwnNetwork, topology.OwnNetwork, "")
	switch own.State {
	case topology.Absent:
		w.broken(privateZone(w, hiddenZone{zone, host, "", "the checker runs in no VPC, and only VPCs associated with the %s can resolve %s", own.Status}))
		return false
	case topology.Unknown:
		return true
	}
	vpc := own.Value.VPC
	attributes := get(w, w.facts.VPCs, topology.VPCs, vpc)
	if !slices.Contains(zone.VPCs, vpc) {
		read := w.facts.Zones.Of(host).Status
		w.broken(privateZone(w, hiddenZone{zone, host, vpc, vpc + " is not associated with the %s, so %s does not resolve there", read}))
		return false
	}
	if a, ok := attributes.Get(); ok && !(a.DNSSupport && a.DNSHostnames) {
		off := []string{}
		for name, on := range map[string]bool{"enableDnsSupport": a.DNSSupport, "enableDnsHostnames": a.DNSHostnames} {
			if !on {
				off = append(off, name)
			}
		}
		slices.Sort(off)
		c := privateZone(w, hiddenZone{zone, host, vpc, strings.Join(off, " and ") + " of " + vpc + " is off, so the %s does not answer for %s there", attributes.Status})
		c.actions = nil
		for _, name := range off {
			c.actions = append(c.actions, Action{
				Priority: "P0", Do: fmt.Sprintf("turn on %s of %s", name, vpc), Mutates: true, Risk: "reversible", DoneWhen: host + " resolves in " + vpc,
				Command: fmt.Sprintf("aws ec2 modify-vpc-attribute --vpc-id %s %s '{\"Value\":true}' --region %s", vpc, attributeFlags[name], w.facts.Region),
				Done:    Test{FindingGone, c.key()},
			})
		}
		w.broken(c)
		return false
	}
	return true
}

var attributeFlags = map[string]string{"enableDnsSupport": "--enable-dns-support", "enableDnsHostnames": "--enable-dns-hostnames"}

// hiddenZone is a private zone that cannot be seen from a network, and why:
// a sentence with places for the zone and the name.
type hiddenZone struct {
	zone      topology.Zone
	host, vpc string
	why       string
	read      topology.Status
}

func privateZone(w *walk, h hiddenZone) candidate {
	sentence := fmt.Sprintf(h.why, zoneName(h.zone), h.host)
	c := candidate{
		code: DNSPrivateZone, root: h.zone.Name + "/" + h.vpc,
		predicts: []prediction{{classes: noName}},
		say:      func([]string) string { return sentence },
		evidence: []Evidence{told(h.read, sentence), w.probed(fmt.Sprintf("%s: %s", h.host, saw(w)))},
		verify:   []string{fmt.Sprintf("aws route53 get-hosted-zone --id %s --query VPCs", h.zone.ID)},
	}
	if len(h.zone.VPCs) > 0 {
		c.evidence = append(c.evidence, told(w.facts.Zones.Of(h.host).Status, fmt.Sprintf("the %s is associated with %s", zoneName(h.zone), listed(h.zone.VPCs))))
	}
	if h.vpc == "" {
		c.actions = []Action{{Priority: "P0", Do: fmt.Sprintf("probe %s from a checker inside %s, or give it a public name", h.host, listed(h.zone.VPCs)), DoneWhen: h.host + " resolves", Done: Test{FindingGone, c.key()}}}
		return c
	}
	for _, attribute := range []string{"enableDnsSupport", "enableDnsHostnames"} {
		c.verify = append(c.verify, fmt.Sprintf("aws ec2 describe-vpc-attribute --vpc-id %s --attribute %s --region %s", h.vpc, attribute, w.facts.Region))
	}
	c.actions = []Action{{
		Priority: "P0", Do: fmt.Sprintf("associate %s with the %s", h.vpc, zoneName(h.zone)), Mutates: true, Risk: "reversible", DoneWhen: h.host + " resolves in " + h.vpc,
		Command: fmt.Sprintf("aws route53 associate-vpc-with-hosted-zone --hosted-zone-id %s --vpc VPCRegion=%s,VPCId=%s", h.zone.ID, w.facts.Region, h.vpc),
		Done:    Test{FindingGone, c.key()},
	}}
	return c
}
