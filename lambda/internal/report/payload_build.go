package report

import "hokus.ai/tidewatch/lambda/internal/incident"

// payloadBuilder makes the parts of a payload and notes what it leaves out.
type payloadBuilder struct {
	limits
	leftOut map[string]int
}

func (b *payloadBuilder) left(path string, n int) {
	if n > 0 {
		b.leftOut[path] += n
	}
}

func (b *payloadBuilder) texts(path string, list []string) []string {
	shown, more := few(list, b.limits)
	b.left(path, more)
	return shown
}

// first makes the first entries of a list into those of a payload.
func first[From, To any](b *payloadBuilder, path string, list []From, convert func(From) To) []To {
	n := min(len(list), b.items)
	b.left(path, len(list)-n)
	to := make([]To, 0, n)
	for _, entry := range list[:n] {
		to = append(to, convert(entry))
	}
	return to
}

func lateOf(n *incident.Notice) *payloadLate {
	l := &payloadLate{Told: stamp(tellTime(n)), Seconds: seconds(tellTime(n).Sub(n.At)), Incidents: []payloadByNow{}, MoreOver: max(n.Late.MoreOver, 0)}
	for _, s := range n.Late.Now[:min(len(n.Late.Now), incident.MaxFacts+1)] {
		l.Incidents = append(l.Incidents, payloadByNow{clean(s.Incident, 100), clean(string(s.State), 40), stamp(s.Good), stamp(s.Resolved), stamp(s.Again), clean(s.Into, 100)})
	}
	return l
}

// standsAs puts in what a program acts upon: whether the incident is open, not
// whether it was when the message should have been told.
func (p *payloadIncident) standsAs(now incident.ByNow) {
	if now.State == "" {
		return
	}
	p.State = clean(string(now.State), 40)
	if now.IsGood() {
		p.Recovered, p.Resolved = stamp(now.Good), stamp(now.Resolved)
	}
}

func (b *payloadBuilder) incident(f *incident.Facts) *payloadIncident {
	b.left("incident.endpoints", f.More)
	b.left("incident.dependents", f.DependentsMore)
	b.left("incident.opened_with", f.WithMore)
	b.left("incident.also_open", f.AlsoMore)
	return &payloadIncident{
		ID: clean(f.ID, 100), Key: clean(f.Key, b.text), Title: clean(f.Title, b.text), State: clean(string(f.State), 40),
		Severity: severity(f.Severity), SeverityBefore: severity(f.Before),
		Thread: clean(f.Thread, 100), Class: clean(string(f.Class), 40), ClassBefore: clean(string(f.ClassBefore), 40), ClassSince: stamp(f.ClassSince),
		FirstFailure: stamp(f.FirstFailure), Opened: stamp(f.Opened), Recovered: stamp(f.Recovered), Resolved: stamp(f.Resolved),
		Reopenings: f.Reopenings, Flips: f.Flips, Previous: clean(f.Previous.ID, 100), PreviousResolved: stamp(f.Previous.Resolved),
		Endpoints:   first(b, "incident.endpoints", f.Endpoints, b.endpoint),
		Dependents:  b.texts("incident.dependents", f.Dependents),
		UsersLose:   b.texts("incident.users_lose", f.UsersLose),
		Owners:      b.texts("incident.owners", f.Owners),
		Runbooks:    b.texts("incident.runbooks", f.Runbooks),
		Description: b.texts("incident.description", f.Description),
		FirstAction: FirstAction(f),
		Deployed:    clean(f.Deployed, b.text),
		Cause:       b.cause(f),
		News:        first(b, "incident.news", f.News, b.news),
		OpenedWith:  first(b, "incident.opened_with", f.With, b.with),
		MoreIDs:     idsOf(f, b.limits),
		AlsoOpen:    first(b, "incident.also_open", f.AlsoOpen, b.other),

		NextReminder: seconds(f.NextReminder), Acknowledged: f.Acked, AcknowledgedBy: clean(f.AckedBy, 100),
	}
}

