package diagnose

import (
	"fmt"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// byFirewall: a load balancer has only two reasons for a 403, a rule that says
// so and a web ACL of AWS WAF. Where its rules were not read, either may be.
func byFirewall(a topology.Answer, rules []topology.Rule) bool {
	if a.Status != 403 || len(rules) == 0 {
		return false
	}
	for _, r := range rules {
		if fixed := fixedOf(r); fixed != nil && fixed.Status == 403 && !balancerPage(a) {
			return false
		}
	}
	return true
}

// stopped is what a load balancer answered before, or instead of, what its
// rules say: none of the failure modes, and no fault that facts read here can
// show. It says who stopped the request, and the commands that show why.
func (w *walk) stopped() (note string, look []string) {
	lb, l := w.route.balancer, w.route.listener
	if lb == nil || l == nil || w.responder() != ByWAF && w.responder() != ByBalancer {
		return "", nil
	}
	root := rootOf(*lb, *l)
	switch {
	case w.responder() == ByWAF:
		return fmt.Sprintf("%s answered it, and none of its rules does: a web ACL of AWS WAF blocks the request", root), w.firewallCommands()
	case w.seen.answer.Status == 401 && asksFirst(w.route.rule) != "", w.seen.answer.Status == 561:
		return fmt.Sprintf("%s answered it: %s asks clients to sign in before it forwards (%s)", root, ruleName(*w.route.rule), asksFirst(w.route.rule)), []string{rulesCommand(w, *l)}
	case w.seen.answer.Status == 463:
		return root + " answered it: the request has too many addresses in X-Forwarded-For", nil
	case w.seen.answer.Status == 464:
		return root + " answered it: the protocol of the request is not the one that its target group speaks (HTTP/1.1, HTTP/2 or gRPC)", []string{rulesCommand(w, *l)}
	}
	return "", nil
}

// asksFirst is the action by which a rule asks who somebody is.
func asksFirst(r *topology.Rule) string {
	if r == nil {
		return ""
	}
	for _, a := range r.Actions {
		if strings.HasPrefix(a.Type, "authenticate") || a.Type == "jwt-validation" {
			return a.Type
		}
	}
	return ""
}

// firewallCommands show the web ACL and the requests that it stopped.
func (w *walk) firewallCommands() []string {
	region := w.facts.Region
	return []string{
		fmt.Sprintf("aws wafv2 get-web-acl-for-resource --resource-arn %s --region %s", w.route.balancer.ARN, region),
		fmt.Sprintf(`aws wafv2 get-sampled-requests --web-acl-arn WEB_ACL_ARN --rule-metric-name METRIC_OF_THE_RULE --scope REGIONAL --time-window StartTime=%d,EndTime=%d --max-items 100 --region %s`, w.symptom.At.Unix()-600, w.symptom.At.Unix()+60, region),
	}
}
