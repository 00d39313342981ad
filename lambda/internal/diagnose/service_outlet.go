package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// outlet says whether tasks get out of their subnets.
type outlet struct {
	fault    string // empty: nothing is missing, or that is not known
	evidence []Evidence
	missing  []string // VPC endpoints
	known    bool
}

func (o outlet) clause() string {
	if o.fault == "" {
		return ""
	}
	return ": " + o.fault
}

func (o outlet) addTo(c *candidate) {
	c.evidence = append(c.evidence, o.evidence...)
	if o.fault == "" {
		c.inferred = append(c.inferred, "where on the way it ends: routes and endpoints of the VPC show nothing that is missing")
	}
}

func (o outlet) repair(to string) string {
	switch {
	case o.fault == "":
		return fmt.Sprintf("find what keeps the tasks from %s: their security groups must let tcp/443 out, and network ACLs the answers in", to)
	case len(o.missing) > 0:
		return "add a route to a NAT gateway, or the VPC endpoints " + listed(o.missing)
	}
	return "start the tasks with a public address, or in subnets with a route to a NAT gateway"
}

// wayOut looks at the subnets of a service: a default route that works, or the
// VPC endpoints that make up for it.
func (w *walk) wayOut(s topology.Service, services []string) outlet {
	for _, id := range s.Network.Subnets {
		subnet, ok := get(w, w.facts.Subnets, topology.Subnets, id).Get()
		if !ok {
			return outlet{}
		}
		tables := get(w, w.facts.RouteTables, topology.RouteTables, subnet.VPC)
		table, found := topology.RoutesOf(tables.Value, id)
		if !found {
			return outlet{}
		}
		at := slices.IndexFunc(table.Routes, func(r topology.Route) bool { return r.Destination == "0.0.0.0/0" && r.State != "blackhole" })
		if at >= 0 && (!strings.HasPrefix(table.Routes[at].Target, "igw-") || s.Network.PublicIP) {
			continue
		}
		endpoints := get(w, w.facts.VPCEndpoints, topology.VPCEndpoints, subnet.VPC)
		if endpoints.State == topology.Unknown {
			return outlet{}
		}
		var missing []string
		for _, name := range services {
			if !slices.ContainsFunc(endpoints.Value, func(e topology.Endpoint) bool {
				return strings.HasSuffix(e.Service, "."+name) && e.State == "available"
			}) {
				missing = append(missing, name)
			}
		}
		if len(missing) == 0 {
			continue
		}
		if at >= 0 {
			fault := fmt.Sprintf("%s leads to the internet by %s, but tasks have no public address there, and the VPC lacks the endpoints %s", id, table.Routes[at].Target, listed(missing))
			return outlet{fault, []Evidence{told(tables.Status, fault)}, nil, true}
		}
		fault := fmt.Sprintf("%s has no route to the internet, and the VPC lacks the endpoints %s", id, listed(missing))
		return outlet{fault, []Evidence{told(tables.Status, fmt.Sprintf("%s of %s has no default route", table.ID, id)), told(endpoints.Status, fmt.Sprintf("the VPC %s has no endpoint for %s", subnet.VPC, listed(missing)))}, missing, true}
	}
	return outlet{known: true}
}
