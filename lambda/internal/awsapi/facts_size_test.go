package awsapi

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// several are wants of one kind, as many as said.
func several(kind topology.Kind, n int, key string) (wants []topology.Want) {
	for i := range n {
		wants = append(wants, want(kind, strings.ReplaceAll(key, "#", fmt.Sprint(i))))
	}
	return wants
}

// seedRounds are the wants of a diagnosis in which everything of an environment
// with 4 load balancers, 8 target groups and 4 services is looked at, in the
// order in which one leads to the other.
func seedRounds() [][]topology.Want {
	join := func(parts ...[]topology.Want) (all []topology.Want) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	return [][]topology.Want{
		join(several(topology.LoadBalancers, 1, ""), several(topology.Zones, 5, "host#.hokus.example"), several(topology.OwnNetwork, 1, "")),
		join(several(topology.Records, 5, "Z1|host#.hokus.example"), several(topology.Listeners, 4, arnOf+"loadbalancer/app/x/#"), several(topology.LoadBalancerSettings, 4, arnOf+"loadbalancer/app/x/#")),
		join(several(topology.Rules, 8, arnOf+"listener/app/x/1/#"), several(topology.ListenerCertificates, 4, arnOf+"listener/app/x/1/#"), several(topology.TargetGroups, 1, "")),
		several(topology.TargetHealth, 8, arnOf+"targetgroup/x/#"),
		join(several(topology.InterfacesByAddress, 12, "10.0.1.#"), several(topology.ServiceNames, 1, "dev")),
		several(topology.Services, 4, "dev|api-#"),
		join(several(topology.RunningTasks, 4, "dev|api-#"), several(topology.StoppedTasks, 4, "dev|api-#"), several(topology.TaskDefinitions, 4, "td:#"), several(topology.ServiceDeployments, 4, "dev|api-#")),
		join(several(topology.SecurityGroups, 6, "sg-#"), several(topology.Subnets, 4, "subnet-#"), several(topology.NetworkACLs, 1, "vpc-1"), several(topology.RouteTables, 1, "vpc-1"), several(topology.VPCs, 1, "vpc-1"),
			several(topology.Logs, 4, "/ecs/#|api/"), several(topology.DiscoveryServices, 1, ""), several(topology.DiscoveryInstances, 1, "srv-#"), several(topology.Databases, 1, ""), several(topology.Changes, 2, "x#")),
		join(several(topology.InterfacesByAddress, 1, "10.0.3.219"), several(topology.PrefixLists, 1, "pl-1"), several(topology.Certificates, 2, "arn:aws:acm:us-east-1:123456789012:certificate/#")),
	}
}

// An environment of the size that Tidewatch was made for is read with no more
// than 80 calls and within 20 seconds, from services that answer in 100 ms.
func TestADiagnosisFitsItsBudget(t *testing.T) {
	t.Parallel()
	client, made := serve(t, calm, func(action, request string) (int, string) {
		time.Sleep(100 * time.Millisecond)
		if strings.Contains(request, "rrset") && !strings.Contains(request, "name=host4") {
			_, name, _ := strings.Cut(request, "name=")
			return 200, `<r><ResourceRecordSets><ResourceRecordSet><Name>` + strings.TrimSpace(name) + `.</Name><Type>A</Type></ResourceRecordSet></ResourceRecordSets></r>`
		}
		if action == "elasticloadbalancing:DescribeLoadBalancerAttributes" || action == "lambda:GetFunctionConfiguration" || action == "servicediscovery:ListNamespaces" || action == "servicediscovery:ListServices" {
			return 200, household[action]
		}
		if action == "route53:ListHostedZonesByName" {
			return 200, `<r><HostedZones><HostedZone><Id>/hostedzone/Z1</Id><Name>hokus.example.</Name></HostedZone></HostedZones></r>`
		}
		return 200, vague(action)
	})
	reader := client.Facts(FactLimits{Function: "tidewatch"})
	s := &topology.Snapshot{Version: topology.SnapshotVersion}
	started, facts := time.Now(), 0
	for _, wants := range seedRounds() {
		reader.Read(t.Context(), s, wants)
		for _, w := range wants {
			facts++
			if got := s.Status(w); got.Why == topology.Budget || got.Why == topology.TimedOut {
				t.Errorf("%+v: %+v", w, got)
			}
		}
	}
	took := time.Since(started)
	t.Logf("%d facts with %d calls in %.1f s", facts, made.all(), took.Seconds())
	if made.all() > 80 || took > 20*time.Second {
		t.Errorf("%d calls in %v", made.all(), took)
	}
}

// A thousand lines are read in no time worth telling.
func BenchmarkPatterns(b *testing.B) {
	lines := []string{
		`INFO:     10.0.0.12:48822 - "GET /health HTTP/1.1" 200 OK`,
		"2026-03-01 12:00:00,123 WARNING urllib3.connectionpool: Retrying (Retry(total=4)) after connection broken by 'ConnectTimeoutError': /api/2.0/mlflow/experiments/get-by-name",
		`{"level":"error","ts":1772366400.123,"msg":"request failed","request_id":"0f8fad5b-d9cb-469f-a165-70867728950e","token":"abcdefghij"}`,
	}
	for b.Loop() {
		p := newPatterns("g")
		for i := range 1000 {
			p.add(logEvent{Message: lines[i%len(lines)], Timestamp: int64(i)})
		}
		_ = p.list()
	}
}
