package awsapi

import (
	"context"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

var (
	listNamespaces        = operation{"servicediscovery", "Route53AutoNaming_v20170314.ListNamespaces"}
	listDiscoveryServices = operation{"servicediscovery", "Route53AutoNaming_v20170314.ListServices"}
	listInstances         = operation{"servicediscovery", "Route53AutoNaming_v20170314.ListInstances"}
)

type namespace struct {
	ID, Name   string
	Properties struct {
		DNSProperties struct{ HostedZoneID string }
	}
}

// readDiscoveryServices asks namespace by namespace: a service in the list does
// not say which one it is in.
func readDiscoveryServices(ctx context.Context, r *reading, key string) {
	type page struct {
		Namespaces []namespace
		NextToken  string
	}
	spaces, err := pages(ctx, r, request{operation: listNamespaces, in: map[string]any{}}, func(p page) ([]namespace, string) { return p.Namespaces, p.NextToken })
	all := []topology.DiscoveryService{}
	for _, space := range spaces {
		some, failed := r.discoveryServicesIn(ctx, space)
		if failed != nil {
			err = failed
			break
		}
		all = append(all, some...)
	}
	putList(r, &r.to.DiscoveryServices, topology.DiscoveryServices, key, all, err)
}

func (r *reading) discoveryServicesIn(ctx context.Context, space namespace) ([]topology.DiscoveryService, error) {
	type page struct {
		Services  []struct{ ID, Arn, Name, NamespaceID string }
		NextToken string
	}
	in := map[string]any{"Filters": []any{map[string]any{"Name": "NAMESPACE_ID", "Values": []string{space.ID}, "Condition": "EQ"}}}
	return pages(ctx, r, request{operation: listDiscoveryServices, in: in}, func(p page) (some []topology.DiscoveryService, next string) {
		for _, s := range p.Services {
			if s.NamespaceID != "" && s.NamespaceID != space.ID {
				continue // from an emulator that knows no filters
			}
			some = append(some, topology.DiscoveryService{
				ID: s.ID, ARN: s.Arn, Name: strings.ToLower(s.Name), Namespace: strings.ToLower(strings.TrimSuffix(space.Name, ".")), Zone: space.Properties.DNSProperties.HostedZoneID,
			})
		}
		return some, p.NextToken
	})
}

// readDiscoveryInstances takes the id of a service or its ARN.
func readDiscoveryInstances(ctx context.Context, r *reading, key string) {
	type page struct {
		Instances []struct {
			ID         string
			Attributes map[string]string
		}
		NextToken string
	}
	q := request{operation: listInstances, region: regionOf(key, ""), in: map[string]any{"ServiceId": lastPart(key)}}
	all, err := pages(ctx, r, q, func(p page) (some []topology.DiscoveryInstance, next string) {
		for _, i := range p.Instances {
			some = append(some, topology.DiscoveryInstance{ID: i.ID, Address: i.Attributes["AWS_INSTANCE_IPV4"], Port: numeral(i.Attributes["AWS_INSTANCE_PORT"])})
		}
		return some, p.NextToken
	})
	putList(r, &r.to.DiscoveryInstances, topology.DiscoveryInstances, key, all, err)
}
