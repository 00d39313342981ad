package pipeline

import (
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// measure writes the metrics of a run. They leave the function outside its
// VPC's routes, so they come through even when neither table nor topic can be
// reached.
func (f *Function) measure(run report.Run, e trigger.Event, s incident.State) {
	if f.Metrics == nil {
		return
	}
	m := report.Metrics{
		Namespace: f.Namespace, Environment: f.Config.Environment, Billed: f.Config.Metrics,
		Endpoints: make(map[string]report.Trait, len(f.Config.Checks)), Unscheduled: e.Kind != trigger.Tick,
		OpenIncidents: s.OpenIncidents(), SelfFault: s.Blind(), UndeliveredAge: s.Undelivered(f.Now()).Truncate(time.Second),
	}
	for i := range f.Config.Checks {
		c := &f.Config.Checks[i]
		known := s.Endpoints[c.Key]
		m.Endpoints[c.Key] = report.Trait{
			Group: c.Group, Critical: c.Severity == check.Critical, Labels: c.Labels,
			Failing: known != nil && known.Failing > 0,
		}
		m.Secrets = c.Sensitive // shared by all checks
	}
	if err := report.EMF(f.Metrics, run, m); err != nil {
		f.Log.Error("metrics could not be written", "error", err)
	}
}
