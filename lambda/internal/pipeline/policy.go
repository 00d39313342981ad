package pipeline

import (
	"cmp"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/redact"
)

// policyOf is what a configuration says about incidents.
func policyOf(cfg *check.Config) *incident.Policy {
	p := incident.Policy{
		Environment: cfg.Environment, Deployments: cfg.Deployments, Windows: windowsOf(cfg.Maintenance),
		Summary: incident.SummaryTime{Never: cfg.Summary.Every == "never", At: clock(cfg.Summary.At), Location: cfg.Summary.Timezone},
	}
	for i := range cfg.Checks {
		p.Rules = append(p.Rules, ruleOf(&cfg.Checks[i], cfg.AWS.Clusters))
	}
	return incident.NewPolicy(p)
}

// The thresholds of an endpoint without alerts.
const (
	defaultFailures  = 2
	defaultSuccesses = 3
)

func ruleOf(c *check.Check, clusters []string) incident.Rule {
	r := incident.Rule{
		Key: c.Key, Group: c.Group, URL: shownURL(c), Host: c.Target.Host, Severity: severities[c.Severity],
		UsersLose: c.UsersLose, Owner: c.Owner, Runbook: c.Runbook, DependsOn: c.DependsOn,
		Service: serviceOf(c, clusters), Clusters: clusters, Windows: windowsOf(c.Maintenance),
		FailureThreshold: defaultFailures, SuccessThreshold: defaultSuccesses, SendOnResolved: true,
	}
	if len(c.Alerts) > 0 {
		strictest(&r, c.Alerts)
	}
	return r
}

// strictest takes of several alerts the one that opens first; it also says when
// it is over. An endpoint whose alerts are all disabled is watched, and nobody
// is told.
func strictest(r *incident.Rule, alerts []check.Alert) {
	r.Muted, r.SendOnResolved = true, false
	for _, a := range alerts {
		if !a.Enabled {
			continue
		}
		if r.Muted || a.FailureThreshold < r.FailureThreshold {
			r.FailureThreshold, r.SuccessThreshold = a.FailureThreshold, a.SuccessThreshold
		}
		if a.Reminder > 0 && (r.Reminder == 0 || a.Reminder < r.Reminder) {
			r.Reminder = a.Reminder
		}
		if a.Description != "" {
			r.Descriptions = append(r.Descriptions, a.Description)
		}
		r.SendOnResolved = r.SendOnResolved || a.SendOnResolved
		r.Muted = false
	}
}

var severities = map[check.Severity]incident.Severity{
	check.Critical: incident.SEV1, check.Major: incident.SEV2, check.Minor: incident.SEV3,
}

// shownURL is the endpoint's URL as far as reports may show it.
func shownURL(c *check.Check) string {
	if c.UI.HideURL || c.UI.HideHostname || c.UI.HidePort {
		return ""
	}
	return redact.Text(redact.URL(c.URL), c.Sensitive...)
}

// serviceOf names the ECS service that an endpoint runs on, as events do. Where
// the cluster is not written it is the only one that there is, or else any.
func serviceOf(c *check.Check, clusters []string) string {
	if c.RunsOn.Service == "" {
		return ""
	}
	only := ""
	if len(clusters) == 1 {
		only = clusters[0]
	}
	return cmp.Or(c.RunsOn.Cluster, only) + "/" + c.RunsOn.Service
}

func windowsOf(windows []check.Window) []incident.Window {
	var converted []incident.Window
	for _, w := range windows {
		converted = append(converted, incident.Window{Start: w.Start, Duration: w.Duration, Location: w.Location, Days: w.Days})
	}
	return converted
}

// clock reads HH:MM, which the configuration has checked.
func clock(text string) time.Duration {
	hours, minutes, _ := strings.Cut(text, ":")
	d, err := time.ParseDuration(hours + "h" + minutes + "m")
	if err != nil {
		return 0
	}
	return d
}
