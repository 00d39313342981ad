package awsapi

import (
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/scenario"
)

var claimedCauses = []claim{
	{"F15", "10.0.1.76 is unhealthy in hokusai-reg-api-development although it runs", sharper, func(_ *testing.T, run func(string) played) {
		a := run("a")
		a.shows(a.cause(diagnose.DepStaleAddress), `10.0.1.76:8001 of hokusai-reg-api-development: Target.Timeout, "Request timed out"`)
	}},
	{"F16", "hokusai-api-tg-development is similar", sharper, func(t *testing.T, run func(string) played) {
		a := run("a")
		a.shows(a.cause(diagnose.DepStaleAddress), `10.0.1.76:8001 of hokusai-api-tg-development: Target.Timeout, "Request timed out"`, "10.0.1.76 belongs to eni-task")
		if strings.Contains(keysOf(a.out), "TG_") {
			t.Errorf("the groups have a cause of their own: %s", keysOf(a.out))
		}
	}},
	{"F17", `the log says "Started server process", so it runs`, differs, func(_ *testing.T, run func(string) played) {
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			run(name).silentAbout("Started server process")
		}
	}},
	{"F18", "health checks fail because their path does not exist", differs, func(_ *testing.T, run func(string) played) {
		a := run("a")
		a.ruledOut(a.cause(diagnose.DepStaleAddress), diagnose.GroupHealth404, "Target.Timeout and not a status, so the health check path /health/alb is not what is wrong")
	}},
	{"F19", "the API cannot reach MLflow at 10.0.3.219:5000, perhaps for a security group or ACL", sharper, func(t *testing.T, run func(string) played) {
		a, b := run("a"), run("b")
		f := a.cause(diagnose.DepStaleAddress)
		a.shows(f, "no network interface of the account and region has the address 10.0.3.219")
		if strings.Contains(keysOf(a.out), "DEP_SG") || strings.Contains(keysOf(a.out), "NACL") || f.Level != diagnose.Likely {
			t.Errorf("%s, %s", keysOf(a.out), f.Level)
		}
		b.silentAbout("no network interface", "Root cause 1: hard-coded", "Root cause 2: hard-coded", "Root cause 3: hard-coded", "Root cause 4: hard-coded")
	}},
	{"F20", "log lines with their times", same, func(_ *testing.T, run func(string) played) {
		a := run("a")
		a.shows(a.cause(diagnose.DepStaleAddress), `14 × "WARNING:  Connection to 10.0.3.219 timed out. (connect timeout=120)" in ecs/api/t115, first at 11:45:00Z, last at 11:58:00Z`)
	}},
	{"F21", "connect timeout=120", sharper, func(_ *testing.T, run func(string) played) {
		a := run("a")
		a.shows(a.cause(diagnose.DepStaleAddress), "the client waits up to 120 s for a connection, hokusai-registry-development for an answer only 60 s: requests that need 10.0.3.219:5000 end in its 504")
	}},
	{"F22", "MLflow should be called by its discovery name", sharper, func(_ *testing.T, run func(string) played) {
		run("a").says("attach hokusai-mlflow-development to the discovery service mlflow, which has no instances", "call it by its discovery name mlflow.hokusai-development.local:5000 instead of 10.0.3.219 (MLFLOW_TRACKING_URI)")
	}},
	{"F23", "MLFLOW_TRACKING_URI has an address that cannot be reached", sharper, func(t *testing.T, run func(string) played) {
		a := run("a")
		a.shows(a.cause(diagnose.DepStaleAddress), "MLFLOW_TRACKING_URI of hokusai-api-development:115 is 10.0.3.219:5000")
		reported(t, "d30-built-in", nil).says("no variable of the task definition does, so it is probably built into the image")
	}},
	{"F24", "the registry is the most critical", leftOpen, func(t *testing.T, _ func(string) played) {
		for critical, want := range map[string]string{
			"":        "SEV1 SEV2 SEV3", // in the order of what they explain; the first takes half of all
			"api/":    "SEV1 SEV1 SEV3",
			"mlflow/": "SEV1 SEV2 SEV2",
		} {
			got := reported(t, "accept-a", func(s *scenario.Scenario) {
				for i := range s.Input.Symptoms {
					e := &s.Input.Symptoms[i].Endpoint
					e.Critical = e.Key == critical
				}
			})
			var severities []string
			for _, code := range []diagnose.Code{diagnose.DepStaleAddress, diagnose.RuleDefaultFixed, diagnose.DNSNoRecord} {
				severity, _ := got.cause(code).Severity.MarshalText()
				severities = append(severities, string(severity))
			}
			if strings.Join(severities, " ") != want || !strings.HasPrefix(keysOf(got.out), "DEP_STALE_IP/hokusai-api-development/10.0.3.219:5000 RULE_DEFAULT_FIXED/") {
				t.Errorf("critical %q: %v of %s", critical, severities, keysOf(got.out))
			}
		}
	}},
	{"F25", "date, tracker issue, what is fixed, what remains", same, func(t *testing.T, run func(string) played) {
		a := run("a")
		a.says("account 123456789012 · facts as of 2026-03-01 12:00:05Z", "Fixed or different since the last report", "Actions")
		a.silentAbout("tracker", "Tracker") // none is configured
		text := report.DiagnosisText(pipeline.Replay(pipeline.Case{Input: a.in, Head: &pipeline.Head{At: a.in.Now, Tracker: "https://tracker.example.com/issues/51"}}))
		if !strings.Contains(strings.Join(strings.Fields(text), " "), "Tracker: https://tracker.example.com/issues/51") {
			t.Errorf("the tracker that is configured is missing in %s", text)
		}
	}},
}

