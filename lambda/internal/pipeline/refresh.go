package pipeline

import (
	"net/http"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// refreshSecrets asks for those secrets again that endpoints may not have
// accepted: they may have been rotated. The confirming probe, or the next
// round, uses the new ones.
func (p *Pipeline) refreshSecrets(results []result.Result) {
	if p.Secrets == nil {
		return
	}
	refused := map[string]bool{}
	for i := range results {
		if r := &results[i]; !r.Healthy && isRefusal(r) {
			refused[r.Key] = true
		}
	}
	if len(refused) == 0 {
		return
	}
	for i := range p.Config.Checks {
		if c := &p.Config.Checks[i]; refused[c.Key] {
			for _, ref := range c.References() {
				p.Secrets.Refresh(ref)
			}
		}
	}
}

// isRefusal reports whether a failure may be that of a credential: the
// endpoint says so, or there was no access token to ask it with.
func isRefusal(r *result.Result) bool {
	return r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden || r.Class == result.ProbeSkipped
}

// Secrets keeps values of references between probes.
type Secrets interface {
	// Refresh says that a value was not accepted: it is read again, unless
	// it has just been.
	Refresh(ref check.Reference)
}
