package report

import (
	"fmt"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// severity is SEV1 to SEV4, or "" for what has none.
func severity(s incident.Severity) string {
	if s < incident.SEV1 || s > incident.SEV4 {
		return ""
	}
	return fmt.Sprintf("SEV%d", s)
}

// mark is the picture of a severity. It never stands without the word.
func mark(s incident.Severity) string {
	switch s {
	case incident.SEV1:
		return "🔴"
	case incident.SEV2:
		return "🟠"
	case incident.SEV3:
		return "🟡"
	case incident.SEV4:
		return "🔵"
	}
	return "⚪"
}

// wording is what is fixed about a kind of message, so that a reader knows it
// at a glance: the verb of its title, and what it means where that needs words.
type wording struct {
	verb string
	lead string
}

// wordings has each published kind that is about an incident.
var wordings = map[incident.Kind]wording{
	incident.KindOpened:     {"opened", ""},
	incident.KindAfterQuiet: {"failing after maintenance", "It began to fail during maintenance. That has ended, and it still fails."},
	incident.KindCause:      {"cause changed", "All that fails of it now fails in another way than before, so look in another place."},
	incident.KindSeverityUp: {"raised", ""},
	incident.KindReminder:   {"still open", ""},
	incident.KindResolved:   {"resolved", "All of it is good again."},
	incident.KindReopened:   {"reopened", "It was resolved, and fails again."},
	incident.KindFlapping:   {"flapping", "It fails and recovers again and again. Single changes are not told until it is steady."},
	incident.KindChecker:    {"checker trouble", "This is about the checker. Whether the endpoints are up is not known meanwhile."},
}

// spread are the words of an incident that is not worse by its severity, but more
// than somebody took on.
var spread = wording{"spread to more endpoints", "More of it fails than was acknowledged. Look whether that is the same trouble."}

// foundCause and otherCause are the words of a diagnosis about an incident that
// is known already.
var (
	foundCause = wording{"cause found", "Why it fails is known now."}
	otherCause = wording{"cause changed", "It fails for another reason than was told before."}
)

func wordingOf(n *incident.Notice) wording {
	switch {
	case n.Kind == incident.KindSeverityUp && n.Reason == incident.ReasonSpread:
		return spread
	case n.Kind == incident.KindCause && n.Reason == incident.ReasonCauseFound:
		return foundCause
	case n.Kind == incident.KindCause && n.Reason == incident.ReasonCauseChanged:
		return otherCause
	}
	return wordings[n.Kind]
}

// statuses has each outcome of a deployment.
var statuses = map[string]struct{ mark, head string }{
	"verified":    {"✅", "Deployment verified"},
	"regressed":   {"🟠", "Deployment regressed"},
	"failed":      {"🟠", "Deployment failed"},
	"rolled-back": {"🟡", "Deployment rolled back"},
	"stuck":       {"🟠", "Deployment stuck"},
	"unseen":      {"🟡", "Deployment end not seen"},
	"unverified":  {"🟡", "Deployment not verified"},
}

// headline sets the mark, the fixed words and the title. The words begin with
// a letter, because a subject has to.
func (d *draft) headline(n *incident.Notice) {
	switch f := n.Incident; {
	case n.Kind == incident.KindSummary && n.Summary != nil:
		d.mark, d.head, d.title = "📊", "Daily summary", summaryTitle(n.Summary)
		if n.Late != nil {
			d.title += " then"
		}
	case n.Kind == incident.KindDeployment && n.Deployment != nil:
		s := statuses[n.Deployment.Status]
		if d.mark, d.head = s.mark, s.head; s.head == "" {
			d.mark, d.head = "⚪", "Deployment "+clean(n.Deployment.Status, 20)
		}
		_, d.title = splitService(clean(n.Deployment.Service, titleLimit))
	case f != nil:
		d.mark, d.head = mark(f.Severity), incidentHead(n)
		if isOver(n) {
			d.mark = "🟢"
		}
		d.title = foreign(f.Title, titleLimit)
		if d.title == "" {
			d.title = foreign(f.Key, titleLimit)
		}
	default:
		d.mark, d.head = "⚪", "Notice: "+clean(string(n.Kind), 40)
	}
	if d.title == "" {
		d.title = "without a title"
	}
	d.head = lateHead(n) + d.head
}

const titleLimit = 200

// incidentHead is the severity and the verb. What is over begins with that,
// and names its severity in the past.
func incidentHead(n *incident.Notice) string {
	f := n.Incident
	sev := severity(f.Severity)
	if sev == "" {
		sev = "Incident"
	}
	verb := wordingOf(n).verb
	more := ""
	if n := incidents(f); n > 1 {
		more = fmt.Sprintf(" with %d more", n-1)
	}
	took, _ := lasted(f, tellTime(n))
	switch n.Kind {
	case incident.KindResolved:
		return fmt.Sprintf("Resolved after %s%s (was %s)", elapsed(took), more, sev)
	case incident.KindReminder:
		if b := byNow(n, f.ID); outdated(n) > 0 || isPast(n, b) || !b.Again.IsZero() {
			return sev + " reminder" + more
		}
		return fmt.Sprintf("%s still open after %s%s", sev, elapsed(took), more)
	case incident.KindSeverityUp, incident.KindCause:
		switch before := severity(f.Before); {
		case before == "":
		case n.Kind == incident.KindCause:
			verb += ", raised from " + before
		default:
			verb += " from " + before
		}
	}
	if verb == "" {
		verb = clean(string(n.Kind), 40)
	}
	return sev + " " + verb + more
}

// SNS refuses subjects of 100 characters or more.
const subjectLimit = 99

// subject is the title of the mail: what happened to what, and in which
// environment. It is the what that is shortened.
func (d *draft) subject() string {
	tail := ""
	if d.environment != "" && !strings.Contains(d.title, d.environment) {
		tail = " (" + cut(d.environment, 30) + ")"
	}
	head := cut(d.head, 60) + ": "
	room := subjectLimit - length(head) - length(tail)
	return head + cut(d.title, room) + tail
}

// splitService takes cluster/name apart; the cluster may be missing.
func splitService(service string) (cluster, name string) {
	if cluster, name, ok := strings.Cut(service, "/"); ok {
		return cluster, name
	}
	return "", service
}
