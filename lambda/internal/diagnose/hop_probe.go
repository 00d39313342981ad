package diagnose

import (
	"fmt"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// lookAtProbe is D39: the probe's own limit ended it, and what would have come
// is known from the slow one. It comes last and gives way to whatever else
// explains what came then.
func lookAtProbe(w *walk) (Verdict, string) {
	e, s := w.symptom.Endpoint, w.symptom
	if s.Class != result.HTTPTimeout || !w.seen.slow || w.seen.cut || w.seen.answer.Status == 0 {
		return NotApplicable, ""
	}
	limit, a := e.Limit.Seconds(), w.seen.answer
	if a.Took < e.Limit { // in time now, so the limit was not what was wrong
		return OK, fmt.Sprintf("limit %.0f s", limit)
	}
	c := candidate{
		code: ProbeTimeoutTooShort, root: e.Key, last: true, aside: a.Status >= 400, // what fails so late fails for another reason
		predicts: []prediction{{statuses: []int{a.Status}}},
		evidence: []Evidence{
			w.probed(fmt.Sprintf("%s: no answer within the limit of %.0f s", e.Place(), limit)),
			{Statement: fmt.Sprintf("%s: status %d after %.1f s, asked once more with a limit of %.0f s", e.Place(), a.Status, a.Took.Seconds(), a.Limit.Seconds()), Source: "probe", At: w.facts.Slow.Of(e.Key).At},
		},
		verify: []string{curlCommand(w)},
	}
	c.say = func([]string) string {
		if a.Status >= 500 {
			return fmt.Sprintf("the probe's limit of %.0f s cut off the %d of %s, which came after %.0f s", limit, a.Status, makers[w.responder()], a.Took.Seconds())
		}
		return fmt.Sprintf("%s answers %d after %.1f s; the probe gives up after %.0f s", e.Place(), a.Status, a.Took.Seconds(), limit)
	}
	c.actions = []Action{{
		Priority: "P2", Do: fmt.Sprintf("keep the limit of %.0f s if an answer that late is a failure, and read the slow probe for what really came; otherwise set the limit above %.0f s", limit, a.Took.Truncate(time.Second).Seconds()+1),
		Owner: e.Owner, DoneWhen: "the probe sees an answer", Done: Test{FindingGone, c.key()},
	}}
	if lb := w.route.balancer; lb != nil && w.route.idle == 0 {
		c.inferred = append(c.inferred, fmt.Sprintf("that %s waits for the 60 s that are its default", lb.Name))
	}
	if s.Good {
		c.severity = S3 // it used to be fast enough
	}
	w.broken(c)
	return Degraded, fmt.Sprintf("limit %.0f s", limit)
}

// makers are responders in sentences.
var makers = map[Responder]string{ByRule: "a rule of the load balancer", ByBalancer: "the load balancer", ByWAF: "the firewall", ByEdge: "the network of caches before it", ByApp: "the application", ByNobody: "whoever answered"}
