package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// matchers looks for health checks that accept errors: a target that answers
// nothing else counts as healthy. Groups with the same matcher are told at
// once, as they come from one template.
func (v *survey) matchers() {
	groups := v.facts.TargetGroups.Of("")
	same := map[string][]topology.TargetGroup{}
	var order []string
	for _, g := range groups.Value {
		speaks := g.Health.Protocol == "HTTP" || g.Health.Protocol == "HTTPS"
		if !g.Health.Enabled || !speaks || len(g.LoadBalancers) == 0 || len(acceptedErrors(g.Health.Matcher)) == 0 {
			continue
		}
		if same[g.Health.Matcher] == nil {
			order = append(order, g.Health.Matcher)
		}
		same[g.Health.Matcher] = append(same[g.Health.Matcher], g)
	}
	for _, matcher := range order {
		v.matcher(same[matcher], groups.Status)
	}
}

func (v *survey) matcher(all []topology.TargetGroup, read topology.Status) {
	first := all[0]
	errors := acceptedErrors(first.Health.Matcher)
	var checks []string
	var evidence []Evidence
	for _, g := range all {
		checks = append(checks, fmt.Sprintf("%s (GET %s)", g.Name, g.Health.Path))
		if len(evidence) < enoughEvidence {
			evidence = append(evidence, told(read, fmt.Sprintf("the health check GET %s of %s accepts %s", g.Health.Path, g.Name, g.Health.Matcher)))
		}
	}
	v.note(fault{
		code: MatcherHides, root: first.Health.Matcher,
		sentence: fmt.Sprintf("the health check of %s accepts %s: a target that answers %s to everything counts as healthy", listed(checks), first.Health.Matcher, errors[0]),
		evidence: evidence,
		action: Action{
			Do:      fmt.Sprintf("find out what the targets of %s answer at GET %s; where it is 2xx or 3xx, accept only that, else give the application a path that answers so first", first.Name, first.Health.Path),
			Command: fmt.Sprintf("curl -sS -o /dev/null -m 10 -w '%%{http_code}\\n' %s   # from inside the VPC", shell(fmt.Sprintf("%s://TARGET:%d%s", strings.ToLower(first.Health.Protocol), first.Port, first.Health.Path))),
			Risk:    "none: it only reads", DoneWhen: "no health check accepts an error",
		},
		advice: []NotAdvice{{What: "narrowing a matcher before that", Why: "targets whose check is answered with an error would count as unhealthy at once, and ECS would stop their tasks", Evidence: evidence[0].Statement}},
		verify: []string{fmt.Sprintf("aws elbv2 describe-target-groups --query 'TargetGroups[].[TargetGroupName,HealthCheckPath,Matcher.HttpCode]' --output table --region %s", v.facts.Region)},
	})
}

// acceptedErrors are statuses from 400 on that a matcher takes, those that tell
// the most first: one for each range. A matcher that cannot be read has none.
func acceptedErrors(matcher string) []string {
	var found []string
	for part := range strings.SplitSeq(matcher, ",") {
		low, high, isRange := strings.Cut(strings.TrimSpace(part), "-")
		from, err := strconv.Atoi(low)
		to := from
		if isRange && err == nil {
			to, err = strconv.Atoi(high)
		}
		if err != nil || to < 400 || to > 599 {
			continue
		}
		for _, telling := range []int{404, 500, 400, from} {
			if telling >= max(from, 400) && telling <= to {
				found = append(found, strconv.Itoa(telling))
				break
			}
		}
		if len(found) == 0 {
			found = append(found, strconv.Itoa(max(from, 400)))
		}
	}
	slices.SortStableFunc(found, func(a, b string) int {
		return strings.Compare(strings.Replace(a, "404", "0", 1), strings.Replace(b, "404", "0", 1))
	})
	return found
}
