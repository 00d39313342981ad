package diagnose

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

func TestLatents(t *testing.T) {
	for name, c := range latentCases {
		s := calm()
		c.change(s)
		found := latents(t, s)
		if len(found) != 1 || found[0].Key != c.key {
			t.Errorf("%s: %q, want %s", name, keysOf(found), c.key)
			continue
		}
		for _, words := range c.says {
			if !strings.Contains(found[0].Sentence, words) {
				t.Errorf("%s: %q does not say %q", name, found[0].Sentence, words)
			}
		}
		if !strings.Contains(found[0].Actions[0].Do, c.does) {
			t.Errorf("%s: %q, want %q", name, found[0].Actions[0].Do, c.does)
		}
	}
}

// What could not be read says nothing: neither the finding that it decides, nor
// another one in its place.
func TestLatentsWithoutTheDecidingFact(t *testing.T) {
	for name, c := range latentCases {
		for _, deciding := range c.deciding {
			for _, why := range []topology.Why{topology.Denied, topology.Throttled} {
				s := calm()
				c.change(s)
				s.Fail(deciding, why, "")
				found := keysOf(latents(t, s))
				found = slices.DeleteFunc(found, func(key string) bool { return strings.HasPrefix(key, string(LiteralAddress)) && c.key[:3] == "DEP" })
				if len(found) > 0 {
					t.Errorf("%s, %s %s: %q", name, deciding.Kind, why, found)
				}
			}
		}
	}
}

// Where all is well nothing is found, whatever could not be read of it.
func TestLatentsOfACalmEnvironment(t *testing.T) {
	if found := latents(t, calm()); len(found) > 0 {
		t.Errorf("%q", keysOf(found))
	}
	for _, kind := range topology.Kinds {
		s := calm()
		for _, key := range []string{"", "dev", "dev|api", "dev|mlflow", balancerARN, listenerARN, plainARN, groupARN, otherGroupARN, taskDefARN, certificateARN, "srv-1", "10.0.1.76", "vpc-1", "subnet-a"} {
			if want := wantOf(kind.Kind, key); s.Status(want).State == topology.Known {
				s.Fail(want, topology.Denied, "")
			}
		}
		if found := latents(t, s); len(found) > 0 {
			t.Errorf("%s denied: %q", kind.Kind, keysOf(found))
		}
	}
	if found := Latents(Input{Now: noon}); found != nil {
		t.Errorf("without facts: %q", keysOf(found))
	}
}

