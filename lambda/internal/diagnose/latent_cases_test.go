package diagnose

import (
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// latentCase changes one thing in the calm environment.
type latentCase struct {
	change func(*topology.Snapshot)
	key    string   // of the only finding
	says   []string // words of the sentence
	does   string   // words of the action
	// deciding are facts without which there is no such finding.
	deciding []topology.Want
}

func wantOf(kind topology.Kind, key string) topology.Want {
	return topology.Want{Kind: kind, Key: key}
}

var latentCases = map[string]latentCase{
	"a literal address that nobody owns": {
		func(s *topology.Snapshot) { calls(s, "MLFLOW_TRACKING_URI", "10.0.3.219", 5000); staleAddress(s) },
		"DEP_STALE_IP/api/10.0.3.219:5000", []string{"MLFLOW_TRACKING_URI of api is", "no network interface owns", "mlflow.dev.local leads to 10.0.3.77"},
		"set MLFLOW_TRACKING_URI to mlflow.dev.local:5000 instead of 10.0.3.219, and deploy api",
		[]topology.Want{wantOf(topology.TaskDefinitions, taskDefARN), wantOf(topology.InterfacesByAddress, "10.0.3.219"), wantOf(topology.VPCs, "vpc-1"), wantOf(topology.Subnets, "subnet-a")},
	},
	"a literal address, and a name without instances": {
		func(s *topology.Snapshot) {
			calls(s, "MLFLOW_TRACKING_URI", "10.0.3.219", 5000)
			s.DiscoveryInstances.Put("srv-1", know([]topology.DiscoveryInstance{}, "servicediscovery:ListInstances"))
		},
		"LITERAL_ADDRESS/api/10.0.3.219:5000", []string{"belongs to eni-mlflow", "mlflow.dev.local has no instances"}, "attach the service that answers for mlflow.dev.local to the discovery service",
		[]topology.Want{wantOf(topology.TaskDefinitions, taskDefARN)},
	},
	"a literal address of a task": {
		func(s *topology.Snapshot) {
			calls(s, "REDIS_HOST", "10.0.3.219", 6379)
			change(s.InterfacesByAddress, "10.0.3.219", func(i *topology.Interface) {
				i.VPC, i.Description = "vpc-1", "arn:aws:ecs:us-east-1:123456789012:attachment/1"
			})
		},
		"LITERAL_ADDRESS/api/10.0.3.219:6379", []string{"belongs to an ECS task and changes with the next one"}, "replace 10.0.3.219 in REDIS_HOST by a name",
		[]topology.Want{wantOf(topology.TaskDefinitions, taskDefARN)},
	},
	"a literal address of another network": { // of a peering or an office: nobody here could say who has it
		func(s *topology.Snapshot) {
			calls(s, "LDAP_HOST", "192.168.4.4", 389)
			s.InterfacesByAddress.Put("192.168.4.4", topology.AbsentFact[topology.Interface](ec2+"DescribeNetworkInterfaces", noon))
		},
		"LITERAL_ADDRESS/api/192.168.4.4:389", []string{"LDAP_HOST of api is the private address 192.168.4.4:389"}, "replace 192.168.4.4",
		[]topology.Want{wantOf(topology.TaskDefinitions, taskDefARN)},
	},
	"a target that nobody owns": {
		func(s *topology.Snapshot) {
			register(s, topology.Target{ID: "10.0.1.88", Port: 8001, Zone: "us-east-1a", State: "unhealthy", Reason: "Target.Timeout"})
			s.InterfacesByAddress.Put("10.0.1.88", topology.AbsentFact[topology.Interface](ec2+"DescribeNetworkInterfaces", noon))
		},
		"TG_STALE_TARGET/api/absent", []string{"api still has the target 10.0.1.88", "no network interface owns"}, "deregister 10.0.1.88 from api",
		[]topology.Want{wantOf(topology.TargetHealth, groupARN), wantOf(topology.InterfacesByAddress, "10.0.1.88"), wantOf(topology.VPCs, "vpc-1"), wantOf(topology.TargetGroups, "")},
	},
	"a target of another service": {
		func(s *topology.Snapshot) {
			register(s, topology.Target{ID: "10.0.3.77", Port: 8001, Zone: "us-east-1a", State: "healthy"})
			s.InterfacesByAddress.Put("10.0.3.77", know(topology.Interface{ID: "eni-mlflow", Address: "10.0.3.77", VPC: "vpc-1", SecurityGroups: []string{"sg-task"}}, ec2+"DescribeNetworkInterfaces"))
		},
		"TG_STALE_TARGET/api/known", []string{"api still has the target 10.0.3.77, which a task of mlflow has"}, "deregister 10.0.3.77 from api",
		[]topology.Want{wantOf(topology.TargetHealth, groupARN), wantOf(topology.RunningTasks, "dev|api"), wantOf(topology.RunningTasks, "dev|mlflow"), wantOf(topology.Services, "dev|api"), wantOf(topology.ServiceNames, "dev"), wantOf(topology.InterfacesByAddress, "10.0.3.77")},
	},
	"a target in a zone that is not enabled": {
		func(s *topology.Snapshot) {
			register(s, topology.Target{ID: "10.0.1.76", Port: 8001, Zone: "us-east-1c", State: "unused", Reason: "Target.NotInUse"})
		},
		"TG_UNUSED_TARGETS/api/zone", []string{"in us-east-1c get no requests", "us-east-1a only"}, "enable us-east-1c",
		[]topology.Want{wantOf(topology.TargetHealth, groupARN), wantOf(topology.LoadBalancers, "")},
	},
	"a group to which nothing leads": {
		func(s *topology.Snapshot) {
			s.TargetGroups[""].Value[1].LoadBalancers = nil
			s.TargetHealth.Put(otherGroupARN, know([]topology.Target{{ID: "10.0.1.76", Port: 8001, State: "unused", Reason: "Target.NotInUse"}}, elb+"DescribeTargetHealth"))
			change(s.Services, "dev|api", func(v *topology.Service) {
				v.Balancers = append(slices.Clone(v.Balancers), topology.ServiceBalancer{TargetGroup: otherGroupARN})
			})
		},
		"TG_UNUSED_TARGETS/web/unrouted", []string{"api registers its tasks in web, to which no listener forwards"}, "add the listener rule that leads to web",
		[]topology.Want{wantOf(topology.TargetHealth, otherGroupARN), wantOf(topology.Services, "dev|api")},
	},
	"an instance that does not run": {
		func(s *topology.Snapshot) {
			s.TargetGroups[""].Value[1].TargetType = "instance"
			s.TargetHealth.Put(otherGroupARN, know([]topology.Target{{ID: "i-0abc", Port: 80, State: "unused", Reason: "Target.InvalidState", Description: "Target is in the stopped state"}}, elb+"DescribeTargetHealth"))
		},
		"TG_UNUSED_TARGETS/web/stopped", []string{"web has i-0abc registered", "Target is in the stopped state"}, "start i-0abc, or deregister it from web",
		[]topology.Want{wantOf(topology.TargetHealth, otherGroupARN), wantOf(topology.TargetGroups, "")},
	},
	"a certificate that was imported": {
		func(s *topology.Snapshot) {
			c := ends(10 * 24 * time.Hour)
			c.Type, c.Eligibility = "IMPORTED", "INELIGIBLE"
			s.Certificates.Put(certificateARN, know(c, "acm:DescribeCertificate"))
		},
		"TLS_RENEWAL_AT_RISK/main:443/api.hokus.ai", []string{"expires in 10 days", "it was imported, so ACM never renews it"}, "import the renewed certificate",
		[]topology.Want{wantOf(topology.Certificates, certificateARN)},
	},
	"a renewal whose record is gone": {
		func(s *topology.Snapshot) {
			c := ends(20 * 24 * time.Hour)
			c.Renewal, c.Validations = "PENDING_VALIDATION", []topology.Validation{{Domain: "api.hokus.ai", Status: "PENDING_VALIDATION", Name: "_x.api.hokus.ai", Value: "_y.acm-validations.aws"}}
			s.Certificates.Put(certificateARN, know(c, "acm:DescribeCertificate"))
			s.Zones.Put("_x.api.hokus.ai", know([]topology.Zone{{ID: "Z1", Name: "hokus.ai"}}, "route53:ListHostedZonesByName"))
			s.Records.Put("Z1|_x.api.hokus.ai", topology.AbsentFact[[]topology.Record]("route53:ListResourceRecordSets", noon))
		},
		"TLS_RENEWAL_AT_RISK/main:443/api.hokus.ai", []string{"CNAME _x.api.hokus.ai, which does not exist"}, "create the record CNAME _x.api.hokus.ai with the value _y.acm-validations.aws",
		[]topology.Want{wantOf(topology.Certificates, certificateARN)},
	},
	"a renewal whose record is there": {
		func(s *topology.Snapshot) {
			c := ends(20 * 24 * time.Hour)
			c.Renewal, c.Validations = "PENDING_VALIDATION", []topology.Validation{{Domain: "api.hokus.ai", Status: "PENDING_VALIDATION", Name: "_x.api.hokus.ai", Value: "_y.acm-validations.aws"}}
			s.Certificates.Put(certificateARN, know(c, "acm:DescribeCertificate"))
			s.Zones.Put("_x.api.hokus.ai", know([]topology.Zone{{ID: "Z1", Name: "hokus.ai"}}, "route53:ListHostedZonesByName"))
			s.Records.Put("Z1|_x.api.hokus.ai", know([]topology.Record{{Name: "_x.api.hokus.ai", Type: "CNAME", Values: []string{"_Y.acm-validations.aws."}}}, "route53:ListResourceRecordSets"))
		},
		"TLS_RENEWAL_AT_RISK/main:443/api.hokus.ai", []string{"its renewal is PENDING_VALIDATION"}, "find out why ACM does not take the record CNAME _x.api.hokus.ai, which exists",
		[]topology.Want{wantOf(topology.Certificates, certificateARN)},
	},
	"a certificate near its end": {
		func(s *topology.Snapshot) {
			s.Certificates.Put(certificateARN, know(ends(12*24*time.Hour), "acm:DescribeCertificate"))
		},
		"TLS_RENEWAL_AT_RISK/main:443/api.hokus.ai", []string{"expires in 12 days", "has not renewed it yet"}, "find out what ACM waits for",
		[]topology.Want{wantOf(topology.Certificates, certificateARN)},
	},
	"a certificate of a name that nobody checks": {
		func(s *topology.Snapshot) {
			s.ListenerCertificates.Put(listenerARN, know([]topology.ListenerCertificate{{ARN: certificateARN, Default: true}, {ARN: certificateARN + "2"}}, elb+"DescribeListenerCertificates"))
			c := ends(-72 * time.Hour)
			c.ARN, c.Domain = certificateARN+"2", "old.hokus.ai"
			s.Certificates.Put(c.ARN, know(c, "acm:DescribeCertificate"))
		},
		"TLS_EXPIRED/main:443/old.hokus.ai", []string{"old.hokus.ai on main:443 expired", "3 days ago"}, "request a new certificate for old.hokus.ai",
		[]topology.Want{wantOf(topology.ListenerCertificates, listenerARN), wantOf(topology.Certificates, certificateARN+"2")},
	},
	"a matcher that accepts errors": {
		func(s *topology.Snapshot) {
			groups := s.TargetGroups[""].Value
			groups[0].Health.Matcher, groups[0].Health.Path, groups[1].Health.Matcher = "200-499", "/", "200-499"
		},
		"TG_MATCHER_HIDES_ERRORS/200-499", []string{"api (GET /), web (GET /health)", "answers 404 to everything counts as healthy"}, "find out what the targets of api answer at GET /",
		[]topology.Want{wantOf(topology.TargetGroups, "")},
	},
	"a listener whose groups are all empty": {
		func(s *topology.Snapshot) { s.TargetHealth.Put(groupARN, s.TargetHealth[otherGroupARN]) },
		"LISTENER_REACHES_NOTHING/main:443", []string{"main:443 reaches nothing", "goes to api, without targets; api runs 1 of 1"}, "get targets into api",
		[]topology.Want{wantOf(topology.TargetHealth, groupARN), wantOf(topology.Rules, listenerARN)},
	},
	"a listener with no weight": {
		func(s *topology.Snapshot) {
			r := forward(10, groupARN, "/*")
			r.Actions[0].Groups[0].Weight = 0
			rules(s, listenerARN, r, answers(0, 404))
		},
		"LISTENER_REACHES_NOTHING/main:443", []string{"everything that it forwards has the weight 0"}, "give a target group a weight",
		[]topology.Want{wantOf(topology.Rules, listenerARN)},
	},
	"a listener with TLS that answers itself": {
		func(s *topology.Snapshot) {
			rules(s, listenerARN, answers(0, 404))
			rules(s, plainARN, forward(0, groupARN))
		},
		"LISTENER_REACHES_NOTHING/main:443", []string{"answers everything with a fixed response 404, while main:80 forwards to api"}, "add the rules to main:443",
		[]topology.Want{wantOf(topology.Rules, listenerARN), wantOf(topology.Rules, plainARN)},
	},
	"a listener beside groups that stand behind nothing": {
		func(s *topology.Snapshot) {
			rules(s, listenerARN, answers(0, 404))
			for i := range s.TargetGroups[""].Value {
				s.TargetGroups[""].Value[i].LoadBalancers = nil
			}
		},
		"LISTENER_REACHES_NOTHING/main:443", []string{"while api, with targets, stands behind no load balancer"}, "add the rules to main:443",
		[]topology.Want{wantOf(topology.Rules, listenerARN), wantOf(topology.Rules, plainARN), wantOf(topology.TargetGroups, ""), wantOf(topology.TargetHealth, groupARN)},
	},
	"a rule whose group is empty": {
		func(s *topology.Snapshot) {
			rules(s, listenerARN, forward(10, groupARN, "/api/v1/*"), forward(20, otherGroupARN, "/web/*"), answers(0, 404))
		},
		"TG_EMPTY/web", []string{"rule 20 /web/* of main:443 leads to web, which has no targets"}, "register targets in web, or remove rule 20",
		[]topology.Want{wantOf(topology.TargetHealth, otherGroupARN), wantOf(topology.Rules, listenerARN)},
	},
	"a rule whose service has no tasks": {
		func(s *topology.Snapshot) {
			rules(s, listenerARN, forward(10, groupARN, "/api/v1/*"), forward(20, otherGroupARN, "/web/*"), answers(0, 404))
			change(s.Services, "dev|mlflow", func(v *topology.Service) {
				v.Desired, v.Running, v.Balancers = 0, 0, []topology.ServiceBalancer{{TargetGroup: otherGroupARN}}
			})
		},
		"TG_EMPTY/web", []string{"mlflow runs 0 of 0 tasks"}, "start tasks of mlflow, whose desired count is 0, or remove",
		[]topology.Want{wantOf(topology.TargetHealth, otherGroupARN)},
	},
	"a rule behind a wider one": {
		func(s *topology.Snapshot) {
			s.TargetHealth.Put(otherGroupARN, s.TargetHealth[groupARN])
			rules(s, listenerARN, forward(10, groupARN, "/api/*"), forward(20, otherGroupARN, "/api/mlflow/*"), answers(0, 404))
		},
		"RULE_SHADOWED/main:443/10", []string{"rule 20 /api/mlflow/* → web of main:443 gets no requests", "rule 10 /api/* → api"}, "decide where /api/mlflow/* belongs",
		[]topology.Want{wantOf(topology.Rules, listenerARN)},
	},
	"a rule without TLS only": {
		func(s *topology.Snapshot) {
			s.TargetHealth.Put(otherGroupARN, s.TargetHealth[groupARN])
			rules(s, plainARN, forward(5, otherGroupARN, "/web/*"), answers(0, 404))
			rules(s, listenerARN, forward(10, groupARN, "/api/*"), answers(0, 404))
		},
		"RULE_WITHOUT_TLS_ONLY/main:80/web", []string{"rule 5 /web/* → web is on main:80 only"}, "add the rule for /web/* to the listener with TLS",
		[]topology.Want{wantOf(topology.Rules, listenerARN), wantOf(topology.Rules, plainARN), wantOf(topology.TargetHealth, otherGroupARN)},
	},
	"a registry that is gone": {
		func(s *topology.Snapshot) {
			change(s.Services, "dev|mlflow", func(v *topology.Service) {
				v.Registries = []topology.Registry{{ARN: strings.Replace(registryARN, "srv-1", "srv-9", 1)}}
			})
		},
		"SD_REGISTRY_GONE/mlflow/srv-9", []string{"mlflow registers its tasks with the discovery service srv-9, which does not exist"}, "attach mlflow to the discovery service",
		[]topology.Want{wantOf(topology.DiscoveryServices, ""), wantOf(topology.Services, "dev|mlflow")},
	},
	"a name without instances": {
		func(s *topology.Snapshot) {
			s.DiscoveryInstances.Put("srv-1", know([]topology.DiscoveryInstance{}, "servicediscovery:ListInstances"))
			change(s.Services, "dev|mlflow", func(v *topology.Service) { v.Registries = nil })
		},
		"SD_NO_INSTANCES/mlflow.dev.local", []string{"MLFLOW_TRACKING_URI of api is the discovery name mlflow.dev.local, which has no instances"}, "attach the service that answers for mlflow.dev.local",
		[]topology.Want{wantOf(topology.DiscoveryInstances, "srv-1"), wantOf(topology.DiscoveryServices, ""), wantOf(topology.TaskDefinitions, taskDefARN)},
	},
}

// register adds one to api, or puts it in the place of the one with its address.
func register(s *topology.Snapshot, more topology.Target) {
	all := slices.DeleteFunc(slices.Clone(s.TargetHealth[groupARN].Value), func(t topology.Target) bool { return t.ID == more.ID })
	s.TargetHealth.Put(groupARN, know(append(all, more), elb+"DescribeTargetHealth"))
}
