package diagnose

import (
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Responder is who made an HTTP answer.
type Responder string

// The responders.
const (
	ByRule     Responder = "rule" // a fixed response or redirect of the listener
	ByBalancer Responder = "alb"  // an error page of the load balancer
	ByWAF      Responder = "waf"
	ByApp      Responder = "app"
	ByNobody   Responder = "" // no answer, or no way to tell
)

// responder of what counts on this walk.
func (w *walk) responder() Responder {
	return respondedBy(w.seen.answer, w.route.rules)
}

// respondedBy compares with the fixed responses of the listener first: status
// and body and type are theirs or not. Headers are only a hint, because a
// listener can leave them out.
func respondedBy(a topology.Answer, rules []topology.Rule) Responder {
	if a.Status == 0 {
		return ByNobody
	}
	for _, r := range rules {
		if fixed := fixedOf(r); fixed != nil && sameAnswer(a, *fixed) {
			return ByRule
		}
	}
	server := strings.ToLower(a.Server)
	switch {
	case strings.HasPrefix(server, "awselb"), balancerPage(a):
		return ByBalancer
	case server != "", strings.HasPrefix(a.ContentType, "application/json"):
		return ByApp
	}
	return ByNobody
}

// balancerPage recognises the short HTML of a load balancer's own errors.
func balancerPage(a topology.Answer) bool {
	return a.Status >= 400 && len(a.Body) < 300 && strings.Contains(a.Body, "<center><h1>") && !strings.Contains(a.Body, "<hr>")
}

func fixedOf(r topology.Rule) *topology.Fixed {
	for _, a := range r.Actions {
		if a.Fixed != nil {
			return a.Fixed
		}
	}
	return nil
}

func sameAnswer(a topology.Answer, f topology.Fixed) bool {
	mime, _, _ := strings.Cut(a.ContentType, ";")
	return a.Status == f.Status && strings.TrimSpace(a.Body) == strings.TrimSpace(f.Body) &&
		(f.ContentType == "" || mime == "" || strings.EqualFold(strings.TrimSpace(mime), f.ContentType))
}