func (b *payloadBuilder) cause(f *incident.Facts) *payloadCause {
	c := f.Cause
	if c == nil {
		return nil
	}
	p := &payloadCause{
		Key: clean(c.Key, b.text), Code: clean(c.Code, 60), Level: clean(c.Level, 20), Sentence: clean(c.Sentence, b.text), Before: clean(f.CauseBefore, b.text),
		RuledOut: b.texts("incident.cause.ruled_out", c.RuledOut), Rival: clean(c.Rival, b.text), Decides: clean(c.Decides, b.text),
		Gaps: b.texts("incident.cause.gaps", c.Gaps), Verify: []string{}, Report: clean(c.Report, 100),
		Evidence: first(b, "incident.cause.evidence", c.Proof, func(e incident.Proof) payloadProof {
			return payloadProof{clean(e.ID, 20), clean(e.Statement, b.text), clean(e.Source, 100)}
		}),
		Actions: first(b, "incident.cause.actions", c.Actions, func(a incident.Action) payloadAction {
			return payloadAction{clean(a.Priority, 20), clean(a.Do, b.text), command(a.Command), a.Mutates, clean(a.DoneWhen, b.text), stamp(a.Done)}
		}),
	}
	if isLink(c.Link) {
		p.Link = c.Link
	}
	for _, text := range c.Verify {
		if text = command(text); text != "" && len(p.Verify) < b.items {
			p.Verify = append(p.Verify, text)
		}
	}
	return p
}

func (b *payloadBuilder) with(w incident.WithFact) payloadWith {
	const path = "incident.opened_with."
	return payloadWith{
		ID: clean(w.ID, 100), Kind: clean(string(w.Kind), 60), Title: clean(w.Title, b.text), Severity: severity(w.Severity),
		FirstFailure: stamp(w.FirstFailure), Recovered: stamp(w.Recovered), Before: severity(w.Before), Class: clean(string(w.Class), 40), ClassBefore: clean(string(w.ClassBefore), 40),
		Endpoints: first(b, path+"endpoints", w.Endpoints, b.endpoint), Count: len(w.Endpoints) + max(w.More, 0),
		UsersLose: b.texts(path+"users_lose", w.UsersLose), Owners: b.texts(path+"owners", w.Owners), Runbooks: b.texts(path+"runbooks", w.Runbooks),
		FirstAction: companionAction(&w), Deployed: clean(w.Deployed, b.text),
	}
}

func (b *payloadBuilder) endpoint(e incident.EndpointFact) payloadEndpoint {
	return payloadEndpoint{
		Key: clean(e.Key, b.text), URL: clean(e.URL, b.text), Failing: e.Failing, Unknown: e.Unknown, Class: clean(string(e.Class), 40),
		Phase: clean(string(e.Phase), 40), Error: clean(e.Error, b.text), Since: stamp(e.Since),
	}
}

func (b *payloadBuilder) news(s incident.ServiceNews) payloadNews {
	return payloadNews{Name: clean(s.Name, 100), Count: s.Count, First: stamp(s.First), Last: stamp(s.Last), Reason: clean(s.Reason, b.text)}
}

func (b *payloadBuilder) other(o incident.OtherFact) payloadOther {
	return payloadOther{ID: clean(o.ID, 100), Title: clean(o.Title, b.text), Severity: severity(o.Severity)}
}

func (b *payloadBuilder) deployment(f *incident.DeployFacts) *payloadDeployment {
	b.left("deployment.unjudged", f.UnjudgedMore)
	return &payloadDeployment{
		Service: clean(f.Service, b.text), ID: clean(f.ID, b.text), Status: clean(f.Status, 40), Reason: clean(f.Reason, b.text),
		Started: stamp(f.Started), Took: seconds(f.Took),
		Regressed: first(b, "deployment.regressed", f.Regressed, b.endpoint),
		Still:     first(b, "deployment.still", f.Still, b.endpoint),
		Unjudged:  first(b, "deployment.unjudged", f.Unjudged, b.endpoint),
		Checked:   f.Checked,
	}
}

func (b *payloadBuilder) summary(f *incident.SummaryFacts) *payloadSummary {
	b.left("summary.worst", f.WorstMore)
	b.left("summary.degraded", f.DegradedMore)
	b.left("summary.open", f.OpenMore)
	b.left("summary.latent", f.LatentMore)
	b.left("summary.unknown", f.UnknownMore)
	return &payloadSummary{
		Day: clean(f.Day, 40), Endpoints: f.Endpoints, Uptime: uptimeOf(f.Uptime),
		Worst: first(b, "summary.worst", f.Worst, func(u incident.UptimeFact) payloadWorst {
			return payloadWorst{Key: clean(u.Key, b.text), Uptime: uptimeOf(u.Uptime)}
		}),
		Degraded: first(b, "summary.degraded", f.Degraded, b.endpoint),
		Unknown:  first(b, "summary.unknown", f.Unknown, b.endpoint),
		Open:     first(b, "summary.open", f.Open, b.other),
		Resolved: f.Resolved,
		Latent: first(b, "summary.latent", f.Latent, func(l incident.LatentFact) payloadLatent {
			return payloadLatent{clean(l.Key, b.text), clean(l.Title, b.text), clean(l.Sentence, b.text), clean(l.Do, b.text), severity(l.Severity), stamp(l.Since)}
		}),
	}
}
