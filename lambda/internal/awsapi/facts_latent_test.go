package awsapi

import (
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/scenario"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// latentIn are the keys of what is wrong in scenarios although nobody need
// notice it: what Latents finds in the facts of an inventory.
var latentIn = map[string]string{
	"accept-a":             "DEP_STALE_IP/hokusai-api-development/10.0.3.219:5000",
	"accept-b":             "LITERAL_ADDRESS/hokusai-api-development/10.0.3.219:5000",
	"accept-d":             "LITERAL_ADDRESS/hokusai-api-development/10.0.3.219:5000", // who owns it is denied, so nothing is said of that
	"d08-imported":         "TLS_EXPIRED/main:443/*.hokus.ai",
	"d10-renewal-at-risk":  "TLS_RENEWAL_AT_RISK/main:443/api.hokus.ai",
	"d12-shadowed":         "RULE_SHADOWED/main:443/50",
	"d14-nobody-registers": "LISTENER_REACHES_NOTHING/main:443",
	"d14-weight-none":      "LISTENER_REACHES_NOTHING/main:443",
	"d14-zone-not-enabled": "TG_UNUSED_TARGETS/api/zone",
	"d19-half-of-them":     "TG_STALE_TARGET/api/absent",
	"d30-dead-address":     "DEP_STALE_IP/api/10.0.3.219:5000",
	"d31-blocked":          "LITERAL_ADDRESS/api/10.0.3.77:5000",
	"d32-no-instances":     "SD_NO_INSTANCES/mlflow.dev.local",
	// These break what is asked of them, and the rest of them is fine.
	"d11-no-rule": "", "d13-final-slash": "", "d15-path-not-found": "", "d20-no-ingress": "", "d21-return-denied": "", "d24-crash-loop": "",
}

// takeInventory reads as the hourly inventory does.
func takeInventory(t *testing.T, s *scenario.Scenario, denied ...string) (found []diagnose.Finding, calls int) {
	t.Helper()
	reader := facing(t, calm, scenario.NewServer(s, denied...)).Facts(FactLimits{Calls: 300})
	in := s.Case(calm.Region)
	stock := diagnose.Stock{Clusters: in.Clusters, Now: in.Now}
	for _, one := range in.Symptoms {
		stock.Hosts = append(stock.Hosts, one.Endpoint.Host)
	}
	for range 10 {
		wants := stock.Wants(in.Facts)
		if len(wants) == 0 {
			return diagnose.Latents(in), reader.Calls()
		}
		reader.Read(t.Context(), in.Facts, wants)
	}
	t.Fatalf("still wanted: %v", stock.Wants(in.Facts))
	return nil, 0
}

// What nobody notices yet is found over the wire, by as many calls as a small
// environment is worth; without the action that decides it, it is not.
func TestLatentsOfScenarios(t *testing.T) {
	for name, key := range latentIn {
		s, err := scenario.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		found, calls := takeInventory(t, s)
		var keys []string
		for _, f := range found {
			keys = append(keys, f.Key)
		}
		if got := strings.Join(keys, " "); got != key || calls > 40 {
			t.Errorf("%s: %q with %d calls, want %q", name, got, calls, key)
		}
		code, _, _ := strings.Cut(key, "/")
		mode, _ := diagnose.ModeOf(diagnose.Code(code))
		for _, action := range mode.Actions {
			if strings.HasPrefix(key, "TLS_EXPIRED") && strings.HasSuffix(action, "DescribeListenerCertificates") {
				continue // it is the default one, which the listener itself names
			}
			found, _ := takeInventory(t, s, action)
			if slices.ContainsFunc(found, func(f diagnose.Finding) bool { return f.Key == key }) {
				t.Errorf("%s: %s denied, and still %s", name, action, key)
			}
		}
	}
}

// leftOvers are keys of what is wrong in scenarios in which it does no harm.
var leftOvers = map[string]string{
	"quiet-expired-certificate-of-another-name": "TLS_EXPIRED/main:443/old.hokus.ai",
	"quiet-shadowed-rule-of-another-host":       "RULE_SHADOWED/main:443/10",
	"quiet-unused-broken-group":                 "TG_STALE_TARGET/old/absent",
}

// A scenario in which nothing is wrong, however odd it looks, has nothing that
// nobody notices either.
func TestNoLatentsWhereAllIsWell(t *testing.T) {
	names, err := scenario.Names()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		s, err := scenario.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		well := len(s.Expect.Causes)+len(s.Expect.Next)+len(s.Expect.Unexplained)+len(s.Expect.Self) == 0
		if s.EngineOnly() || !well {
			continue
		}
		found, _ := takeInventory(t, s)
		for _, f := range found {
			if f.Key != leftOvers[name] {
				t.Errorf("%s: %s: %s", name, f.Key, f.Sentence)
			}
		}
	}
}

// Who owns a VPC is read: interfaces of others in it are not seen.
func TestOwnerOfVPC(t *testing.T) {
	s, err := scenario.Load("accept-a")
	if err != nil {
		t.Fatal(err)
	}
	facts := &topology.Snapshot{}
	facing(t, calm, scenario.NewServer(s)).Facts(FactLimits{}).Read(t.Context(), facts, []topology.Want{{Kind: topology.VPCs, Key: "vpc-1"}})
	if v := facts.VPCs.Of("vpc-1").Value; v.Owner != "123456789012" {
		t.Errorf("%+v", v)
	}
}
