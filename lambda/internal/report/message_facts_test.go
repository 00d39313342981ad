package report

import (
	"fmt"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// night is when the messages of the tests were made.
var night = time.Date(2026, 3, 1, 3, 12, 7, 0, time.UTC)

func before(minutes int) time.Time { return night.Add(-time.Duration(minutes) * time.Minute) }

func failingAt(key, url string, class result.Class, phase result.Phase, sentence string) incident.EndpointFact {
	return incident.EndpointFact{Key: key, URL: url, Failing: true, Class: class, Phase: phase, Error: sentence, Since: before(3)}
}

// registryDown is the incident that most samples are about.
func registryDown() *incident.Facts {
	late := "registry.hokus.ai:443 (203.0.113.20:443) accepted the request but sent no answer within 10s"
	return &incident.Facts{
		ID: "INC-0301-2", Key: "registry|http.timeout", Thread: "INC-0301-2", Class: result.HTTPTimeout, Title: "registry: 3 endpoints, connected, but no complete answer in time",
		State: incident.Open, Severity: incident.SEV1, FirstFailure: before(3), Opened: before(1),
		Endpoints: []incident.EndpointFact{
			failingAt("registry/health", "https://registry.hokus.ai/health", result.HTTPTimeout, result.PhaseTTFB, late),
			failingAt("registry/mlflow-health", "https://registry.hokus.ai/api/mlflow/health", result.HTTPTimeout, result.PhaseTTFB, late),
			failingAt("registry/models", "https://registry.hokus.ai/api/2.0/mlflow/registered-models/search?max_results=1", result.HTTPStatus, result.PhaseAssert,
				`answered 504 Gateway Time-out, but not as expected: [STATUS] (504) == 200; it says: <html><head><title>504 Gateway Time-out</title></head>`),
		},
		Dependents:  []string{"api/root", "api/models"},
		UsersLose:   []string{"listing, registering and loading models"},
		Owners:      []string{"ml-platform"},
		Runbooks:    []string{"https://wiki.hokus.ai/runbooks/registry?view=night&page=2"},
		Description: []string{"The registry is what every training job reads its model from."},
		FirstAction: "look at the application and what it waits for; the limit itself",
		Deployed:    "began 2 min after deployment ecs-svc/4711008150 of hokusai-development/hokusai-api-development",
		News: []incident.ServiceNews{
			{Name: "SERVICE_TASK_START_IMPAIRED", Count: 4, First: before(9), Last: before(2), Reason: "essential container hokusai-api exited with 1"},
		},
		AlsoOpen:     []incident.OtherFact{{ID: "INC-0228-7", Title: "internal/mlflow-discovery: the name does not exist", Severity: incident.SEV3}},
		NextReminder: 30 * time.Minute,
	}
}

func notice(kind incident.Kind, sequence int, reason incident.Reason, change func(*incident.Facts)) incident.Notice {
	f := registryDown()
	if change != nil {
		change(f)
	}
	return incident.Notice{
		ID: fmt.Sprintf("INC-0301-2-%d-%s", sequence, kind), Kind: kind, Reason: reason, At: night, Sequence: sequence,
		Environment: "hokusai-development", Incident: f,
	}
}

func deployment(status string, reason incident.Reason, change func(*incident.DeployFacts)) incident.Notice {
	f := &incident.DeployFacts{
		Service: "hokusai-development/hokusai-api-development", ID: "ecs-svc/4711008150", Status: status,
		Started: before(11), Took: 4*time.Minute + 10*time.Second, Checked: 8,
	}
	if change != nil {
		change(f)
	}
	return incident.Notice{
		ID: "deployment-4711008150-" + status, Kind: incident.KindDeployment, Reason: reason, At: night,
		Environment: "hokusai-development", Deployment: f,
	}
}

// deployIncident is what opens when a deployment ends badly.
func deployIncident(status, words, why string, reason incident.Reason) incident.Notice {
	n := deployment(status, reason, func(f *incident.DeployFacts) { f.Took, f.Reason = 0, why })
	n.ID, n.Kind, n.Sequence = "INC-0301-3-1-opened", incident.KindOpened, 1
	n.Incident = &incident.Facts{
		ID: "INC-0301-3", Thread: "INC-0301-3", Key: "deployment|hokusai-development/hokusai-api-development",
		Title: "deployment of hokusai-development/hokusai-api-development: " + words, State: incident.Open, Severity: incident.SEV3,
		FirstFailure: night, Opened: night, FirstAction: "look at the events and stopped tasks of the ECS service hokusai-development/hokusai-api-development",
	}
	return n
}

// checkerTrouble is the incident about the checker itself.
func checkerTrouble(kind incident.Kind, sequence int, reason incident.Reason, change func(*incident.Facts)) incident.Notice {
	n := notice(kind, sequence, reason, func(f *incident.Facts) {
		*f = incident.Facts{
			ID: "INC-0301-5", Key: "checker", Thread: "INC-0301-5", Title: "the checker has lost its network: no statement about any endpoint", State: incident.Open, Severity: incident.SEV2,
			FirstFailure: night, Opened: night, NextReminder: 2 * time.Hour,
			FirstAction: "check the checker's own way out: the routes of its subnets, its security group, NAT or endpoints",
		}
		if change != nil {
			change(f)
		}
	})
	n.ID = fmt.Sprintf("INC-0301-5-%d-%s", sequence, kind)
	return n
}

// notKnown is an endpoint that could not be judged for so many minutes.
func notKnown(key string, minutes int, why string) incident.EndpointFact {
	return incident.EndpointFact{Key: key, URL: "https://" + key, Unknown: true, Class: result.ProbeSkipped, Error: why, Since: before(minutes)}
}

// knowledge is a message about what the checker cannot judge.
func knowledge(kind incident.Kind, sequence int, reason incident.Reason, change func(*incident.Facts)) incident.Notice {
	n := notice(kind, sequence, reason, func(f *incident.Facts) {
		why := "the secret secretsmanager:tidewatch/queue cannot be read: AccessDeniedException"
		*f = incident.Facts{
			ID: "INC-0301-6", Key: incident.UnjudgedKey + "internal/queue", Thread: "INC-0301-6", Title: "2 endpoints cannot be judged", State: incident.Open, Severity: incident.SEV2,
			FirstFailure: before(60), Opened: night, NextReminder: 2 * time.Hour, UsersLose: []string{"background jobs"},
			Endpoints:   []incident.EndpointFact{notKnown("internal/queue", 60, why), notKnown("internal/jobs", 60, why)},
			FirstAction: "remove what keeps the checker from judging them, as each one says, and look at them yourself meanwhile",
		}
		if change != nil {
			change(f)
		}
	})
	n.ID = fmt.Sprintf("INC-0301-6-%d-%s", sequence, kind)
	return n
}

func recoveredFacts(f *incident.Facts) {
	f.State, f.FirstFailure, f.Recovered, f.Resolved = incident.Resolved, night.Add(-(23*time.Hour + 42*time.Minute)), before(6), night
	f.NextReminder, f.Dependents = 0, nil
	for i := range f.Endpoints {
		f.Endpoints[i] = incident.EndpointFact{Key: f.Endpoints[i].Key, URL: f.Endpoints[i].URL, Since: before(6)}
	}
}

func dailySummary(change func(*incident.SummaryFacts)) incident.Notice {
	f := &incident.SummaryFacts{
		Day: "2026-03-01", Endpoints: 24, Uptime: [3]float64{99.937, 99.981, 99.9999},
		Worst: []incident.UptimeFact{
			{Key: "registry/models", Uptime: [3]float64{98.4, 99.612, 99.88}},
			{Key: "internal/mlflow-discovery", Uptime: [3]float64{99.93, 100, -1}},
		},
		Degraded: []incident.EndpointFact{{Key: "platform/ui", Error: "healthy, but this does not hold: [CERTIFICATE_EXPIRATION] (9d) > 14d", Since: before(60 * 26)}},
		Open:     []incident.OtherFact{{ID: "INC-0228-7", Title: "internal/mlflow-discovery: the name does not exist", Severity: incident.SEV3}},
		Resolved: 2,
		Unknown: []incident.EndpointFact{
			notKnown("internal/queue", 26*60, "the secret secretsmanager:tidewatch/queue cannot be read: AccessDeniedException"), notKnown("internal/search", 3, ""),
		},
		UnknownMore: 1,
		Latent: []incident.LatentFact{{Key: "TLS_RENEWAL_AT_RISK/api", Title: "certificate will not renew", Sentence: "The certificate of api.hokus.ai ends in 12 days, and the record that would renew it is gone.", Do: "create the record again", Severity: incident.SEV3, Since: before(60 * 3)},
			{Key: "TG_MATCHER_HIDES_ERRORS/200-499", Title: "health check accepts errors", Sentence: "the health check of api (GET /) accepts 200-499: a target that answers 404 to everything counts as healthy", Do: "find out what the targets of api answer at GET /", Severity: incident.SEV4, Since: before(60 * 24 * 9)}},
	}
	if change != nil {
		change(f)
	}
	return incident.Notice{
		ID: "summary-hokusai-development-2026-03-01", Kind: incident.KindSummary, Reason: incident.ReasonSummaryDue, At: night,
		Environment: "hokusai-development", Summary: f,
	}
}

// companions are incidents that opened with that of the registry: one that a
// reader can act upon, and then as many as are wanted.
func companions(n int) []incident.WithFact {
	all := []incident.WithFact{{
		ID: "INC-0301-3", Kind: incident.KindOpened, Title: "internal: 5 endpoints, the name does not exist", Severity: incident.SEV2, FirstFailure: before(2),
		Endpoints: []incident.EndpointFact{
			failingAt("internal/mlflow-discovery", "dns://mlflow.hokusai-development.local", result.DNSNXDomain, result.PhaseDNS, "mlflow.hokusai-development.local does not exist (NXDOMAIN from 10.0.0.2)"),
			failingAt("internal/mlflow", "tcp://mlflow.hokusai-development.local:5000", result.DNSNXDomain, result.PhaseDNS, "mlflow.hokusai-development.local does not exist (NXDOMAIN from 10.0.0.2)"),
			failingAt("internal/redis", "tcp://redis.hokusai-development.local:6379", result.DNSNXDomain, result.PhaseDNS, "redis.hokusai-development.local does not exist (NXDOMAIN from 10.0.0.2)"),
		},
		More: 2, UsersLose: []string{"training jobs"}, Owners: []string{"platform"}, Runbooks: []string{"https://wiki.hokus.ai/runbooks/discovery"},
		FirstAction: "look at the record in the zone, or in Cloud Map",
	}}
	for k := 1; k < n; k++ {
		key := fmt.Sprintf("site-%02d/home", k)
		w := incident.WithFact{
			ID: fmt.Sprintf("INC-0301-%d", 3+k), Kind: incident.KindOpened, Title: key + ": an answer came with another status than wanted", Severity: incident.SEV3, FirstFailure: before(2),
			Endpoints: []incident.EndpointFact{failingAt(key, "https://"+key, result.HTTPStatus, result.PhaseAssert,
				"answered 503 Service Unavailable, but not as expected: [STATUS] (503) == 200")},
			UsersLose: []string{fmt.Sprintf("the pages of customer %d", k)}, Owners: []string{"web"}, FirstAction: "look at who answered: load balancer or application",
		}
		if k == 2 {
			w.Kind, w.FirstFailure, w.Deployed = incident.KindAfterQuiet, before(70), "began 2 min after deployment ecs-svc/4711008151 of sites/site-02"
		}
		all = append(all, w)
	}
	return all
}

// sharedPost is the message of the registry's incident and so many more.
func sharedPost(more int) incident.Notice {
	return notice(incident.KindOpened, 1, incident.ReasonThreshold, func(f *incident.Facts) {
		all := companions(more)
		f.With = all[:min(more, incident.MaxFacts)]
		f.WithMore = more - len(f.With)
	})
}

// sharedEnd is the message that the registry's incident is over, and so many
// that began with it.
func sharedEnd(more int) incident.Notice {
	n := sharedPost(more)
	recoveredFacts(n.Incident)
	n.ID, n.Kind, n.Reason, n.Sequence = "INC-0301-2-4-resolved", incident.KindResolved, incident.ReasonStayedGood, 4
	for i := range n.Incident.With {
		w := &n.Incident.With[i]
		w.Kind, w.FirstFailure, w.Recovered = incident.KindResolved, before(60+i), before(6)
		for k := range w.Endpoints {
			w.Endpoints[k] = incident.EndpointFact{Key: w.Endpoints[k].Key, Since: before(6)}
		}
	}
	return n
}

// causeChanged is the registry's incident when what refused times out.
func causeChanged() incident.Notice {
	return notice(incident.KindCause, 2, incident.ReasonOtherClass, func(f *incident.Facts) {
		f.Title, f.Key = "registry: 3 endpoints, the host answered that nothing listens on the port", "registry|tcp.refused"
		f.FirstFailure, f.Deployed, f.Opened, f.AlsoOpen = before(49), "", before(47), nil
		f.ClassBefore, f.Class, f.ClassSince = result.TCPRefused, result.HTTPTimeout, before(5)
		for i := range f.Endpoints {
			f.Endpoints[i].Class, f.Endpoints[i].Phase, f.Endpoints[i].Error, f.Endpoints[i].Since = result.HTTPTimeout, result.PhaseTTFB, f.Endpoints[0].Error, before(49)
		}
	})
}

// evil is what an endpoint or a configuration could try on a reader.
const evil = "\x1b[2J\x1b]0;owned\a <!channel> <@U024BE7LH> @here | pipe | *bold* _it_ ~s~ `code` ```block``` " +
	"<https://evil.example/login|Sign in> https://evil.example/x www.evil.example :large_green_circle: Resolved\r\n\r\nUsers lose nothing\u2028\u202egnp.exe &lt; \\ \" \xff"

// planted are secrets that no message may hold.
var planted = []string{"AKIAIOSFODNN7EXAMPLE", "hunter2hunter2", "ghp_0123456789abcdefghij0123456789abcdef", "s3cr3tvalue"}

func secretive(f *incident.Facts) {
	f.Title = "registry: password=" + planted[1] + " was refused"
	f.Endpoints[0].Error = "answered 500; it says: aws_access_key_id " + planted[0] + " token: " + planted[2]
	f.Endpoints[1].URL = "https://user:" + planted[3] + "@registry.hokus.ai/health?token=" + planted[3]
	f.Runbooks = []string{"https://wiki.hokus.ai/r?access_token=" + planted[3]}
	f.Description = []string{"Authorization: Bearer " + planted[2]}
	f.FirstAction = "curl -H 'Authorization: Bearer " + planted[2] + "' https://registry.hokus.ai"
	f.News[0].Reason = "secret: " + planted[1]
	f.With = []incident.WithFact{{
		ID: "INC-0301-3", Kind: incident.KindOpened, Title: "password=" + planted[1], Owners: []string{"token=" + planted[3]}, FirstAction: "token: " + planted[2],
		Endpoints: f.Endpoints, Runbooks: f.Runbooks,
	}}
	f.UsersLose, f.Owners = []string{"api_key=" + planted[3]}, []string{"token=" + planted[3]}
}

func hostileFacts(f *incident.Facts) {
	f.Title, f.Owners, f.UsersLose, f.Runbooks = evil, []string{evil}, []string{evil}, []string{"javascript:alert(1)", "https://a.example/|x> <!here>"}
	f.Dependents, f.Description, f.FirstAction, f.Deployed = []string{evil, "`x` <b>"}, []string{evil}, evil, evil
	f.AlsoOpen[0].Title, f.News[0].Reason, f.News[0].Name = evil, evil, evil
	f.With = []incident.WithFact{{
		ID: "INC-0301-3", Kind: incident.KindOpened, Title: evil, Severity: incident.SEV2, Deployed: evil, FirstAction: evil,
		UsersLose: []string{evil}, Owners: []string{evil}, Runbooks: []string{"javascript:alert(1)", "https://a.example/|x> <!here>"},
		Endpoints: []incident.EndpointFact{{Key: "a" + evil, URL: "https://a.example/" + evil, Failing: true, Class: result.TCPRefused, Error: evil}},
	}}
	for i := range f.Endpoints {
		f.Endpoints[i].Key += evil
		f.Endpoints[i].URL = "https://a.example/" + evil
		f.Endpoints[i].Error = evil
	}
}

// huge has far more than anybody can read, in four-byte characters.
func huge(f *incident.Facts) {
	wide := strings.Repeat("𝔣𝔞𝔦𝔩 ", 400)
	e := f.Endpoints[0]
	e.Error = wide
	f.Title, f.Endpoints = wide, nil
	for i := range 500 {
		e.Key = fmt.Sprintf("group-%d/endpoint-%03d-%s", i%7, i, strings.Repeat("𝔵", 60))
		f.Endpoints = append(f.Endpoints, e)
		f.Dependents = append(f.Dependents, e.Key)
		f.AlsoOpen = append(f.AlsoOpen, incident.OtherFact{ID: fmt.Sprintf("INC-%d", i), Title: wide, Severity: incident.SEV2})
		f.UsersLose = append(f.UsersLose, e.Key)
		f.Runbooks = append(f.Runbooks, fmt.Sprintf("https://wiki.hokus.ai/%03d?%s", i, strings.Repeat("&", 250)))
	}
	f.More, f.AlsoMore = 12, 12
	f.Cause, f.CauseBefore = hugeRoot(wide), wide
}

// hugeRoot is a cause of which every text is as long as can be.
func hugeRoot(wide string) *incident.Root {
	r := &incident.Root{Key: wide, Code: wide, Title: wide, Level: "possible", Sentence: wide, Rival: wide, Decides: wide, Report: strings.Repeat("R", 90), Link: "https://console/" + strings.Repeat("&", 280)}
	for range 50 {
		r.Proof = append(r.Proof, incident.Proof{ID: "E1", Statement: wide, Source: wide})
		r.Actions = append(r.Actions, incident.Action{Priority: "P0.1", Do: wide, Command: strings.Repeat("&", 700), DoneWhen: wide, Mutates: true})
		r.RuledOut, r.Gaps, r.Next, r.Inferred = append(r.RuledOut, wide), append(r.Gaps, wide), append(r.Next, wide), append(r.Inferred, wide)
		r.Verify = append(r.Verify, strings.Repeat("<", 700))
	}
	return r
}

// hugeShared is huge, and as large again are those with it.
func hugeShared(f *incident.Facts) {
	huge(f)
	for range 2 * incident.MaxFacts {
		f.With = append(f.With, incident.WithFact{
			ID: "INC-0301-3", Kind: incident.KindOpened, Title: f.Title, Severity: incident.SEV2, UsersLose: f.UsersLose, Owners: f.UsersLose, Runbooks: f.Runbooks,
			Endpoints: f.Endpoints, More: 400, FirstAction: f.Title, Deployed: f.Title,
			Level: "likely", Cause: f.Title, Command: strings.Repeat("&", 700),
		})
	}
	f.WithMore = 900
}
