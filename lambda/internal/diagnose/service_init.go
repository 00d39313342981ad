package diagnose

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

var initTroubles = []struct{ kind, words string }{
	{refused, "accessdenied|access denied|not authorized|403"},
	{notThere, "resourcenotfound|parameternotfound|invalid ssm parameters|can't find|cannot find|not found|does not exist|did not contain"},
	{cutOff, "i/o timeout|deadline exceeded|request canceled|client.timeout|no such host|network is unreachable|connection refused"},
}

// What texts of ECS name. The expressions are made when they are first needed.
var (
	notAllowed = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`not authorized to perform: ([a-z0-9]+:[A-Za-z]+)(?: on resource: (\S+))?`)
	})
	namedSecret = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`arn:aws[a-z-]*:(?:secretsmanager|ssm):[^\s"',)]+|invalid ssm parameters: ?([^\s"',)]+)|log group[^\s/]* ?(/\S+)`)
	})
)

// resourceInit is D23.
func (w *walk) resourceInit(p party, some []stop, all stops) candidate {
	c := w.base(ECSResourceInit, p, some, all)
	text, rev, role := some[0].text, revision(some[0].TaskDefinition), roleOf(p)
	what := "a secret or parameter"
	if m := namedSecret().FindStringSubmatch(text); m != nil {
		what = strings.Trim(strings.TrimPrefix(m[0], "invalid ssm parameters:"), " .:")
	}
	a := Action{Priority: "P0", Mutates: true, Risk: "reversible", DoneWhen: p.service.Name + " runs as many tasks as it should", Done: Test{FindingGone, c.key()}}
	switch trouble(text, initTroubles) {
	case refused:
		action := "to read it"
		if m := notAllowed().FindStringSubmatch(text); m != nil {
			action = m[1]
			if m[2] != "" {
				what = strings.TrimRight(m[2], ".,;")
			}
			if name := roleName(p); name != "" && strings.HasPrefix(what, "arn:") {
				a.Command = allow(name, "read-at-start", []string{action}, what)
				c.verify = append(c.verify, fmt.Sprintf("aws iam simulate-principal-policy --policy-source-arn %s --action-names %s --resource-arns %s", p.defined.ExecutionRole, action, what))
			}
		}
		c.say = func([]string) string {
			return fmt.Sprintf("tasks of %s cannot start: %s lacks %s for %s", rev, role, action, what)
		}
		a.Do = fmt.Sprintf("allow %s %s on %s", role, action, what)
	case notThere:
		c.say = func([]string) string {
			return fmt.Sprintf("tasks of %s cannot start: %s, which the task definition names, does not exist", rev, what)
		}
		a.Do = fmt.Sprintf("create %s, or correct the name in the task definition of %s", what, p.service.Name)
	case cutOff:
		way := w.wayOut(p.service, []string{"secretsmanager", "ssm", "ecr.api"})
		c.say = func([]string) string {
			return fmt.Sprintf("tasks of %s cannot start: they cannot reach AWS to read %s%s", rev, what, way.clause())
		}
		way.addTo(&c)
		a.Do = way.repair("AWS")
	default:
		c.say = func([]string) string {
			return fmt.Sprintf("tasks of %s cannot start: what they need first cannot be had (%s)", rev, text)
		}
		a.Do = "repair what the message says"
	}
	c.actions = []Action{a, second(w.rollBack(p, all, c.key()))}
	return c
}