var claimedRepairs = []claim{
	{"R1a", "listener rules for api.hokus.ai", differs, func(t *testing.T, run func(string) played) {
		f := run("a").cause(diagnose.RuleDefaultFixed)
		if len(f.Actions) != 2 || !strings.Contains(f.Actions[0].Command, "Values=api.hokus.ai Field=path-pattern,Values=/,/health") || strings.Contains(f.Actions[0].Command, "/api/v1") {
			t.Errorf("for / and /health, and not for what has a rule: %+v", f.Actions)
		}
	}},
	{"R1b", "path rules to the right target groups", sharper, func(t *testing.T, _ func(string) played) {
		reported(t, "accept-a", func(s *scenario.Scenario) {
			symptomOf(s, "registry/health").Endpoint.RunsOn.Group = "hokusai-reg-mlflow-development"
		}).says("rule 90 /health Does: → hokusai-reg-api-development, not to hokusai-reg-mlflow-development as configured Requests: registry.hokus.ai/health")
	}},
	{"R1c", "repair the registry's load balancer", differs, func(t *testing.T, run func(string) played) {
		a := run("a")
		for _, m := range diagnose.NoRule(diagnose.MatchTable(a.in)) {
			if m.Host == "registry.hokus.ai" {
				t.Errorf("its rules have no gap: %+v", m)
			}
		}
	}},
	{"R2", "change the health check path to /health", differs, func(t *testing.T, run func(string) played) {
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			r := run(name)
			r.silentAbout("modify-target-group", "health check path of")
		}
		a := run("a")
		a.says("Not recommended", "changing the health check path /health/alb: the reason is Target.Timeout, not a status", "keep it out of the health check")
		if f := a.cause(diagnose.DepStaleAddress); !slices.ContainsFunc(f.Advice, func(n diagnose.NotAdvice) bool { return strings.Contains(n.What, "/health/alb") && n.Evidence != "" }) {
			t.Errorf("%+v", f.Advice)
		}
	}},
	{"R3", "verify that targets are registered, and why they are unhealthy", sharper, func(_ *testing.T, run func(string) played) {
		a := run("a")
		a.says("hokusai-reg-api-development has 1 target registered", "10.0.1.76 belongs to eni-task", "10.0.1.76:8001 accepts a connection from inside the VPC")
	}},
	{"R4", "later: repair the connection to MLflow", sharper, func(t *testing.T, run func(string) played) {
		if f := run("a").cause(diagnose.DepStaleAddress); f.Actions[0].Priority != "P0.1" || f.Actions[1].Priority != "P0.2" {
			t.Errorf("it comes first: %+v", f.Actions)
		}
	}},
	{"R5", "does mlflow.hokus.ai exist, do certificates cover all domains", sharper, func(_ *testing.T, run func(string) played) {
		a := run("a")
		a.says("mlflow.hokus.ai In order: ❌ no Name: no record in the zone hokus.ai (Z1)", "registry.hokus.ai In order: ✅ yes Name: resolves Leads to: hokusai-registry-development Certificate: covered",
			"api.hokus.ai In order: ✅ yes", "platform.hokus.ai In order: ✅ yes")
	}},
	{"R6", "review service discovery", sharper, func(_ *testing.T, run func(string) played) {
		run("a").says("aws ecs update-service --cluster dev --service hokusai-mlflow-development --service-registries registryArn=arn:aws:servicediscovery:us-east-1:123456789012:service/srv-1")
	}},
	{"R7", "review environment variables", sharper, func(t *testing.T, run func(string) played) {
		a := run("a")
		a.shows(a.cause(diagnose.DepStaleAddress), "MLFLOW_TRACKING_URI")
		a.says("neither variables nor logs name 10.0.3.219", "writing the address 10.0.3.77 instead: it changes with the next task")
		s, err := scenario.Load("accept-b") // where the address is right today
		if err != nil {
			t.Fatal(err)
		}
		found, _ := takeInventory(t, s)
		if !slices.ContainsFunc(found, func(f diagnose.Finding) bool {
			return f.Code == diagnose.LiteralAddress && f.Role == diagnose.Latent && f.Severity == diagnose.S4
		}) {
			t.Errorf("without an outage: %+v", found)
		}
	}},
	{"V1", "curl -I --max-time 5 for each host", sharper, func(t *testing.T, run func(string) played) {
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			r := run(name)
			for _, host := range []string{"registry.hokus.ai/health", "api.hokus.ai/"} {
				r.says(`curl -sS -o /dev/null -m 75 -w '%{http_code} %{time_connect} %{time_starttransfer}\n' https://` + host)
			}
			r.silentAbout("curl -i", "curl -I", "--max-time 5", "-m 5 ")
		}
	}},
	{"V2", "aws ecs describe-services", same, func(_ *testing.T, run func(string) played) {
		run("a").says("aws ecs describe-services --cluster dev --services hokusai-api-development --query 'services[].[serviceName,runningCount,desiredCount,", "--service-name hokusai-api-development --desired-status STOPPED")
	}},
	{"V3", "aws elbv2 describe-target-health", sharper, func(_ *testing.T, run func(string) played) {
		for _, group := range []string{"hokusai-reg-api-development/2", "hokusai-api-tg-development/1"} {
			run("a").says("aws elbv2 describe-target-health --target-group-arn arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/" + group + " --query 'TargetHealthDescriptions[].[Target.Id,Target.Port,TargetHealth.State,TargetHealth.Reason,TargetHealth.Description]'")
		}
	}},
}
