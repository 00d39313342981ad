package diagnose

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// large is 50 load balancers, 200 target groups and 100 services, all calm.
func large() *topology.Snapshot {
	s := &topology.Snapshot{Version: topology.SnapshotVersion}
	var balancers []topology.LoadBalancer
	var groups []topology.TargetGroup
	var services []string
	arn := func(kind string, i int) string {
		return fmt.Sprintf("arn:aws:elasticloadbalancing:us-east-1:123456789012:%s/x%d/%d", kind, i, i)
	}
	for i := range 200 {
		groups = append(groups, topology.TargetGroup{ARN: arn("targetgroup", i), Name: fmt.Sprint("g", i), TargetType: "ip", VPC: "vpc-1", LoadBalancers: []string{"x"}, Health: topology.HealthCheck{Enabled: true, Protocol: "HTTP", Matcher: "200"}})
		var targets []topology.Target
		for k := range 3 {
			address := fmt.Sprintf("10.1.%d.%d", i, k+10)
			targets = append(targets, topology.Target{ID: address, State: "healthy"})
			s.InterfacesByAddress.Put(address, know(topology.Interface{ID: "eni-" + address, VPC: "vpc-1", SecurityGroups: []string{"sg"}}, "a"))
		}
		s.TargetHealth.Put(groups[i].ARN, know(targets, "a"))
	}
	for i := range 50 {
		lb := topology.LoadBalancer{ARN: arn("loadbalancer", i), Name: fmt.Sprint("lb", i), Type: "application", Scheme: "internet-facing"}
		l := topology.Listener{ARN: arn("listener", i), Port: 443, Protocol: "HTTPS", Certificates: []string{certificateARN}}
		balancers = append(balancers, lb)
		s.Listeners.Put(lb.ARN, know([]topology.Listener{l}, "a"))
		s.ListenerCertificates.Put(l.ARN, know([]topology.ListenerCertificate{{ARN: certificateARN, Default: true}}, "a"))
		all := []topology.Rule{answers(0, 404)}
		for k := range 50 {
			all = append(all, forward(k+1, groups[(i*4+k)%200].ARN, fmt.Sprintf("/%d/*", k)))
		}
		rules(s, l.ARN, all...)
	}
	for i := range 100 {
		name := fmt.Sprint("s", i)
		services = append(services, name)
		s.Services.Put("dev|"+name, know(topology.Service{ARN: serviceARN + name, Cluster: "dev", Name: name, Desired: 6, Running: 6, TaskDefinition: name, Network: topology.TaskNetwork{SecurityGroups: []string{"sg"}}, Balancers: []topology.ServiceBalancer{{TargetGroup: groups[2*i].ARN}, {TargetGroup: groups[2*i+1].ARN}}}, "a"))
		s.TaskDefinitions.Put(name, know(topology.TaskDefinition{ARN: name, Containers: []topology.ContainerDefinition{{Variables: []topology.Variable{{Name: "DB_HOST", Address: &topology.HostPort{Host: "db.example.com", Port: 5432}}}}}}, "a"))
	}
	s.LoadBalancers.Put("", know(balancers, "a"))
	s.TargetGroups.Put("", know(groups, "a"))
	s.ServiceNames.Put("dev", know(services, "a"))
	s.Certificates.Put(certificateARN, know(ends(200*24*time.Hour), "a"))
	s.DiscoveryServices.Put("", know([]topology.DiscoveryService{}, "a"))
	return s
}

// A large environment in which all is well has no faults, and is asked for
// nothing else.
func TestLatentsOfALargeEnvironment(t *testing.T) {
	s := large()
	if found := Latents(Input{Now: noon, Clusters: []string{"dev"}, Facts: s}); len(found) > 0 {
		t.Errorf("%q", keysOf(found))
	}
	if wants := (Stock{Clusters: []string{"dev"}, Now: noon}).Wants(s); len(wants) > 0 {
		t.Errorf("it wants %d facts more: %v", len(wants), wants[0])
	}
}

func BenchmarkLatents(b *testing.B) {
	s := large()
	for b.Loop() {
		Latents(Input{Now: noon, Clusters: []string{"dev"}, Facts: s})
	}
}

// Whatever the facts are, nothing panics, and what is wanted is a kind that
// there is.
func FuzzLatents(f *testing.F) {
	for _, c := range latentCases {
		s := calm()
		c.change(s)
		text, err := json.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"version":1,"region":"","load_balancers":{"":{"state":"known","value":[{}]}},"listeners":{"":{"state":"known","value":[{}]}},"rules":{"":{"state":"known","value":[{}]}},"target_groups":{"":{"state":"known","value":[{}]}},"target_health":{"":{"state":"known","value":[{}]}}}`))
	f.Add([]byte(`{"version":1,"region":"","service_names":{"dev":{"state":"known","value":["a"]}},"services":{"dev|a":{"state":"known","value":{"registries":[{}],"load_balancers":[{}]}}},"task_definitions":{"":{"state":"known","value":{"containers":[{"variables":[{"name":"A"}],"command":[{"host":"10.0.0.1"}]}]}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := topology.Read(text)
		if err != nil {
			return
		}
		for _, found := range Latents(Input{Now: noon, Clusters: []string{"dev"}, Facts: s}) {
			if found.Key == "" || found.Sentence == "" || len(found.Evidence) == 0 {
				t.Errorf("%+v", found)
			}
		}
		for _, want := range (Stock{Clusters: []string{"dev"}, Now: noon}).Wants(s) {
			if _, known := want.Kind.Info(); !known {
				t.Errorf("%+v", want)
			}
		}
	})
}
