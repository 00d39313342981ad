package trigger

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// ecsARN takes an ARN of ECS apart: arn:PARTITION:ecs:REGION:ACCOUNT:KIND/…,
// where the new long format has the cluster before the name and the old one
// has not. It returns nil for other kinds and other texts.
func ecsARN(text, kind string) []string {
	parsed, err := arn.Parse(text)
	if err != nil || !strings.HasPrefix(parsed.Partition, "aws") || parsed.Service != "ecs" {
		return nil
	}
	names := strings.Split(parsed.Resource, "/")
	if names[0] != kind || len(names) < 2 {
		return nil
	}
	for _, name := range names {
		if !isName(name) {
			return nil
		}
	}
	return names[1:]
}

// isName reports whether ECS allows a name for a cluster or a service.
func isName(s string) bool {
	return s != "" && len(s) <= maxToken && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// clusterOf is the cluster that an event's detail names, or "".
func clusterOf(detail object) string {
	if names := ecsARN(detail.loose("clusterArn"), "cluster"); len(names) == 1 {
		return names[0]
	}
	return ""
}

// service is the service that an event is about: the first of its resources
// that is one. The cluster is empty where an ARN in the old format stands alone.
func (o object) service(detail object) Service {
	for _, resource := range o.texts("resources") {
		switch names := ecsARN(resource, "service"); len(names) {
		case 1:
			return Service{Cluster: clusterOf(detail), Name: names[0]}
		case 2:
			return Service{Cluster: names[0], Name: names[1]}
		}
	}
	o.fail("resources", "the ARN of an ECS service")
	return Service{}
}

// clusterOfTask is the cluster of a stopped task: from its detail, or from its
// own ARN if that is in the long format.
func (o object) clusterOfTask(detail object) string {
	if cluster := clusterOf(detail); cluster != "" {
		return cluster
	}
	for _, resource := range o.texts("resources") {
		if names := ecsARN(resource, "task"); len(names) == 2 {
			return names[0]
		}
	}
	return ""
}