// What is on purpose, or passes by itself, is no fault.
func TestLatentsLeaveBe(t *testing.T) {
	deploying := func(s *topology.Snapshot) {
		change(s.Services, "dev|api", func(v *topology.Service) {
			v.Deployments = []topology.Deployment{{Status: "PRIMARY", Rollout: "IN_PROGRESS"}}
		})
	}
	for name, alter := range map[string]func(*topology.Snapshot){
		"a group that is empty while its service is deployed": func(s *topology.Snapshot) {
			s.TargetHealth.Put(groupARN, s.TargetHealth[otherGroupARN])
			deploying(s)
		},
		"a stranger while a service is deployed": func(s *topology.Snapshot) {
			latentCases["a target of another service"].change(s)
			deploying(s)
		},
		"a stale address in a network of somebody else": func(s *topology.Snapshot) {
			latentCases["a target that nobody owns"].change(s)
			change(s.VPCs, "vpc-1", func(v *topology.VPC) { v.Owner = "210987654321" })
		},
		"the name server of the VPC": func(s *topology.Snapshot) {
			calls(s, "GATEWAY", "10.0.0.2", 80)
			s.InterfacesByAddress.Put("10.0.0.2", topology.AbsentFact[topology.Interface](ec2+"DescribeNetworkInterfaces", noon))
		},
		"two groups between which traffic is shifted": func(s *topology.Snapshot) {
			latentCases["a group to which nothing leads"].change(s)
			change(s.Services, "dev|api", func(v *topology.Service) { v.Controller = "CODE_DEPLOY" })
		},
		"a renewal under way": func(s *topology.Snapshot) {
			change(s.Certificates, certificateARN, func(c *topology.Certificate) { c.NotAfter, c.Renewal = noon.Add(40*24*time.Hour), "PENDING_VALIDATION" })
		},
		"a plain listener that refuses":   func(s *topology.Snapshot) { rules(s, plainARN, answers(0, 403)) },
		"a listener that says it is well": func(s *topology.Snapshot) { rules(s, plainARN, answers(0, 200)) },
		"a challenge on the plain listener": func(s *topology.Snapshot) {
			latentCases["a rule without TLS only"].change(s)
			rules(s, plainARN, forward(5, otherGroupARN, "/.well-known/acme-challenge/*"), answers(0, 404))
		},
		"an exception before the rule": func(s *topology.Snapshot) {
			s.TargetHealth.Put(otherGroupARN, s.TargetHealth[groupARN])
			rules(s, listenerARN, forward(10, otherGroupARN, "/api/v1/*"), forward(20, groupARN, "/api/*"), answers(0, 404))
		},
		"the same paths for another method": func(s *topology.Snapshot) {
			latentCases["a rule behind a wider one"].change(s)
			s.Rules[listenerARN].Value[0].Conditions = append(paths("/api/*"), topology.Condition{Field: "http-request-method", Values: []string{"GET"}})
		},
		"a redirect before old rules": func(s *topology.Snapshot) {
			r := s.Rules[plainARN].Value[0]
			r.Default, r.Priority, r.Conditions = false, 1, paths("/*")
			rules(s, plainARN, r, forward(5, groupARN, "/api/v1/*"), answers(0, 404))
		},
		"a matcher of a group nobody uses": func(s *topology.Snapshot) {
			s.TargetGroups[""].Value[1].Health.Matcher, s.TargetGroups[""].Value[1].LoadBalancers = "200-499", nil
		},
		"a registry of another account": func(s *topology.Snapshot) {
			change(s.Services, "dev|mlflow", func(v *topology.Service) {
				v.Registries = []topology.Registry{{ARN: strings.Replace(registryARN, "123456789012", "210987654321", 1)}}
			})
		},
		"an interface that is read a bit later": func(s *topology.Snapshot) { delete(s.InterfacesByAddress, "10.0.1.76") },
	} {
		s := calm()
		alter(s)
		if found := latents(t, s); len(found) > 0 {
			t.Errorf("%s: %q", name, found[0].Sentence)
		}
	}
}

func TestAcceptedErrors(t *testing.T) {
	for matcher, want := range map[string]string{
		"": "", "200": "", "200-399": "", "200,301,302": "", "0-99": "", "12": "", "x": "", "200-x": "", "-": "", "200-499": "404", "200,404": "404", "200-401": "400", "200,401": "401", "200-599": "404", "200,503,404": "404", "500-": "",
	} {
		if got := append(acceptedErrors(matcher), ""); got[0] != want {
			t.Errorf("%q accepts %q, want %q", matcher, got[0], want)
		}
	}
}

// The worst comes first, several services with one address are one finding,
// and nothing else than what a reader can do comes out.
func TestLatentsTogether(t *testing.T) {
	s := calm()
	for _, name := range []string{"a matcher that accepts errors", "a literal address that nobody owns", "a certificate that was imported", "a rule whose group is empty"} {
		latentCases[name].change(s)
	}
	change(s.Services, "dev|mlflow", func(v *topology.Service) { v.TaskDefinition = taskDefARN })
	found := latents(t, s)
	want := []Code{TLSRenewalAtRisk, DepStaleAddress, GroupEmpty, MatcherHides}
	if len(found) != len(want) {
		t.Fatalf("%q", keysOf(found))
	}
	for i, f := range found {
		if f.Code != want[i] {
			t.Errorf("%d: %s, want %s", i, f.Code, want[i])
		}
	}
	if !strings.Contains(found[1].Sentence, "MLFLOW_TRACKING_URI of api, MLFLOW_TRACKING_URI of mlflow are the private address") {
		t.Error(found[1].Sentence)
	}
	text, _ := json.Marshal(found)
	for _, word := range []string{"health-check-path", "check security groups", "modify-target-group"} {
		if strings.Contains(strings.ToLower(string(text)), word) {
			t.Errorf("it says %q", word)
		}
	}
	again, _ := json.Marshal(latents(t, s))
	if string(again) != string(text) {
		t.Error("the same facts are told in two ways")
	}
}

