package diagnose

import (
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Responder is who made an HTTP answer.
type Responder string

// The responders.
const (
	ByRule     Responder = "rule" // a fixed response or redirect of the listener
	ByBalancer Responder = "alb"  // an error page of the load balancer
	ByWAF      Responder = "waf"  // a web ACL in front of the rules
	ByApp      Responder = "app"
	ByEdge     Responder = "edge" // a network of caches before everything else
	ByNobody   Responder = ""     // no answer, or no way to tell
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
		if fixed := fixedOf(r); fixed != nil && sameAnswer(a, *fixed) || redirects(a, r) {
			return ByRule
		}
	}
	server := strings.ToLower(a.Server)
	switch {
	case !fromBalancer(a) && !balancerPage(a):
	case byFirewall(a, rules):
		return ByWAF
	default:
		return ByBalancer
	}
	switch {
	case slices.Contains(edgeServers, server):
		return ByEdge
	case server != "", strings.HasPrefix(a.ContentType, "application/json"):
		return ByApp
	}
	return ByNobody
}

// edgeServers are what networks of caches call themselves where they answer
// errors of their own. What the application answers passes with its own name.
var edgeServers = []string{"cloudfront", "cloudflare", "akamaighost", "akamainetstorage", "varnish", "fastly", "azurefrontdoor", "google frontend"}

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

// redirects: the answer is the redirect of a rule, as far as nothing in it
// names another server.
func redirects(a topology.Answer, r topology.Rule) bool {
	for _, action := range r.Actions {
		if action.Redirect != nil && action.Redirect.Status == a.Status && (a.Server == "" || fromBalancer(a)) {
			return true
		}
	}
	return false
}

func fromBalancer(a topology.Answer) bool {
	return strings.HasPrefix(strings.ToLower(a.Server), "awselb")
}

func sameAnswer(a topology.Answer, f topology.Fixed) bool {
	mime, _, _ := strings.Cut(a.ContentType, ";")
	bare := a.Body == "" && fromBalancer(a) // asked with HEAD
	return a.Status == f.Status && (bare || strings.TrimSpace(a.Body) == strings.TrimSpace(f.Body)) &&
		(f.ContentType == "" || mime == "" || strings.EqualFold(strings.TrimSpace(mime), f.ContentType))
}
