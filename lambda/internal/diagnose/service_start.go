package diagnose

import (
	"fmt"
	"strings"

	"hokus.ai/tidewatch/lambda/access"
)

// startFaults are D22, D23 and D24: what keeps tasks of the primary deployment
// from starting, or from going on. Of several the last one counts: the others
// are what it was before.
func (w *walk) startFaults(p party, all stops) []candidate {
	newest := stopOther
	for _, s := range all.all {
		if (s.kind == stopPull || s.kind == stopInit || s.kind == stopExit || s.kind == stopKilled) && p.isPrimary(s.Task) {
			newest = s.kind
			break
		}
	}
	some := p.of(all, newest)
	if newest == stopOther || !p.goesOn(some, w.in.Now) {
		return nil
	}
	switch newest {
	case stopPull:
		return []candidate{w.imagePull(p, some, all)}
	case stopInit:
		return []candidate{w.resourceInit(p, some, all)}
	}
	if mostWithin(some, loopWindow) < loopTasks {
		return nil
	}
	return []candidate{w.crashLoop(p, some, all)}
}

// stopEvidence says how many tasks stopped so, and what ECS says of the last one.
func (w *walk) stopEvidence(p party, some []stop, all stops) Evidence {
	return told(all.read, fmt.Sprintf("%s of %s stopped, the last at %s: %s", counted(len(some), "task"), revision(some[0].TaskDefinition), clock(some[0].Stopped), some[0].said()))
}

// said is what ECS gives as the reason, with the exit code.
func (s stop) said() string {
	text := s.text
	if s.container.Exit != nil {
		text += fmt.Sprintf(", exit code %d of %s", *s.container.Exit, s.container.Name)
		if s.container.Reason != "" && s.container.Reason != s.text {
			text += " (" + s.container.Reason + ")"
		}
	}
	return text
}

// base is what every fault of tasks has in common.
func (w *walk) base(code Code, p party, some []stop, all stops) candidate {
	s := p.service
	return candidate{
		code: code, root: w.rootOfService(s),
		evidence: []Evidence{
			w.stopEvidence(p, some, all),
			told(p.read, fmt.Sprintf("%s runs %d of %d tasks", s.Name, s.Running, s.Desired)),
			w.probed(fmt.Sprintf("%s: %s", w.symptom.Endpoint.Place(), saw(w))),
		},
		verify: []string{w.describeService(s), w.listStopped(s)},
	}
}

// trouble sorts what a text of ECS says into kinds by words that it holds.
func trouble(text string, kinds []struct{ kind, words string }) string {
	lower := strings.ToLower(text)
	for _, k := range kinds {
		for word := range strings.SplitSeq(k.words, "|") {
			if strings.Contains(lower, word) {
				return k.kind
			}
		}
	}
	return ""
}

const (
	notThere = "not there"
	refused  = "refused"
	cutOff   = "cut off"
	tooMany  = "too many"
	noSpace  = "no space"
)

// pullTroubles are in the order in which they are looked for: a text that says
// "denied" or "not found" may speak of a time-out as well.
var pullTroubles = []struct{ kind, words string }{
	{tooMany, "toomanyrequests|rate limit"},
	{noSpace, "no space left"},
	{refused, "accessdenied|access denied|403 forbidden|not authorized|no basic auth|unauthorized|denied:"},
	{notThere, "not found|manifest unknown|does not exist|no such"},
	{cutOff, "i/o timeout|deadline exceeded|request canceled|client.timeout|connection refused|no route to host|no such host|network is unreachable|connect: "},
}