func TestLatentModesAreComplete(t *testing.T) {
	read := map[string]bool{}
	for _, k := range topology.Kinds {
		read[k.Action] = true
	}
	for i, m := range LatentModes {
		if m.ID != "L0"+string(rune('1'+i)) || m.Title == "" || m.Severity != S4 || !slices.Contains(Gravity, m.Code) {
			t.Errorf("%+v is incomplete or out of order", m)
		}
		for _, action := range m.Actions {
			if !read[action] {
				t.Errorf("%s is decided by %s, which no kind of fact reads", m.Code, action)
			}
		}
	}
	for _, code := range Gravity {
		if _, known := ModeOf(code); !known {
			t.Errorf("%s has no mode", code)
		}
	}
}

// Once everything is known, nothing more is wanted; and a quiet environment is
// asked for no tasks, networks or records.
func TestLatentWantsAreFew(t *testing.T) {
	stock := Stock{Clusters: []string{"dev"}, Now: noon}
	s, from := &topology.Snapshot{}, calm()
	asked := map[topology.Kind]int{}
	for range 12 {
		for _, want := range stock.Wants(s) {
			if asked[want.Kind]++; !s.Copy(from, want) {
				s.Fail(want, topology.Denied, "")
			}
		}
	}
	if left := stock.Wants(s); len(left) > 0 {
		t.Fatalf("still wanted: %v", left)
	}
	for _, kind := range []topology.Kind{topology.RunningTasks, topology.VPCs, topology.Subnets, topology.Records} {
		if asked[kind] > 0 {
			t.Errorf("%d wants of %s", asked[kind], kind)
		}
	}
	if asked[topology.InterfacesByAddress] == 0 || asked[topology.ListenerCertificates] != 1 {
		t.Errorf("asked for %v", asked)
	}
}

// A diagnosis tells in addition what else is wrong in the facts that it read,
// with numbers that go on, and nothing twice.
func TestWithLatents(t *testing.T) {
	s := calm()
	latentCases["a matcher that accepts errors"].change(s)
	latentCases["a target in a zone that is not enabled"].change(s)
	in := Input{Now: noon, Clusters: []string{"dev"}, Facts: s}
	cause := Finding{Code: NetTargetGroup, Key: "NET_TARGET_SG/sg-task", Role: Cause, Actions: []Action{{Priority: "P0.1"}, {Priority: "P2.1"}}}
	before := Output{Findings: []Finding{cause}}
	out := WithLatents(in, before)
	if len(out.Findings) != 3 || out.Findings[1].Code != GroupUnused || out.Findings[1].Actions[0].Priority != "P2.2" || out.Findings[2].Actions[0].Priority != "P2.3" || len(before.Findings) != 1 {
		t.Errorf("%+v", out.Findings)
	}
	cause.Code, cause.Key = GroupEmpty, "TG_EMPTY/api"
	if out = WithLatents(in, Output{Findings: []Finding{cause}}); len(out.Findings) != 2 || out.Findings[1].Code != MatcherHides {
		t.Errorf("%q", keysOf(out.Findings))
	}
	for pair, want := range map[[2]string]bool{{"A/x", "A/x"}: true, {"DEP_STALE_IP/api/10.0.3.1:5", "LITERAL_ADDRESS/api/10.0.3.1:5"}: true, {"A/x", "B/y"}: false, {"A", "B"}: false} {
		if SameRoot(pair[0], pair[1]) != want {
			t.Errorf("%q", pair)
		}
	}
}
