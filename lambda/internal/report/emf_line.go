package report

import (
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// emfHead is how every line begins. What belongs to a metric is written with a
// capital, as in its dashboards; CloudWatch wants those at the top of the line.
type emfHead struct {
	AWS         *emfMeta `json:"_aws,omitempty"`
	Level       string   `json:"level"`
	Timestamp   string   `json:"timestamp"`
	Message     string   `json:"message"` // endpoint | group | environment
	Run         string   `json:"run"`
	Trigger     string   `json:"trigger,omitempty"`
	Environment string   `json:"Environment"`
}

type emfMeta struct {
	Timestamp int64          `json:"Timestamp"` // ms since 1970
	Metrics   []emfDirective `json:"CloudWatchMetrics"`
}

type emfDirective struct {
	Namespace  string      `json:"Namespace"`
	Dimensions [][]string  `json:"Dimensions"`
	Metrics    []emfMetric `json:"Metrics"`
}

type emfMetric struct {
	Name string `json:"Name"`
	Unit string `json:"Unit"`
}

// emfEndpoint is the line of an endpoint.
type emfEndpoint struct {
	emfHead
	Endpoint string         `json:"Endpoint"`
	Group    string         `json:"Group"`
	Healthy  *int           `json:"Healthy,omitempty"`
	Duration *result.Millis `json:"Duration,omitempty"`

	State          string            `json:"state"` // healthy | degraded | failing | unjudged
	Class          string            `json:"class,omitempty"`
	Phase          string            `json:"phase,omitempty"`
	Status         int               `json:"status,omitempty"`
	Address        string            `json:"address,omitempty"`
	Error          string            `json:"error,omitempty"`
	Kind           string            `json:"kind,omitempty"`
	URL            string            `json:"url,omitempty"`
	Phases         result.Timings    `json:"phases_ms,omitzero"`
	TimingsTrusted bool              `json:"timings_trusted"`
	Critical       bool              `json:"critical"`
	Labels         map[string]string `json:"labels,omitempty"`
}

// emfGroupLine is the line of a group.
type emfGroupLine struct {
	emfHead
	Group    string         `json:"Group"`
	Healthy  *int           `json:"Healthy,omitempty"`
	Duration *result.Millis `json:"Duration,omitempty"`
	Failing  int            `json:"failing"`
	emfTally
}

// emfEnvironment is the line of the environment.
type emfEnvironment struct {
	emfHead
	Heartbeat         *int  `json:"Heartbeat,omitempty"`
	Unhealthy         int   `json:"Unhealthy"`
	CriticalUnhealthy int   `json:"CriticalUnhealthy"`
	OpenIncidents     *int  `json:"OpenIncidents,omitempty"`
	SelfFault         *int  `json:"SelfFault,omitempty"`
	UndeliveredAge    int64 `json:"UndeliveredAge"`
	SetAside          int   `json:"messages_set_aside,omitempty"`
	emfTally
	DurationMillis result.Millis `json:"duration_ms"`
	TimingsTrusted bool          `json:"timings_trusted"`
}

// emfTally counts what this run probed.
type emfTally struct {
	Probed   int `json:"probed"`
	Degraded int `json:"degraded"`
	Unjudged int `json:"unjudged"`
}

func (e *emfWriter) endpoint(r *result.Result) *emfEndpoint {
	t := e.env.Endpoints[r.Key]
	line := &emfEndpoint{
		emfHead:  e.head("endpoint", emfLevels[stateOf(r)]),
		Endpoint: emfDimension(r.Key, "none"), Group: emfGroupName(r.Group),
		State: emfStates[stateOf(r)], Class: emfText(string(r.Class)), Phase: emfText(string(r.Phase)), Status: r.Status,
		Address: emfText(r.Address), Error: emfText(r.Error), Kind: emfText(r.Kind), URL: emfText(r.URL),
		Phases: r.Phases, TimingsTrusted: e.run.TimingsTrusted, Critical: t.Critical, Labels: e.labels(t.Labels),
	}
	line.Duration = emfMillis(time.Duration(r.Duration))
	var metrics []emfMetric
	if stateOf(r) != unjudged {
		line.Healthy = emfBit(r.Healthy)
		metrics = e.ofProbes(line.Duration)
	}
	if e.env.Billed != billGroup && e.env.Billed != billEnvironment {
		line.AWS = e.meta(metrics, "Environment", "Endpoint")
	}
	return line
}

func (e *emfWriter) group(g *emfGroup) *emfGroupLine {
	line := &emfGroupLine{
		emfHead: e.head("group", emfLevels[healthy]), Group: emfGroupName(g.name), Failing: g.fails,
		Duration: emfMillis(g.took), emfTally: emfTallyOf(g.tally),
	}
	if g.judged+g.fails > 0 {
		line.Healthy = emfBit(g.fails == 0)
		line.AWS = e.meta(e.ofProbes(line.Duration), "Environment", "Group")
	}
	return line
}

// ofProbes are the metrics of what was judged.
func (e *emfWriter) ofProbes(took *result.Millis) []emfMetric {
	metrics := []emfMetric{{"Healthy", "Count"}}
	if took != nil && e.run.TimingsTrusted {
		metrics = append(metrics, emfMetric{"Duration", "Milliseconds"})
	}
	return metrics
}

func (e *emfWriter) environment(elsewhere []Trait) *emfEnvironment {
	line := &emfEnvironment{
		emfHead:        e.head("environment", emfLevels[healthy]),
		UndeliveredAge: int64(max(e.env.UndeliveredAge, 0) / time.Second),
		emfTally:       emfTallyOf(Count(e.run.Results)),
		DurationMillis: result.Millis(max(e.run.Duration, 0)), TimingsTrusted: e.run.TimingsTrusted,
	}
	count := func(critical bool) {
		line.Unhealthy++
		line.CriticalUnhealthy += *emfBit(critical)
	}
	for i := range e.run.Results {
		if r := &e.run.Results[i]; e.fails(r) {
			count(e.env.Endpoints[r.Key].Critical)
		}
	}
	for _, t := range elsewhere {
		count(t.Critical)
	}
	metrics := []emfMetric{{"Unhealthy", "Count"}, {"CriticalUnhealthy", "Count"}}
	if s := e.env.State; s != nil {
		open := max(s.OpenIncidents, 0)
		line.OpenIncidents, line.SelfFault, line.SetAside = &open, emfBit(s.SelfFault), max(s.SetAside, 0)
		metrics = append(metrics, emfMetric{"OpenIncidents", "Count"}, emfMetric{"SelfFault", "Count"})
	}
	metrics = append(metrics, emfMetric{"UndeliveredAge", "Seconds"})
	if !e.env.Unscheduled {
		line.Heartbeat = emfBit(true)
		metrics = append([]emfMetric{{"Heartbeat", "Count"}}, metrics...)
	}
	line.AWS = e.meta(metrics, "Environment")
	return line
}

func emfTallyOf(t Tally) emfTally {
	return emfTally{Probed: t.Total, Degraded: t.Degraded, Unjudged: t.Unjudged}
}

func (e *emfWriter) head(message, level string) emfHead {
	return emfHead{
		Level: level, Timestamp: e.at.Format(emfTime), Message: message,
		Run: emfText(e.run.ID), Trigger: emfText(e.run.Trigger), Environment: emfDimension(e.env.Environment, "default"),
	}
}

// meta lists the metrics of a line; a line without any is an ordinary one.
func (e *emfWriter) meta(metrics []emfMetric, dimensions ...string) *emfMeta {
	if len(metrics) == 0 {
		return nil
	}
	return &emfMeta{
		Timestamp: max(e.at.UnixMilli(), 0),
		Metrics:   []emfDirective{{emfNamespace(e.env.Namespace), [][]string{dimensions}, metrics}},
	}
}
