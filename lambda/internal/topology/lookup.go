package topology

import "strings"

// BalancerByName finds a load balancer by its DNS name, without regard to case
// and the "dualstack." prefix.
func BalancerByName(all []LoadBalancer, name string) (LoadBalancer, bool) {
	name = strings.TrimPrefix(strings.ToLower(strings.TrimSuffix(name, ".")), "dualstack.")
	for _, lb := range all {
		if strings.EqualFold(lb.DNSName, name) {
			return lb, true
		}
	}
	return LoadBalancer{}, false
}

// ListenerOn finds the listener of a port.
func ListenerOn(all []Listener, port int) (Listener, bool) {
	for _, l := range all {
		if l.Port == port {
			return l, true
		}
	}
	return Listener{}, false
}

// Group finds a target group by its ARN.
func Group(all []TargetGroup, arn string) (TargetGroup, bool) {
	for _, g := range all {
		if g.ARN == arn {
			return g, true
		}
	}
	return TargetGroup{}, false
}

// TaskAt finds the task that has an address.
func TaskAt(tasks []Task, address string) (Task, bool) {
	for _, t := range tasks {
		if t.Address == address {
			return t, true
		}
	}
	return Task{}, false
}

// RoutesOf returns the route table of a subnet: the one associated with it,
// else the main one.
func RoutesOf(tables []RouteTable, subnet string) (RouteTable, bool) {
	var main RouteTable
	found := false
	for _, t := range tables {
		for _, s := range t.Subnets {
			if s == subnet {
				return t, true
			}
		}
		if t.Main {
			main, found = t, true
		}
	}
	return main, found
}

// ACLOf returns the network ACL of a subnet.
func ACLOf(acls []NetworkACL, subnet string) (NetworkACL, bool) {
	for _, a := range acls {
		for _, s := range a.Subnets {
			if s == subnet {
				return a, true
			}
		}
	}
	return NetworkACL{}, false
}
