package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// document is the report of what was found.
func (c *inquiry) document(out diagnose.Output, partial bool) report.Diagnosis {
	d := report.Diagnosis{
		Version: report.DiagnosisVersion, ID: c.id, Environment: c.Config.Environment, Tracker: c.Config.Tracker, Region: c.in.Facts.Region, Account: c.in.Facts.Account,
		At: c.at, Run: c.run.ID, Calls: c.calls, Partial: partial,
		Checks: c.checked(), Findings: out.Findings, Unexplained: out.Unexplained, Traces: out.Traces,
		Fixed: out.Fixed, Gaps: out.Gaps, Changes: changesOf(c.in.Facts, c.began(), c.state),
	}
	if c.Store != nil && c.id != "" {
		d.Link = c.Store.ReportLink(c.id)
	}
	d.Rules, d.Names = tablesOf(c.in, hiddenTexts(c.Config.Checks))
	d.Changes = inTime(append(d.Changes, stockChanges(c.stock, c.began())...))
	d.Incidents = affairsOf(c.state)
	d.Unsee()
	return d
}

func affairsOf(s incident.State) []report.Affair {
	affairs := []report.Affair{}
	for _, i := range s.Active() {
		affairs = append(affairs, affairOf(i))
	}
	return affairs
}

func affairOf(i *incident.Incident) report.Affair {
	return report.Affair{
		ID: i.ID, Key: i.Key, State: string(i.State), Severity: fmt.Sprintf("SEV%d", i.Severity), Title: i.Title,
		Since: i.FirstFailure, Opened: i.Opened, Acked: i.AckedBy, History: history(i),
	}
}

// checked is how every endpoint of the configuration is, as the diagnosis saw
// it.
func (c *inquiry) checked() []report.Checked {
	symptoms := map[string]*diagnose.Symptom{}
	for k := range c.in.Symptoms {
		symptoms[c.in.Symptoms[k].Endpoint.Key] = &c.in.Symptoms[k]
	}
	all := []report.Checked{}
	for i := range c.Config.Checks {
		check := &c.Config.Checks[i]
		one := report.Checked{Key: check.Key, Loses: check.UsersLose, Owner: check.Owner, Unknown: true}
		if s := symptoms[check.Key]; s != nil {
			one = checkedOf(s)
		}
		if ui := check.UI; ui.HideURL || ui.HideHostname {
			one.Host, one.Path = "", ""
		}
		if e := c.state.Endpoints[check.Key]; e != nil && one.Healthy {
			one.Degraded = e.Degraded
		}
		all = append(all, one)
	}
	return all
}

func checkedOf(s *diagnose.Symptom) report.Checked {
	one := report.Checked{
		Key: s.Endpoint.Key, Host: s.Endpoint.Host, Path: s.Endpoint.Path, Loses: s.Endpoint.Loses, Owner: s.Endpoint.Owner,
		Healthy: s.Healthy, Unknown: !s.Healthy && !s.Class.Judged(), Class: s.Class, Saw: s.Error, Since: s.Since, Critical: s.Endpoint.Critical,
	}
	if s.Earlier != "" && s.Earlier != s.Class {
		one.Before = s.Earlier
	}
	return one
}

// mostRows bounds the tables of a report.
const mostRows = 200

// tablesOf are the rules that take the requests to hosts on which something
// fails, and all names, without texts that are hidden.
func tablesOf(in diagnose.Input, hidden []string) ([]diagnose.Match, []diagnose.Domain) {
	failing := map[string]bool{}
	for _, s := range in.Symptoms {
		failing[s.Endpoint.Host] = failing[s.Endpoint.Host] || !s.Healthy
	}
	rules := slices.DeleteFunc(diagnose.MatchTable(in), func(m diagnose.Match) bool { return !failing[m.Host] })
	names := diagnose.Domains(in)
	return conceal(rules[:min(len(rules), mostRows)], hidden), conceal(names[:min(len(names), mostRows)], hidden)
}

// began is the first failure of what fails now.
func (c *inquiry) began() time.Time { return c.in.Facts.From.Add(beforeFirst) }

// How long before a failure a change is worth a word, and how many are.
const (
	changesWithin = 30 * time.Minute
	mostChanges   = 20
)

// changesOf are the changes shortly before a failure began that facts and
// events tell: deployments, and what the audit log has.
func changesOf(facts *topology.Snapshot, began time.Time, s incident.State) []report.Change {
	all := []report.Change{}
	add := func(at time.Time, source, format string, args ...any) {
		if at.After(began.Add(-changesWithin)) && !at.After(began) {
			if one := (report.Change{At: at, What: fmt.Sprintf(format, args...), Source: source}); !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	for _, fact := range facts.Services {
		service, _ := fact.Get()
		for _, d := range service.Deployments {
			add(d.Created, fact.Action, "a deployment of %s began, with %s", service.Name, lastPart(d.TaskDefinition))
		}
	}
	for _, fact := range facts.Changes {
		changes, _ := fact.Get()
		for _, change := range changes {
			add(change.At, fact.Action, "%s on %s by %s", change.Event, change.Resource, change.Who)
		}
	}
	for name, service := range s.Services {
		if !service.Started.IsZero() {
			add(service.Started, "event of ECS", "a deployment of %s began", name)
		}
	}
	return inTime(all)
}

// inTime orders changes, and bounds them: the newest matter most.
func inTime(all []report.Change) []report.Change {
	slices.SortFunc(all, func(a, b report.Change) int {
		if order := a.At.Compare(b.At); order != 0 {
			return order
		}
		return strings.Compare(a.What, b.What)
	})
	return all[max(0, len(all)-mostChanges):]
}
