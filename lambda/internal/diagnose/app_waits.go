package diagnose

import (
	"fmt"
	"net/netip"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// unheeded are words of log lines about calls that get no answer in time.
const unheeded = "timed out|timeout|time-out|deadline exceeded|max retries"

// weighLogs holds what the application logs against the causes which say only
// that it does not answer. Where its log could not be read, what it waits for
// may be the cause; where it names something that does not answer, that is a
// rival of one slow path.
func (w *walk) weighLogs() {
	if w.route.defined == nil {
		return
	}
	for _, want := range logStreams(*w.route.defined) {
		logs := w.facts.Logs.Of(want.Key)
		for i := range w.candidates {
			switch c := &w.candidates[i]; {
			case c.code != AppSlowPath && c.code != GroupTimeout:
			case logs.Unreadable():
				c.gaps = addGaps(c.gaps, gapOf(want, logs.Status, HopApp))
			case c.code == AppSlowPath:
				c.weigh(logs)
			}
		}
	}
}

// weigh names what calls that get no answer go to, as a rival of a slow path.
func (c *candidate) weigh(logs topology.Fact[[]topology.LogPattern]) {
	app := c.walk.appName()
	for _, p := range logs.Value {
		if p.Address == nil || !holdsAny(strings.ToLower(p.Sample), unheeded) || isOwn(p.Address.Host) {
			continue
		}
		to := edge{to: *p.Address}.where()
		if len(c.rivals) == 0 {
			c.actions[0].Do += fmt.Sprintf(": by that log, calls to %s get no answer", to)
		}
		c.evidence = addEvidence(c.evidence, told(logs.Status, logged(p)))
		c.rivals = append(c.rivals, Rival{
			What:    fmt.Sprintf("%s waits for %s, and its log says that calls to it get no answer in time", app, to),
			Decides: fmt.Sprintf("a call of %s from where %s runs", to, app),
		})
	}
}

// isOwn: the address is that of the container itself.
func isOwn(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (at.IsLoopback() || at.IsUnspecified())
}
