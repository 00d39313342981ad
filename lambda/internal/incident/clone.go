package incident

import (
	"maps"
	"slices"
)

// clone copies a state so deeply that nothing is shared.
func (s State) clone() State {
	c := s
	c.Endpoints = make(map[string]*Endpoint, len(s.Endpoints))
	for key, e := range s.Endpoints {
		copied := *e
		copied.Flips, copied.Down = slices.Clone(e.Flips), slices.Clone(e.Down)
		c.Endpoints[key] = &copied
	}
	c.Incidents = make([]*Incident, len(s.Incidents))
	for i, in := range s.Incidents {
		copied := *in
		copied.Endpoints, copied.Dependents = slices.Clone(in.Endpoints), slices.Clone(in.Dependents)
		copied.History = slices.Clone(in.History)
		copied.Root = in.Root.clone()
		c.Incidents[i] = &copied
	}
	c.Services = make(map[string]*Service, len(s.Services))
	for key, v := range s.Services {
		copied := *v
		copied.Before, copied.News = maps.Clone(v.Before), slices.Clone(v.News)
		c.Services[key] = &copied
	}
	c.Events, c.Unrecorded = slices.Clone(s.Events), slices.Clone(s.Unrecorded)
	c.Aside = slices.Clone(s.Aside)
	c.Diagnosed = s.Diagnosed.clone()
	c.Latents.Found, c.Latents.Seen = slices.Clone(s.Latents.Found), maps.Clone(s.Latents.Seen)
	c.Last = make(map[string]Past, len(s.Last))
	maps.Copy(c.Last, s.Last)
	c.Outbox = make([]*Notice, len(s.Outbox))
	for i, n := range s.Outbox {
		copied := *n // its facts are never changed once they are made
		copied.Late = n.Late.clone()
		c.Outbox[i] = &copied
	}
	return c
}

// clone copies what has changed about a notice.
func (l *Late) clone() *Late {
	if l == nil {
		return nil
	}
	c := *l
	c.Now = slices.Clone(l.Now)
	return &c
}