// imagePull is D22.
func (w *walk) imagePull(p party, some []stop, all stops) candidate {
	c := w.base(ECSImagePull, p, some, all)
	image, rev, role := imageOf(p, some[0]), revision(some[0].TaskDefinition), roleOf(p)
	repository, tag := repositoryOf(image)
	c.say = func([]string) string {
		return fmt.Sprintf("tasks of %s cannot start: the image %s cannot be pulled (%s)", rev, image, some[0].text)
	}
	a := Action{Priority: "P0", Mutates: true, Owner: w.symptom.Endpoint.Owner, DoneWhen: p.service.Name + " runs as many tasks as it should", Done: Test{FindingGone, c.key()}}
	switch trouble(some[0].text, pullTroubles) {
	case notThere:
		c.say = func([]string) string {
			return fmt.Sprintf("tasks of %s cannot start: the image %s does not exist", rev, image)
		}
		a.Do, a.Risk = fmt.Sprintf("push the image %s, or deploy a revision of %s whose image exists", image, p.service.Name), "a deployment"
	case refused:
		c.say = func([]string) string {
			return fmt.Sprintf("tasks of %s cannot start: %s may not pull the image %s", rev, role, image)
		}
		a.Do = fmt.Sprintf("allow %s to pull %s: ecr:GetAuthorizationToken, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer", role, repository)
		a.Risk = "reversible"
		if name := roleName(p); name != "" {
			a.Command = fmt.Sprintf("aws iam attach-role-policy --role-name %s --policy-arn arn:%s:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy", name, access.PartitionOf(w.facts.Region).Name)
		}
	case cutOff:
		way := w.wayOut(p.service, []string{"ecr.api", "ecr.dkr", "s3"})
		c.say = func([]string) string {
			return fmt.Sprintf("tasks of %s cannot start: they cannot reach the registry of the image %s%s", rev, image, way.clause())
		}
		way.addTo(&c)
		a.Do, a.Risk = way.repair("the registry"), "reversible"
	case tooMany:
		c.say = func([]string) string {
			return fmt.Sprintf("tasks of %s cannot start: the registry of %s refuses, too many images were pulled", rev, image)
		}
		a.Do = "pull through a registry of your own (an ECR pull-through cache), or with credentials of the registry"
	case noSpace:
		c.say = func([]string) string {
			return fmt.Sprintf("tasks of %s cannot start: there is no space for the image %s", rev, image)
		}
		a.Do = fmt.Sprintf("give %s more ephemeral storage, or make the image smaller", rev)
	default:
		a.Do = fmt.Sprintf("repair what the message says about %s", image)
	}
	c.actions = []Action{a, second(w.rollBack(p, all, c.key()))}
	if strings.Contains(image, ".dkr.ecr.") && tag != "" {
		c.verify = append(c.verify, fmt.Sprintf("aws ecr describe-images --repository-name %s --image-ids imageTag=%s --region %s", repository, tag, w.facts.Region))
	}
	return c
}

// second makes an action the stopgap beside a repair.
func second(a Action) Action {
	a.Stopgap = true
	return a
}

// imageOf is the image that a task was to run.
func imageOf(p party, s stop) string {
	if s.container.Image != "" {
		return s.container.Image
	}
	for _, c := range s.Containers {
		if c.Image != "" {
			return c.Image
		}
	}
	if p.defined != nil && p.defined.ARN == s.TaskDefinition && len(p.defined.Containers) > 0 && p.defined.Containers[0].Image != "" {
		return p.defined.Containers[0].Image
	}
	return "of " + revision(s.TaskDefinition)
}

// repositoryOf takes an image apart: the repository without the registry, and the tag.
func repositoryOf(image string) (repository, tag string) {
	image, _, _ = strings.Cut(image, "@")
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		image, tag = image[:i], image[i+1:]
	}
	if registry, rest, ok := strings.Cut(image, "/"); ok && strings.ContainsAny(registry, ".:") {
		image = rest
	}
	return image, tag
}

func roleName(p party) string {
	if p.defined == nil {
		return ""
	}
	return p.defined.ExecutionRole[strings.LastIndexByte(p.defined.ExecutionRole, '/')+1:]
}

func roleOf(p party) string {
	if name := roleName(p); name != "" {
		return "the execution role " + name
	}
	return "the execution role of the task"
}

// crashLoop is D24.
func (w *walk) crashLoop(p party, some []stop, all stops) candidate {
	c := w.base(ECSCrashLoop, p, some, all)
	last := some[0]
	quote, line := w.lastWords(p, last)
	c.say = func([]string) string {
		text := fmt.Sprintf("container %s of %s exits %d", last.container.Name, revision(last.TaskDefinition), *last.container.Exit)
		if last.life() > 0 {
			text += " after " + lasting(last.life())
		}
		text += fmt.Sprintf(", %d times in %s", mostWithin(some, loopWindow), "15 min")
		if quote != "" {
			text += ": " + quote
		}
		return text
	}
	if quote != "" {
		c.evidence = append(c.evidence, line)
	}
	c.inferred = append(c.inferred, last.guess()...)
	if last.kind == stopKilled {
		c.rivals = []Rival{{Code: ECSOutOfMemory, What: "exit code 137 is SIGKILL: the container may have been out of memory, or did not end in time when it was told to", Decides: "MemoryUtilization of " + p.service.Name + " in CloudWatch before the task stopped"}}
	}
	repair := Action{Priority: "P1", Do: fmt.Sprintf("repair what ends %s, then deploy it again", revision(last.TaskDefinition)), Owner: w.symptom.Endpoint.Owner, Mutates: true, Risk: "a deployment", DoneWhen: p.service.Name + " is steady with a new revision", Done: Test{FindingGone, c.key()}}
	if quote != "" {
		repair.Do = fmt.Sprintf("repair %s, then deploy again", quote)
	}
	c.actions = []Action{w.rollBack(p, all, c.key()), repair}
	return c
}
