package awsapi

import (
	"cmp"
	"context"
	"net/netip"
	"net/url"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

var (
	describeNetworkInterfaces = operation{"ec2", "2016-11-15.DescribeNetworkInterfaces"}
	describeSubnets           = operation{"ec2", "2016-11-15.DescribeSubnets"}
)

// filtered asks EC2 for what one filter selects. A filter, other than a list of
// ids, does not fail as a whole where one of them does not exist.
func filtered(o operation, name string, values []string) request {
	form := url.Values{"Filter.1.Name": {name}}
	return request{operation: o, form: members(form, "Filter.1.Value", values...)}
}

// putFound keeps what was found by its key, and as absent what was not.
func putFound[T any](r *reading, table *topology.Table[T], kind topology.Kind, keys []string, found map[string]T, err error) {
	for _, key := range keys {
		value, there := found[key]
		switch {
		case err != nil:
			r.fail(kind, key, err)
		case !there:
			r.missing(kind, key)
		default:
			put(r, table, kind, key, value)
		}
	}
}

type interfacesAnswer struct {
	Items []struct {
		ID          string   `xml:"networkInterfaceId"`
		Address     string   `xml:"privateIpAddress"`
		Addresses   []string `xml:"privateIpAddressesSet>item>privateIpAddress"`
		Public      string   `xml:"association>publicIp"`
		VPC         string   `xml:"vpcId"`
		Subnet      string   `xml:"subnetId"`
		Groups      []string `xml:"groupSet>item>groupId"`
		Type        string   `xml:"interfaceType"`
		Description string   `xml:"description"`
		Status      string   `xml:"status"`
		Owner       string   `xml:"ownerId"`
	} `xml:"networkInterfaceSet>item"`
	NextToken string `xml:"nextToken"`
}

func (r *reading) interfaces(ctx context.Context, filter string, values []string) ([]topology.Interface, error) {
	return pages(ctx, r, filtered(describeNetworkInterfaces, filter, values), func(page interfacesAnswer) (some []topology.Interface, next string) {
		for _, i := range page.Items {
			some = append(some, topology.Interface{
				ID: i.ID, Address: i.Address, Addresses: i.Addresses, Public: i.Public, VPC: i.VPC, Subnet: i.Subnet, SecurityGroups: i.Groups,
				Type: i.Type, Description: redact.Text(i.Description), Status: i.Status, Owner: i.Owner,
			})
		}
		return some, page.NextToken
	})
}

func readInterfaces(ctx context.Context, r *reading, ids []string) {
	all, err := r.interfaces(ctx, "network-interface-id", ids)
	found := map[string]topology.Interface{}
	for _, i := range all {
		found[i.ID] = i
	}
	putFound(r, &r.to.Interfaces, topology.Interfaces, ids, found, err)
}

// readInterfacesByAddress: networks may have the same addresses, so there may
// be several owners; the one in use comes first, then the order of their ids.
func readInterfacesByAddress(ctx context.Context, r *reading, keys []string) {
	var addresses []string
	for _, key := range keys {
		if a, err := netip.ParseAddr(key); err != nil || !a.Is4() {
			r.unsupported(topology.InterfacesByAddress, key, "interfaces are found by IPv4 addresses only")
			continue
		}
		addresses = append(addresses, key)
	}
	if len(addresses) == 0 {
		return
	}
	all, err := r.interfaces(ctx, "addresses.private-ip-address", addresses)
	slices.SortFunc(all, func(a, b topology.Interface) int {
		return cmp.Or(compareTrue(a.Status == "in-use", b.Status == "in-use"), cmp.Compare(a.VPC, b.VPC), cmp.Compare(a.ID, b.ID))
	})
	found := map[string]topology.Interface{}
	for _, i := range all {
		for _, address := range distinct(append([]string{i.Address}, i.Addresses...)) {
			if first, taken := found[address]; taken {
				first.Elsewhere = append(first.Elsewhere, i)
				found[address] = first
				continue
			}
			found[address] = i
		}
	}
	putFound(r, &r.to.InterfacesByAddress, topology.InterfacesByAddress, addresses, found, err)
}

// compareTrue has true before false.
func compareTrue(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

type subnetsAnswer struct {
	Items []struct {
		ID    string   `xml:"subnetId"`
		VPC   string   `xml:"vpcId"`
		Zone  string   `xml:"availabilityZone"`
		CIDR  string   `xml:"cidrBlock"`
		Owner string   `xml:"ownerId"`
		V6    []string `xml:"ipv6CidrBlockAssociationSet>item>ipv6CidrBlock"`
	} `xml:"subnetSet>item"`
	NextToken string `xml:"nextToken"`
}

func readSubnets(ctx context.Context, r *reading, ids []string) {
	all, err := pages(ctx, r, filtered(describeSubnets, "subnet-id", ids), func(page subnetsAnswer) (some []topology.Subnet, next string) {
		for _, s := range page.Items {
			some = append(some, topology.Subnet{ID: s.ID, VPC: s.VPC, Zone: s.Zone, CIDR: s.CIDR, V6: s.V6, Owner: s.Owner})
		}
		return some, page.NextToken
	})
	found := map[string]topology.Subnet{}
	for _, s := range all {
		found[s.ID] = s
	}
	putFound(r, &r.to.Subnets, topology.Subnets, ids, found, err)
}
