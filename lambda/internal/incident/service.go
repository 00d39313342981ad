package incident

import (
	"slices"
	"strings"
)

// runsOn reports whether an endpoint runs on a service, cluster/name. One that
// does not say in which cluster may run in each that is watched: events of all
// of them are taken for its own, as when they ask for probes.
func (r *Rule) runsOn(service string) bool {
	if r.Service == "" || r.Service == service {
		return r.Service != ""
	}
	cluster, name, _ := strings.Cut(service, "/")
	return r.Service == "/"+name && (len(r.Clusters) == 0 || slices.Contains(r.Clusters, cluster))
}

// serviceOf is what is known of the service that an endpoint runs on, of several
// that which was deployed last; nil: nothing was heard of it.
func (t *step) serviceOf(r *Rule) (name string, found *Service) {
	for _, known := range sortedKeys(t.state.Services) {
		if s := t.state.Services[known]; r.runsOn(known) && (found == nil || s.Started.After(found.Started)) {
			name, found = known, s
		}
	}
	return name, found
}
