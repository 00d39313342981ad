package topology

// Interface is a network interface of EC2.
type Interface struct {
	ID             string   `json:"id"`
	Address        string   `json:"address"` // primary private IPv4
	Addresses      []string `json:"addresses"`
	Public         string   `json:"public,omitempty"`
	VPC            string   `json:"vpc"`
	Subnet         string   `json:"subnet"`
	SecurityGroups []string `json:"security_groups"`
	Type           string   `json:"type"` // interface, lambda, nat_gateway, …
	Description    string   `json:"description,omitempty"`
	Status         string   `json:"status"`
	Owner          string   `json:"owner,omitempty"` // account
	// Elsewhere are more interfaces with the same address: networks may
	// have the same addresses twice. Look for the one in the right VPC.
	Elsewhere []Interface `json:"elsewhere,omitempty"`
}

// SecurityGroup is one with its rules.
type SecurityGroup struct {
	ID   string         `json:"id"`
	Name string         `json:"name"`
	VPC  string         `json:"vpc"`
	In   []SecurityRule `json:"in"`
	Out  []SecurityRule `json:"out"`
}

// SecurityRule admits from or to one peer: exactly one of the last three is set.
type SecurityRule struct {
	ID         string `json:"id,omitempty"`
	Protocol   string `json:"protocol"` // tcp, udp, icmp, -1 (all) or a number
	From       int    `json:"from"`     // ports, of tcp and udp
	To         int    `json:"to"`
	CIDR       string `json:"cidr,omitempty"`
	Group      string `json:"group,omitempty"`
	PrefixList string `json:"prefix_list,omitempty"`
}

// Subnet is one of a VPC.
type Subnet struct {
	ID   string   `json:"id"`
	VPC  string   `json:"vpc"`
	Zone string   `json:"zone"`
	CIDR string   `json:"cidr"`
	V6   []string `json:"v6,omitempty"`
	// Owner is the account that shares the subnet. Interfaces of other
	// accounts in a shared subnet are not seen from here.
	Owner string `json:"owner,omitempty"`
}

// NetworkACL is one with its entries, in the order of their numbers.
type NetworkACL struct {
	ID      string     `json:"id"`
	Default bool       `json:"default"`
	Subnets []string   `json:"subnets"`
	Entries []ACLEntry `json:"entries"`
}

// ACLEntry is one rule of a network ACL. The last one, * in the console, has
// number 32767.
type ACLEntry struct {
	Number   int    `json:"number"`
	Egress   bool   `json:"egress"`
	Allow    bool   `json:"allow"`
	Protocol string `json:"protocol"` // a number: 6 tcp, -1 all
	CIDR     string `json:"cidr"`
	From     int    `json:"from,omitempty"`
	To       int    `json:"to,omitempty"`
}

// RouteTable is one of a VPC.
type RouteTable struct {
	ID      string   `json:"id"`
	Main    bool     `json:"main"`
	Subnets []string `json:"subnets"` // associated by hand
	Routes  []Route  `json:"routes"`
}

// Route is one route. Target is what it leads to: local, igw-…, nat-…, eni-….
type Route struct {
	Destination string `json:"destination"` // CIDR or prefix list
	Target      string `json:"target"`
	State       string `json:"state"` // active | blackhole | filtered
}

// VPC is a network with the attributes that decide about names.
type VPC struct {
	ID           string   `json:"id"`
	Owner        string   `json:"owner,omitempty"` // account; of others in it, interfaces are not seen
	CIDRs        []string `json:"cidrs"`
	DNSSupport   bool     `json:"dns_support"`
	DNSHostnames bool     `json:"dns_hostnames"`
}

// Endpoint is a VPC endpoint.
type Endpoint struct {
	ID      string   `json:"id"`
	Service string   `json:"service"` // com.amazonaws.REGION.NAME
	Type    string   `json:"type"`    // Interface | Gateway
	State   string   `json:"state"`
	Subnets []string `json:"subnets,omitempty"`
}

// Checker is the checker's own place in the network.
type Checker struct {
	Function       string   `json:"function"`
	Role           string   `json:"role,omitempty"` // name
	VPC            string   `json:"vpc"`
	Subnets        []string `json:"subnets"`
	SecurityGroups []string `json:"security_groups"`
}
