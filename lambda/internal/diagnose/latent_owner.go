package diagnose

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// standing is who has an address, as far as that is certain.
type standing struct {
	words    string // ", …"; "" where nothing is certain
	evidence []Evidence
	nobody   bool
	reserved bool // of AWS itself, such as the VPC's name server: it never moves
}

// standing asks who has the address that a service calls.
func (v *survey) standing(l literal) standing {
	owner := sought(v, v.facts.InterfacesByAddress, topology.InterfacesByAddress, l.to.Host)
	if owner.State == topology.Unknown {
		return standing{}
	}
	vpc := v.networkOf(l.service)
	if vpc == "" && (owner.State == topology.Absent || len(owner.Value.Elsewhere) > 0) {
		return standing{} // the address may be one of another network
	}
	if owner = inVPC(owner, vpc); owner.State == topology.Absent {
		within := v.inside(vpc, l.to.Host, accountOf(l.service.ARN, l.service.TaskDefinition))
		s := standing{reserved: within.reserved}
		if within.certain {
			s.nobody, s.words = true, "which no network interface owns"
			s.evidence = []Evidence{told(owner.Status, "no network interface of the account and region has the address "+l.to.Host), within.evidence}
		}
		return s
	}
	s := standing{words: "which belongs to " + ownerName(owner.Value)}
	s.evidence = []Evidence{told(owner.Status, fmt.Sprintf("%s belongs to %s", l.to.Host, ownerName(owner.Value)))}
	if ofTask(owner.Value) {
		s.words = "which belongs to an ECS task and changes with the next one"
	}
	return s
}

// ofTask: ECS describes the interfaces that it attaches to tasks so.
func ofTask(i topology.Interface) bool {
	return strings.Contains(i.Description, ":ecs:") && strings.Contains(i.Description, ":attachment/")
}

// networkOf is the VPC of a service's tasks; "" if it is not known.
func (v *survey) networkOf(s placed) string {
	if len(s.Network.Subnets) == 0 {
		return ""
	}
	return sought(v, v.facts.Subnets, topology.Subnets, s.Network.Subnets[0]).Value.VPC
}

// within is whether an address lies in a network of which all interfaces are
// seen: of a shared one, or one behind a peering or a line of one's own, they
// are not.
type within struct {
	certain  bool
	reserved bool
	evidence Evidence
}

func (v *survey) inside(vpc, address, account string) within {
	if vpc == "" {
		return within{}
	}
	fact := sought(v, v.facts.VPCs, topology.VPCs, vpc)
	at, err := netip.ParseAddr(address)
	if err != nil || account == "" || fact.Value.Owner != account {
		return within{}
	}
	for _, cidr := range fact.Value.CIDRs {
		prefix, err := netip.ParsePrefix(cidr)
		if err != nil || !prefix.Contains(at) {
			continue
		}
		for base, n := prefix.Masked().Addr(), 0; n < 4; base, n = base.Next(), n+1 {
			if base == at {
				return within{reserved: true}
			}
		}
		return within{certain: true, evidence: told(fact.Status, fmt.Sprintf("%s lies in %s of %s, which belongs to this account", address, cidr, vpc))}
	}
	return within{}
}

// accountOf is the account in the first ARN that has one.
func accountOf(arns ...string) string {
	for _, name := range arns {
		if parsed, err := arn.Parse(name); err == nil && parsed.AccountID != "" {
			return parsed.AccountID
		}
	}
	return ""
}
