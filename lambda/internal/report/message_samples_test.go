package report

import (
	"fmt"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// messageSamples has one notice of each published kind and outcome, and those
// that were made to do harm.
var messageSamples = map[string]func() incident.Notice{
	"opened": func() incident.Notice {
		return notice(incident.KindOpened, 1, incident.ReasonThreshold, nil)
	},
	"opened-alone": func() incident.Notice {
		n := notice(incident.KindOpened, 1, incident.ReasonThreshold, func(f *incident.Facts) {
			*f = incident.Facts{
				ID: "INC-0301-4", Key: "internal|tcp.timeout", Thread: "INC-0301-4", Class: result.TCPTimeout, Title: "internal/mlflow: no answer to the connection attempt in time", State: incident.Open, Severity: incident.SEV2,
				FirstFailure: before(2), Opened: night, NextReminder: 2 * time.Hour, Previous: incident.Past{ID: "INC-0226-1", Resolved: before(3 * 24 * 60)},
				Endpoints: []incident.EndpointFact{failingAt("internal/mlflow", "tcp://10.0.3.219:5000", result.TCPTimeout, result.PhaseTCP, "")},
			}
		})
		n.ID = "INC-0301-4-1-opened"
		return n
	},
	"opened-with-one":      func() incident.Notice { return sharedPost(1) },
	"opened-with-eleven":   func() incident.Notice { return sharedPost(11) },
	"resolved-with-eleven": func() incident.Notice { return sharedEnd(11) },
	"reopened-with-one": func() incident.Notice {
		n := notice(incident.KindReopened, 5, incident.ReasonCameBack, func(f *incident.Facts) {
			f.State, f.Resolved, f.Reopenings, f.With = incident.Reopened, before(20), 1, companions(1)
		})
		n.Incident.With[0].Kind = incident.KindReopened
		return n
	},
	"flapping-with-one": func() incident.Notice {
		n := notice(incident.KindFlapping, 3, incident.ReasonFlaps, func(f *incident.Facts) { f.Flips, f.With = 5, companions(1) })
		n.Incident.With[0].Kind = incident.KindFlapping
		return n
	},
	"severity-up-with-one": func() incident.Notice {
		n := notice(incident.KindSeverityUp, 2, incident.ReasonWorse, func(f *incident.Facts) { f.Before, f.With = incident.SEV2, companions(1) })
		n.Incident.With[0].Kind, n.Incident.With[0].Before = incident.KindSeverityUp, incident.SEV3
		return n
	},
	"failing-after-maintenance-with-one": func() incident.Notice {
		n := notice(incident.KindAfterQuiet, 1, incident.ReasonAfterQuiet, func(f *incident.Facts) {
			f.FirstFailure, f.Deployed, f.News, f.With = before(72), "", nil, companions(1)
		})
		n.Incident.With[0].Kind = incident.KindAfterQuiet
		return n
	},
	"reminder-with-one": func() incident.Notice {
		n := notice(incident.KindReminder, 2, incident.ReasonReminder, func(f *incident.Facts) {
			f.FirstFailure, f.With, f.Deployed, f.News = before(63), companions(1), "", nil
		})
		n.Incident.With[0].Kind = incident.KindReminder
		return n
	},
	"cause-changed-with-one": func() incident.Notice {
		n := causeChanged()
		n.Incident.With = companions(1)
		w := &n.Incident.With[0]
		w.Kind, w.FirstFailure, w.Class, w.ClassBefore, w.FirstAction = incident.KindCause, before(48), result.TCPTimeout, result.DNSNXDomain, "look at security groups, network ACLs and routes"
		for i := range w.Endpoints {
			w.Endpoints[i].Class, w.Endpoints[i].Phase, w.Endpoints[i].Error = result.TCPTimeout, result.PhaseTCP, "10.0.3.219:5000 did not answer within 5s"
		}
		return n
	},
	"resolved-follower": func() incident.Notice {
		n := notice(incident.KindResolved, 2, incident.ReasonStayedGood, func(f *incident.Facts) {
			w := companions(1)[0]
			*f = incident.Facts{
				ID: w.ID, Key: "internal|dns.nxdomain", Thread: "INC-0301-2", Title: w.Title, State: incident.Resolved, Severity: w.Severity, Class: result.DNSNXDomain,
				FirstFailure: before(14), Opened: before(12), Recovered: before(5), Resolved: night,
				UsersLose: w.UsersLose,
				AlsoOpen:  []incident.OtherFact{{ID: "INC-0301-2", Title: registryDown().Title, Severity: incident.SEV1}},
			}
		})
		for _, name := range []string{"mlflow-discovery", "mlflow", "redis", "queue", "search"} {
			n.Incident.Endpoints = append(n.Incident.Endpoints, incident.EndpointFact{Key: "internal/" + name, Since: before(5)})
		}
		n.ID = "INC-0301-3-2-resolved"
		return n
	},
	"failing-after-maintenance": func() incident.Notice {
		return notice(incident.KindAfterQuiet, 1, incident.ReasonAfterQuiet, func(f *incident.Facts) { f.FirstFailure, f.Deployed, f.News = before(72), "", nil })
	},
	"cause-changed":         causeChanged,
	"causes-found-together": causesTogether,
	"cause-found":           func() incident.Notice { return causeNotice(incident.KindCause, incident.ReasonCauseFound) },
	"cause-another":         func() incident.Notice { return causeNotice(incident.KindCause, incident.ReasonCauseChanged) },
	"opened-proven":         func() incident.Notice { return causeNotice(incident.KindOpened, incident.ReasonProven) },
	"opened-own-cause":      func() incident.Notice { return causeNotice(incident.KindOpened, incident.ReasonOwnCause) },
	"resolved-with-cause":   func() incident.Notice { return causeNotice(incident.KindResolved, incident.ReasonStayedGood) },
	"cause-of-others":       hostileCause,
	"opened-with-a-cause": func() incident.Notice {
		n := sharedPost(1)
		w := &n.Incident.With[0]
		w.Level, w.Cause, w.Command = "proven", ruleFinding().Sentence, ruleFinding().Actions[0].Command
		n.ID = "INC-0301-2-1-with-a-cause"
		return n
	},
	"severity-up": func() incident.Notice {
		return notice(incident.KindSeverityUp, 2, incident.ReasonWorse, func(f *incident.Facts) { f.Before = incident.SEV2 })
	},
	"reminder": func() incident.Notice {
		return notice(incident.KindReminder, 3, incident.ReasonReminder, func(f *incident.Facts) {
			f.FirstFailure = before(124)
			f.Endpoints[2] = incident.EndpointFact{Key: "registry/models", URL: f.Endpoints[2].URL, Since: before(12)}
		})
	},
	"reminder-unknown": func() incident.Notice {
		return notice(incident.KindReminder, 3, incident.ReasonReminder, func(f *incident.Facts) {
			f.FirstFailure = before(124)
			f.Endpoints[0].Unknown = true
			f.Endpoints[2] = incident.EndpointFact{Key: "registry/models", URL: f.Endpoints[2].URL, Since: before(12), Unknown: true}
		})
	},
	"spread": func() incident.Notice {
		return notice(incident.KindSeverityUp, 3, incident.ReasonSpread, func(f *incident.Facts) { f.Acked, f.AckedBy, f.NextReminder = true, "maria", 0 })
	},
	"gathered": func() incident.Notice {
		n := sharedPost(12)
		n.ID, n.Sequence, n.Reason, n.Incident.Gathered = "gathered-1772334720-opened", 0, incident.ReasonGathered, true
		return n
	},
	"gathered-over": func() incident.Notice {
		n := sharedPost(10)
		n.ID, n.Kind, n.Sequence, n.Reason, n.Incident.Gathered = "gathered-1772334720-resolved", incident.KindResolved, 0, incident.ReasonGathered, true
		recoveredFacts(n.Incident)
		for k := range n.Incident.With {
			n.Incident.With[k].Kind, n.Incident.With[k].Recovered = incident.KindResolved, night
		}
		for k := range 30 {
			n.Incident.Rest = append(n.Incident.Rest, fmt.Sprintf("INC-0301-%d", 20+k))
		}
		n.Incident.WithMore = len(n.Incident.Rest)
		return n
	},
	"reopened": func() incident.Notice {
		return notice(incident.KindReopened, 5, incident.ReasonCameBack, func(f *incident.Facts) {
			f.State, f.Reopenings, f.Resolved, f.Acked, f.AckedBy = incident.Reopened, 2, before(14), true, "maria"
		})
	},
	"resolved": func() incident.Notice {
		return notice(incident.KindResolved, 4, incident.ReasonStayedGood, recoveredFacts)
	},
	"flapping": func() incident.Notice {
		return notice(incident.KindFlapping, 3, incident.ReasonFlaps, func(f *incident.Facts) { f.Severity, f.Flips, f.FirstFailure = incident.SEV2, 6, before(51) })
	},
	"checker-trouble": func() incident.Notice {
		return checkerTrouble(incident.KindChecker, 1, incident.ReasonControlsSilent, nil)
	},
	"checker-without-egress": func() incident.Notice {
		return checkerTrouble(incident.KindChecker, 1, incident.ReasonNoWayOut, func(f *incident.Facts) {
			f.FirstAction = "give rtb-main a route to a NAT gateway"
			f.Cause = &incident.Root{
				Key: "SELF_NO_EGRESS/checker", Code: "SELF_NO_EGRESS", Title: "the checker cannot reach the internet", Level: "proven", Severity: incident.SEV2,
				Sentence: "rtb-main of subnet-c, where the checker stands, has no route to the internet, so the checker cannot reach the internet: no statement about 3 endpoints",
				Proof:    []incident.Proof{{ID: "E1", Statement: "rtb-main of subnet-c, where the checker stands, has no route to the internet", Source: "ec2:DescribeRouteTables"}},
				Actions:  []incident.Action{{Priority: "P0.1", Do: f.FirstAction, Command: "aws ec2 create-route --route-table-id rtb-main --destination-cidr-block 0.0.0.0/0 --nat-gateway-id NAT_GATEWAY_ID --region us-east-1", Mutates: true}},
			}
		})
	},
	"checker-reminder": func() incident.Notice {
		return checkerTrouble(incident.KindReminder, 2, incident.ReasonReminder, func(f *incident.Facts) { f.FirstFailure, f.Opened = before(120), before(120) })
	},
	"checker-resolved": func() incident.Notice {
		return checkerTrouble(incident.KindResolved, 2, incident.ReasonStayedGood, func(f *incident.Facts) {
			f.State, f.FirstFailure, f.Opened, f.Recovered, f.Resolved, f.NextReminder = incident.Resolved, before(22), before(22), before(5), night, 0
		})
	},
	"checker-reopened": func() incident.Notice {
		return checkerTrouble(incident.KindReopened, 3, incident.ReasonCameBack, func(f *incident.Facts) {
			f.State, f.Opened, f.Resolved, f.Reopenings = incident.Reopened, before(40), before(14), 1
		})
	},
	"unjudged": func() incident.Notice { return knowledge(incident.KindChecker, 1, incident.ReasonUnjudged, nil) },
	"unjudged-reminder": func() incident.Notice {
		return knowledge(incident.KindReminder, 2, incident.ReasonReminder, func(f *incident.Facts) {
			f.Endpoints[0] = incident.EndpointFact{Key: "internal/queue", URL: "https://internal/queue", Since: before(5)}
		})
	},
	"unjudged-resolved": func() incident.Notice {
		return knowledge(incident.KindResolved, 2, incident.ReasonJudgedAgain, func(f *incident.Facts) {
			f.State, f.FirstFailure, f.Opened, f.Recovered, f.Resolved, f.NextReminder = incident.Resolved, before(85), before(25), night, night, 0
			f.Endpoints = []incident.EndpointFact{
				failingAt("internal/queue", "https://internal/queue", result.HTTPStatus, result.PhaseAssert, "answered 503 Service Unavailable, but not as expected: [STATUS] (503) == 200"),
				{Key: "internal/jobs", Since: night},
			}
		})
	},
	"deployment-resolved": func() incident.Notice {
		n := deployIncident("failed", "it failed", "", incident.ReasonDeploySucceeded)
		n.ID, n.Kind, n.Sequence, n.Deployment = "INC-0301-3-2-resolved", incident.KindResolved, 2, nil
		n.Incident.State, n.Incident.FirstFailure, n.Incident.Opened, n.Incident.Resolved = incident.Resolved, before(65), before(65), night
		return n
	},
	"deployment-verified": func() incident.Notice {
		return deployment("verified", incident.ReasonVerified, nil)
	},
	"deployment-regressed": func() incident.Notice {
		return deployment("regressed", incident.ReasonRegressed, func(f *incident.DeployFacts) {
			f.Regressed = []incident.EndpointFact{failingAt("api/models", "https://api.hokus.ai/api/v1/models", result.HTTPStatus, result.PhaseAssert,
				"answered 500 Internal Server Error, but not as expected: [STATUS] (500) == 200")}
			f.Still = []incident.EndpointFact{failingAt("api/root", "https://api.hokus.ai/", result.HTTPStatus, result.PhaseAssert, "answered 404 Not Found, but not as expected: [STATUS] (404) < 400")}
		})
	},
	"deployment-failed": func() incident.Notice {
		return deployIncident("failed", "it failed", "ECS deployment circuit breaker: tasks failed to start, the last one arn:aws:ecs:us-east-1:123456789012:task/hokusai-development/7f0c2a.", incident.ReasonDeployFailed)
	},
	"deployment-failed-again": func() incident.Notice {
		return deployment("failed", incident.ReasonDeployFailed, func(f *incident.DeployFacts) {
			f.Took, f.Reason = 0, "ECS deployment circuit breaker: tasks failed to start."
		})
	},
	"deployment-rolled-back": func() incident.Notice {
		return deployIncident("rolled-back", "it is being rolled back", "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/4711008149.", incident.ReasonRolledBack)
	},
	"deployment-stuck": func() incident.Notice {
		return deployIncident("stuck", "it has not ended in time", "in progress since 02:27 UTC", incident.ReasonStuck)
	},
	"deployment-unseen": func() incident.Notice {
		return deployment("unseen", incident.ReasonUnseen, func(f *incident.DeployFacts) {
			f.Took, f.Reason = 0, "its end was not seen, and ECS could not be asked (needs ecs:DescribeServices; the log says why)"
		})
	},
	"deployment-unverified": func() incident.Notice {
		return deployment("unverified", incident.ReasonUnverified, func(f *incident.DeployFacts) {
			f.Unjudged = []incident.EndpointFact{
				notKnown("api/jobs", 20, "the secret secretsmanager:tidewatch/jobs cannot be read: AccessDeniedException"),
				failingAt("api/models", "https://api.hokus.ai/api/v1/models", result.HTTPStatus, result.PhaseAssert, "answered 500 Internal Server Error, but not as expected: [STATUS] (500) == 200"),
			}
			f.UnjudgedMore = 2
		})
	},
	"deployment-resolved-unverified": func() incident.Notice {
		n := deployIncident("failed", "it failed", "", incident.ReasonDeployComplete)
		n.ID, n.Kind, n.Sequence, n.Deployment = "INC-0301-3-2-resolved", incident.KindResolved, 2, nil
		n.Incident.State, n.Incident.FirstFailure, n.Incident.Opened, n.Incident.Resolved = incident.Resolved, before(65), before(65), night
		return n
	},
	"deployment-resolved-mended": func() incident.Notice {
		n := deployIncident("failed", "it failed", "", incident.ReasonDeployStands)
		n.ID, n.Kind, n.Sequence, n.Deployment = "INC-0301-3-2-resolved", incident.KindResolved, 2, nil
		n.Incident.State, n.Incident.FirstFailure, n.Incident.Opened, n.Incident.Resolved = incident.Resolved, before(65), before(65), night
		return n
	},
	"summary": func() incident.Notice { return dailySummary(nil) },
	"summary-quiet": func() incident.Notice {
		return dailySummary(func(f *incident.SummaryFacts) {
			f.Uptime, f.Worst, f.Degraded, f.Open, f.Resolved = [3]float64{100, 100, 100}, nil, nil, nil, 0
			f.Latent, f.Unknown, f.UnknownMore = nil, nil, 0
		})
	},
	"hostile":     func() incident.Notice { return notice(incident.KindOpened, 1, evil, hostileFacts) },
	"huge":        func() incident.Notice { return notice(incident.KindReminder, 9, incident.ReasonReminder, huge) },
	"huge-shared": func() incident.Notice { return notice(incident.KindOpened, 1, incident.ReasonThreshold, hugeShared) },
	"secrets":     func() incident.Notice { return notice(incident.KindOpened, 1, incident.ReasonThreshold, secretive) },
}

// sampleNames are in a fixed order, so that failures are.
func sampleNames() []string {
	var names []string
	for name := range messageSamples {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
