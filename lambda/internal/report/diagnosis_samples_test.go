package report

import (
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// diagnosisSamples are reports: of an environment with three causes, of one
// where nothing could be found out, of one that is well again, and one that
// others have written into.
var diagnosisSamples = map[string]func() Diagnosis{
	"three-causes": threeCauses,
	"denied":       deniedDiagnosis,
	"recovered": func() Diagnosis {
		d := threeCauses()
		for i := range d.Checks {
			c := &d.Checks[i]
			c.Before, c.Healthy, c.Class, c.Saw, c.Since = c.Class, true, "", "", time.Time{}
		}
		d.Fixed, d.Findings, d.Traces, d.Changes, d.Incidents[0].State = d.Causes(), []diagnose.Finding{}, nil, []Change{}, "monitoring"
		return d
	},
	"hostile": hostileDiagnosis,
}

func at(clock string) time.Time {
	t, err := time.Parse(time.RFC3339, "2025-08-20T"+clock+"Z")
	if err != nil {
		panic(err)
	}
	return t
}

const deadAddress = "Tasks of hokusai-api-development call MLflow at 10.0.3.219:5000; no network interface has that address. MLflow's task is at 10.0.3.77."

func threeCauses() Diagnosis {
	return Diagnosis{
		Version: DiagnosisVersion, ID: "R-20250820T134705Z", Environment: "hokusai-development", Region: "us-east-1", Account: "123456789012",
		At: at("13:47:05"), Run: "B6YH2K4Q9ZT1M3XC", Calls: 61,
		Incidents: []Affair{
			{ID: "INC-0819-2", Key: "DEP_STALE_IP/hokusai-api-development:10.0.3.219", State: "open", Severity: "SEV1", Title: "registry: 5 endpoints, hard-coded address that nobody owns", Since: at("10:50:00"), Opened: at("10:51:00"), History: []HistoryEntry{{at("10:51:00"), "opened: the failure threshold was reached", true}, {at("13:47:05"), "cause changed: it has another cause", true}}},
			{ID: "INC-0819-3", Key: "RULE_DEFAULT_FIXED/hokusai-main-development:443", State: "open", Severity: "SEV2", Title: "api: 2 endpoints, no rule matches, the default action answers", Since: at("10:50:00"), Opened: at("10:51:00"), History: []HistoryEntry{}},
		},
		Checks: []Checked{
			{Key: "registry/health", Host: "registry.hokus.ai", Path: "/health", Class: result.HTTPTimeout, Saw: "no answer within 5 s", Since: at("10:50:00"), Loses: "listing and registering models", Critical: true},
			{Key: "registry/api", Host: "registry.hokus.ai", Path: "/api/mlflow/health", Class: result.HTTPTimeout, Saw: "no answer within 5 s", Since: at("10:50:00")},
			{Key: "registry/ui", Host: "registry.hokus.ai", Path: "/mlflow/", Healthy: true},
			{Key: "api/root", Host: "api.hokus.ai", Path: "/", Class: result.HTTPStatus, Before: result.HTTPTimeout, Saw: "answered 404 Not Found", Since: at("10:50:00")},
			{Key: "mlflow/ui", Host: "mlflow.hokus.ai", Path: "/", Class: result.DNSNXDomain, Saw: "the name does not exist"},
			{Key: "internal/secret", Host: "internal.hokus.ai", Path: "/", Unknown: true, Saw: "the secret could not be read"},
		},
		Findings:    []diagnose.Finding{staleFinding(), ruleFinding(), dnsFinding(), nextFinding()},
		Unexplained: []diagnose.Unexplained{}, Gaps: []diagnose.Gap{}, Fixed: []diagnose.Finding{{Code: diagnose.ECSCrashLoop, Role: diagnose.Cause, Level: diagnose.Proven, Severity: diagnose.S1, Sentence: "Revision 114 of hokusai-api-development exits with 1 at startup."}},
		Traces: []diagnose.Trace{
			{Endpoint: "registry/health", Stations: []diagnose.Station{
				{Hop: diagnose.HopDNS, Verdict: diagnose.OK, Text: "registry.hokus.ai"}, {Hop: diagnose.HopBalancer, Verdict: diagnose.OK, Text: "hokusai-registry-development"},
				{Hop: diagnose.HopRule, Verdict: diagnose.OK, Text: "rule 110 /api/*"}, {Hop: diagnose.HopApp, Verdict: diagnose.Broken, Text: "does not answer"}, {Hop: diagnose.HopDependency, Verdict: diagnose.Broken, Text: "10.0.3.219:5000"},
			}},
			{Endpoint: "api/root", Stations: []diagnose.Station{{Hop: diagnose.HopDNS, Verdict: diagnose.OK}, {Hop: diagnose.HopRule, Verdict: diagnose.Broken, Text: "default"}}},
		},
		Rules: []diagnose.Match{
			{Endpoint: "registry/health", Host: "registry.hokus.ai", Path: "/health", Listener: "hokusai-registry-development:443", Asked: true, Rule: "rule 110 /api/*", Does: "→ hokusai-reg-mlflow", Group: "hokusai-reg-mlflow", Wanted: "hokusai-reg-api"},
			{Endpoint: "api/root", Host: "api.hokus.ai", Path: "/", Listener: "hokusai-main-development:443", Asked: true, Rule: "default", Default: true, Does: "a fixed response 404", Misses: "rule 100 /v1/*, for want of a final slash"},
			{Endpoint: "api/root", Host: "api.hokus.ai", Path: "/", Listener: "hokusai-main-development:80", Rule: "default", Default: true, Does: "a redirect 301 to https://#{host}:443/#{path}"},
		},
		Names: []diagnose.Domain{
			{Host: "registry.hokus.ai", Name: "resolves", LeadsTo: "hokusai-registry-development", TLS: "covered", Ends: at("10:00:00").AddDate(0, 2, 0), OK: true},
			{Host: "api.hokus.ai", Name: "resolves", LeadsTo: "hokusai-main-development", TLS: "not seen", OK: true, Open: true},
			{Host: "mlflow.hokus.ai", Name: "no record in the zone hokus.ai (Z1)", TLS: "not seen", Open: true},
		},
		Changes: []Change{{At: at("10:48:00"), What: "a deployment of hokusai-api-development began, with hokusai-api-development:114", Source: "ecs:DescribeServices"}},
	}
}

func staleFinding() diagnose.Finding {
	return diagnose.Finding{
		Code: diagnose.DepStaleAddress, Key: "DEP_STALE_IP/hokusai-api-development:10.0.3.219", Role: diagnose.Cause, Level: diagnose.Likely, Severity: diagnose.S1,
		Sentence: deadAddress, Explains: []string{"registry/health", "registry/api"},
		Evidence: []diagnose.Evidence{
			{ID: "E1", Statement: "504 after 60.1 s", Source: "probe", At: at("13:46:12")},
			{ID: "E4", Statement: "no network interface has the address 10.0.3.219", Source: "ec2:DescribeNetworkInterfaces", At: at("13:46:55")},
			{ID: "E7", Statement: "sg-task admits 8001 from sg-registry-alb", Source: "ec2:DescribeSecurityGroups", At: at("13:46:58")},
		},
		Inferred: []string{"these calls, with their limit of 120 s, keep the API from answering"},
		RuledOut: []diagnose.RuledOut{{Code: diagnose.NetTargetGroup, Statement: "sg-task admits 8001 from sg-registry-alb", Evidence: "E7"}},
		Effects:  []diagnose.Effect{{Code: diagnose.GroupTimeout, Sentence: "10.0.1.76:8001 accepts connections and does not answer."}},
		Actions: []diagnose.Action{
			{Priority: "P0.1", Do: "register MLflow in Cloud Map", Command: "aws ecs update-service --cluster hokusai-development --service hokusai-mlflow-development --service-registries registryArn=arn:aws:servicediscovery:us-east-1:123456789012:service/srv-1", Mutates: true, Risk: "its task is replaced", DoneWhen: "mlflow has an instance", Done: diagnose.Test{Kind: diagnose.HasInstances, Key: "srv-1"}},
			{Priority: "P0.2", Do: "set MLFLOW_TRACKING_URI to http://mlflow.hokusai-development.local:5000 and deploy", Mutates: true, DoneWhen: "the cause is gone", Owner: "ml-platform"},
			{Priority: "P2.1", Do: "bound the MLflow client's timeout below 60 s"},
		},
		Advice: []diagnose.NotAdvice{{What: "changing the health check path to /health", Why: "asked from inside the VPC it gave no answer in 5 s either", Evidence: "E1"}},
		Verify: []string{"aws ec2 describe-network-interfaces --filters Name=addresses.private-ip-address,Values=10.0.3.219 --region us-east-1"},
		Gaps:   []diagnose.Gap{},
	}
}

func ruleFinding() diagnose.Finding {
	return diagnose.Finding{
		Code: diagnose.RuleDefaultFixed, Key: "RULE_DEFAULT_FIXED/hokusai-main-development:443", Role: diagnose.Cause, Level: diagnose.Proven, Severity: diagnose.S2,
		Sentence: "hokusai-main-development:443 has 1 rule and none matches api.hokus.ai/; the default action answers 404.", Explains: []string{"api/root"},
		Evidence: []diagnose.Evidence{{ID: "E2", Statement: "status 404 after 0.1 s", Source: "probe", At: at("13:46:12")}, {ID: "E3", Statement: "1 rule, none for api.hokus.ai", Source: "elasticloadbalancing:DescribeRules", At: at("13:46:40")}},
		RuledOut: []diagnose.RuledOut{}, Gaps: []diagnose.Gap{},
		Actions: []diagnose.Action{{Priority: "P0.3", Do: "add a rule for api.hokus.ai", Command: "aws elbv2 create-rule --listener-arn arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/main/1/2 --priority 20", Mutates: true, DoneWhen: "a rule matches"}},
		Verify:  []string{"aws elbv2 describe-rules --listener-arn arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/main/1/2 --region us-east-1"},
	}
}

func dnsFinding() diagnose.Finding {
	return diagnose.Finding{
		Code: diagnose.DNSNoRecord, Key: "DNS_NO_RECORD/mlflow.hokus.ai", Role: diagnose.Cause, Level: diagnose.Possible, Severity: diagnose.S3,
		Sentence: "mlflow.hokus.ai has no record in zone hokus.ai (Z1).", Explains: []string{"mlflow/ui"},
		Evidence: []diagnose.Evidence{{ID: "E5", Statement: "no record set of that name", Source: "route53:ListResourceRecordSets", At: at("13:46:59")}},
		Rivals:   []diagnose.Rival{{Code: diagnose.DNSPrivateZone, What: "the VPC is not associated with its private zone", Decides: "a lookup from inside the VPC"}},
		RuledOut: []diagnose.RuledOut{}, Gaps: []diagnose.Gap{}, Verify: []string{"dig +short mlflow.hokus.ai @1.1.1.1"},
		Actions: []diagnose.Action{{Priority: "P1.1", Do: "create the record, or drop the check"}},
	}
}

func nextFinding() diagnose.Finding {
	return diagnose.Finding{
		Code: diagnose.ProbeStalePath, Key: "PROBE_STALE_PATH/registry", Role: diagnose.Next, Level: diagnose.Proven, Severity: diagnose.S4,
		Sentence: "registered-models/list was removed in MLflow 2.0 and will answer 404.", Explains: []string{}, RuledOut: []diagnose.RuledOut{}, Gaps: []diagnose.Gap{}, Verify: []string{},
		Evidence: []diagnose.Evidence{{ID: "E9", Statement: "/version says 2.9.2", Source: "probe", At: at("13:46:59")}},
		Actions:  []diagnose.Action{{Priority: "P1.2", Do: "probe registered-models/search?max_results=1 instead"}},
	}
}

func deniedDiagnosis() Diagnosis {
	d := threeCauses()
	gap := diagnose.Gap{Subject: "interfaces_by_address 10.0.3.219", Action: "ec2:DescribeNetworkInterfaces", Why: topology.Denied, Detail: "AccessDenied", Limits: "who owns the address"}
	d.ID, d.Incidents, d.Fixed, d.Changes = "", []Affair{}, []diagnose.Finding{}, []Change{}
	d.Findings, d.Gaps, d.Partial = []diagnose.Finding{}, []diagnose.Gap{gap}, true
	d.Unexplained = []diagnose.Unexplained{{Endpoint: "registry/health", Saw: "http.timeout: no answer in time", RuledOut: []diagnose.RuledOut{{Statement: "a rule matches"}}}}
	return d
}

// plantedSecrets are secrets as they come in values, log lines, bodies and tags.
var plantedSecrets = []string{"hunter2-planted", "AKIAIOSFODNN7EXAMPLE", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJlLXBsYW50ZWQ", "ghp_0123456789abcdefghijABCDEFGHIJ012345"}

const plantedText = "password=hunter2-planted AKIAIOSFODNN7EXAMPLE Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJlLXBsYW50ZWQ ghp_0123456789abcdefghijABCDEFGHIJ012345"

const injected = "\x1b[31m# Heading | cell ``` <script>alert(1)</script> <!channel> @here *bold* [link](https://evil.example/) :green_circle:\nSecond line " + plantedText

func hostileDiagnosis() Diagnosis {
	d := threeCauses()
	f := &d.Findings[0]
	f.Sentence, f.Inferred = f.Sentence+" "+injected, []string{injected}
	f.Evidence[0].Statement, f.RuledOut[0].Statement, f.Effects[0].Sentence = injected, injected, injected
	f.Actions[0].Do, f.Actions[0].Command, f.Actions[0].DoneWhen, f.Verify = injected, "aws "+injected, injected, []string{injected}
	f.Gaps = []diagnose.Gap{{Subject: injected, Action: "ec2:DescribeSubnets", Why: topology.Failed, Detail: injected, Limits: "which addresses the subnet has"}}
	d.Gaps, d.Checks[0].Saw, d.Checks[5].Saw, d.Changes[0].What, d.Incidents[0].Title = f.Gaps, injected, injected, injected, injected
	d.Traces[0].Stations[0].Text, d.Unexplained = injected, []diagnose.Unexplained{{Endpoint: injected, Saw: injected, RuledOut: []diagnose.RuledOut{{Statement: injected}}}}
	return d
}

// rootOfMessages is the cause that sample messages tell.
func rootOfMessages() *incident.Root {
	causes := incident.CausesOf(diagnose.Output{Findings: []diagnose.Finding{staleFinding(), nextFinding()}})
	r := causes[0].Root
	r.Report, r.Found, r.Seen = "R-20250820T134705Z", at("13:47:05"), at("13:47:05")
	r.Link = "https://us-east-1.console.aws.amazon.com/dynamodbv2/home?region=us-east-1#edit-item?itemMode=2&pk=hokusai-development&route=ROUTE_ITEM_EXPLORER&sk=report%23R-20250820T134705Z&table=Tidewatch"
	return &r
}

// causeNotice is a message about an incident whose cause is known.
func causeNotice(kind incident.Kind, reason incident.Reason) incident.Notice {
	n := notice(kind, 2, reason, func(f *incident.Facts) {
		f.Cause, f.Deployed, f.AlsoOpen, f.Thread = rootOfMessages(), "", nil, f.ID
		f.Key, f.Title = f.Cause.Key, "registry: 3 endpoints, hard-coded address that nobody owns"
		switch {
		case reason == incident.ReasonCauseFound:
			f.Before = incident.SEV2
		case reason == incident.ReasonCauseChanged:
			f.CauseBefore = "Revision 114 of hokusai-api-development exits with 1 at startup."
			f.Cause.Level, f.Cause.Inferred, f.Cause.Rival, f.Cause.Decides = "possible", nil, "the CPU of the task is used up", "its CPU utilisation"
			f.Cause.Gaps = []string{"ec2:DescribeNetworkAcls (denied): whether network ACLs let the traffic pass is not known"}
		case reason == incident.ReasonProven:
			f.Cause.Level, f.Cause.Inferred = "proven", nil
		case kind == incident.KindResolved:
			f.State, f.Resolved, f.Recovered = incident.Resolved, night, before(1)
			f.Cause.Actions[0].Done = before(2)
			for i := range f.Endpoints {
				f.Endpoints[i].Failing = false
			}
		}
	})
	n.ID = "INC-0301-2-2-" + string(kind)
	return n
}

// hostileCause is one into whose facts others have written.
func hostileCause() incident.Notice {
	n := causeNotice(incident.KindCause, incident.ReasonCauseFound)
	c := n.Incident.Cause
	c.Sentence, c.Title, c.Key, c.Level, c.Rival, c.Decides, c.Report, c.Link = injected, injected, injected, "likely", injected, injected, injected, "https://evil.example/|"+injected
	c.Proof[0].Statement, c.Inferred, c.RuledOut, c.Gaps, c.Next, c.Verify = injected, []string{injected}, []string{injected}, []string{injected}, []string{injected}, []string{injected}
	c.Actions[0].Do, c.Actions[0].Command, c.Actions[0].DoneWhen = injected, injected, injected
	n.Incident.CauseBefore = injected
	return n
}

// causesTogether tells the causes of two incidents that began together.
func causesTogether() incident.Notice {
	n := causeNotice(incident.KindCause, incident.ReasonCauseFound)
	w := companions(1)[0]
	w.Kind, w.Level, w.Cause, w.Command, w.FirstAction = incident.KindCause, "proven", ruleFinding().Sentence, ruleFinding().Actions[0].Command, ruleFinding().Actions[0].Do
	n.Incident.With, n.ID = []incident.WithFact{w}, "INC-0301-2-2-together"
	return n
}
