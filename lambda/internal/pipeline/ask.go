package pipeline

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/trigger"
)

// input gathers what the decision is made of.
func (p *Pipeline) input(run report.Run, news *incident.News) incident.Input {
	return incident.Input{
		Now: p.Now(), Run: run.ID, Started: run.Started, Results: run.Results,
		TimingsTrusted: run.TimingsTrusted, News: news, Scheduled: run.Trigger == string(trigger.Tick),
	}
}

// suspect asks the control addresses if nearly everything fails at once, and
// for as long as the checker is taken to be blind: a real outage need not look
// like what made it so.
func (p *Pipeline) suspect(ctx context.Context, results []result.Result, blind bool) incident.Controls {
	phase := p.rules().Suspicion(results)
	if phase == "" && !blind {
		return incident.NotAsked
	}
	said := p.askControls(ctx)
	p.Log.Info("the checker asks whether it has a network", "phase", phase, "controls_answer", said == incident.Answered)
	return said
}

// doubt is why a diagnosis suspects the checker's own network. The controls are
// asked where nearly everything fails, or where a connection got no answer and
// nothing public was reached.
func (p *Pipeline) doubt(ctx context.Context, results []result.Result, in diagnose.Input) diagnose.Doubt {
	d := diagnose.Doubt{Phase: p.rules().Suspicion(results)}
	if d.Phase == "" && !in.CutOff() {
		return d
	}
	said := p.askControls(ctx)
	for word, controls := range controlsSaid {
		if controls == said {
			d.Controls = word
		}
	}
	return d
}

// controlsSaid has what controls say in the words of a diagnosis.
var controlsSaid = map[diagnose.Controls]incident.Controls{
	diagnose.NotAsked: incident.NotAsked, diagnose.Answered: incident.Answered, diagnose.Silent: incident.Silent,
}

// controlTimeout bounds a control probe.
const controlTimeout = 3 * time.Second

// askControls connects to every control address; one answer is enough to know
// that the checker has a network. Silence says something only if they had the
// time to answer.
func (p *Pipeline) askControls(ctx context.Context) incident.Controls {
	answers := make([]bool, len(p.Controls))
	var asked sync.WaitGroup
	for i, address := range p.Controls {
		asked.Go(func() {
			dialer := net.Dialer{Timeout: controlTimeout}
			conn, err := dialer.DialContext(ctx, "tcp", address)
			if err == nil {
				answers[i] = true
				_ = conn.Close() // that it opened is all there is to know
			}
		})
	}
	asked.Wait()
	switch {
	case slices.Contains(answers, true):
		return incident.Answered
	case len(answers) == 0 || ctx.Err() != nil:
		return incident.NotAsked
	}
	return incident.Silent
}

// rolloutTime bounds the questions about deployments, all together.
const rolloutTime = 5 * time.Second

// askRollouts asks ECS about deployments that should have ended. What cannot
// be asked stays open.
func (p *Pipeline) askRollouts(ctx context.Context, services []string) map[string]string {
	rollouts := map[string]string{}
	if p.Rollouts == nil || len(services) == 0 {
		return rollouts
	}
	ctx, cancel := context.WithTimeout(ctx, rolloutTime)
	defer cancel()
	var mu sync.Mutex
	var asked sync.WaitGroup
	for _, name := range services {
		asked.Go(func() {
			cluster, service, _ := strings.Cut(name, "/")
			state, err := p.Rollouts.Rollout(ctx, cluster, service)
			if err != nil {
				p.Log.Warn("the state of a deployment could not be read", "service", name, "error", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			rollouts[name] = state
		})
	}
	asked.Wait()
	return rollouts
}
