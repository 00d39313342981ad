package diagnose

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// without1 yields the document once for each field of an object in it, without
// that field.
func without1(document any, again func(any)) {
	switch v := document.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(func(yield func(string) bool) {
			for k := range v {
				if !yield(k) {
					return
				}
			}
		}) {
			kept := v[key]
			delete(v, key)
			again(nil)
			v[key] = kept
			without1(kept, again)
		}
	case []any:
		for _, one := range v {
			without1(one, again)
		}
	}
}

// AWS may leave out any field: nothing panics then.
func TestAnyFieldMayBeMissing(t *testing.T) {
	text, err := json.Marshal(apart())
	if err != nil {
		t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	symptoms := []Symptom{late(10 * time.Second), late(time.Minute), gateway(502, 0), gateway(503, 0), notFound("/health"), noDNS(result.DNSNXDomain),
		unreached(result.TCPTimeout, "192.0.2.7:443"), unreached(result.TCPRefused, ""), handshake(result.TLSExpired, noon), handshake(result.TLSName, noon)}
	count := 0
	without1(document, func(any) {
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		s, err := topology.Read(text)
		if err != nil {
			return // without its version it is no snapshot
		}
		count++
		Diagnose(caseOf(s, symptoms...))
		MatchTable(caseOf(s, symptoms...))
		Domains(caseOf(s, symptoms...))
	})
	if count < 200 {
		t.Errorf("only %d fields", count)
	}
}

// What was not read to the end is not held against the network.
func TestHalfAFactIsNoFact(t *testing.T) {
	for name, spoil := range map[string]func(*topology.Snapshot){
		"ACL without entries": func(s *topology.Snapshot) { putACLs(s, nil, openACL()) },
		"ACL without a CIDR": func(s *topology.Snapshot) {
			putACLs(s, openACL(), []topology.ACLEntry{{Number: 100, Allow: true, Protocol: "-1"}})
		},
		"table without routes": func(s *topology.Snapshot) {
			s.RouteTables.Put("vpc-1", know([]topology.RouteTable{{ID: "rtb", Main: true}}, "ec2:DescribeRouteTables"))
		},
		"rule without a peer": func(s *topology.Snapshot) {
			s.SecurityGroups.Put("sg-task", know(topology.SecurityGroup{In: []topology.SecurityRule{{Protocol: "tcp", From: 8001, To: 8001}}}, "ec2:DescribeSecurityGroups"))
		},
		"target without a port": func(s *topology.Snapshot) {
			t := silentTarget("10.0.3.76")
			t.Port = 0
			s.TargetHealth.Put(groupARN, know([]topology.Target{t}, "elasticloadbalancing:DescribeTargetHealth"))
		},
		"owner without a subnet":   func(s *topology.Snapshot) { putOwner(s, "10.0.3.76", "", "sg-task") },
		"balancer without subnets": func(s *topology.Snapshot) { s.LoadBalancers.Of("").Value[0].Subnets = nil },
		"balancer without groups":  func(s *topology.Snapshot) { s.LoadBalancers.Of("").Value[0].SecurityGroups = nil },
	} {
		s := apart()
		spoil(s)
		if out := Diagnose(caseOf(s, late(10*time.Second))); len(causes(out)) != 0 {
			t.Errorf("%s: %s", name, asJSON(out.Findings))
		}
	}
}
