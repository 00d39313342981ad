package pipeline

import (
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// measure writes the metrics of a run. They leave the function outside its
// VPC's routes, so they come through even when neither table nor topic can be
// reached.
func (p *Pipeline) measure(run report.Run, e trigger.Event, d decided) {
	if p.Metrics == nil {
		return
	}
	m := report.Metrics{
		Namespace: p.Namespace, Environment: p.Config.Environment, Billed: p.Config.Metrics,
		Endpoints: make(map[string]report.Trait, len(p.Config.Checks)), Unscheduled: e.Kind != trigger.Tick,
		UndeliveredAge: max(d.state.Undelivered(p.Now()), p.mute.since(p.Now(), !d.known && p.Store != nil)).Truncate(time.Second),
	}
	if d.known {
		m.State = &report.StateMetrics{OpenIncidents: len(d.state.Active()), SelfFault: d.state.Blind(), SetAside: len(d.state.AsideLately(p.Now()))}
	}
	for i := range p.Config.Checks {
		c := &p.Config.Checks[i]
		m.Endpoints[c.Key] = traitOf(c, d.state.Endpoints[c.Key])
		m.Secrets = c.Sensitive // shared by all checks
	}
	if err := report.EMF(p.Metrics, run, m); err != nil {
		p.Log.Error("metrics could not be written", "error", err)
	}
}

func traitOf(c *check.Check, known *incident.Endpoint) report.Trait {
	return report.Trait{
		Group: c.Group, Critical: c.Severity == check.Critical, Labels: c.Labels,
		Failing: known != nil && known.Failing > 0,
	}
}

// muteness is since when nothing could be decided, and therefore nobody told.
// It is known to this process only: what else would keep it when the state
// cannot be reached?
type muteness struct {
	mu    sync.Mutex
	began time.Time
}

// since takes in whether a run is mute, and returns for how long runs have
// been.
func (m *muteness) since(now time.Time, mute bool) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !mute {
		m.began = time.Time{}
		return 0
	}
	if m.began.IsZero() {
		m.began = now
	}
	return now.Sub(m.began)
}
