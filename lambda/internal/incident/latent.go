package incident

import (
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
)

// Bounds of what is kept of faults that nobody suffers from.
const (
	mostLatents = 2 * MaxFacts     // with their words
	mostSeen    = 100              // by key only
	latentFor   = 26 * time.Hour   // how long it is believed that one is still there
	latentCut   = 6 * time.Hour    // and if inventories do not read all: after so long, all was read
	latentAfter = 30 * time.Minute // one that was not there for so long may be a moment of a deployment
)

// Latents are what is wrong although no endpoint suffers from it, as the last
// inventory found it.
type Latents struct {
	At    time.Time           `json:"at"`
	Found []LatentFact        `json:"found,omitempty"` // the worst first
	More  int                 `json:"more,omitempty"`  // left out
	Seen  map[string]Sighting `json:"seen,omitempty"`  // by key, those of inventories before, too

	Partial bool `json:"-"` // the inventory had no calls for all that there is
}

// Sighting is when inventories saw a fault first and last.
type Sighting struct {
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// LatentFact is one of them.
type LatentFact struct {
	Key      string    `json:"key"`
	Title    string    `json:"title"`
	Sentence string    `json:"sentence"`
	Do       string    `json:"do,omitempty"`
	Severity Severity  `json:"severity,omitempty"`
	Since    time.Time `json:"since,omitzero"` // when an inventory saw it first
}

// LatentsOf takes from findings what the daily summary says of them.
func LatentsOf(findings []diagnose.Finding, at time.Time) Latents {
	l := Latents{At: at, Seen: map[string]Sighting{}}
	for i := range findings {
		root := rootOf(&findings[i])
		if len(l.Seen) < mostSeen {
			l.Seen[root.Key] = Sighting{at, at}
		}
		if len(l.Found) == mostLatents {
			l.More++
			continue
		}
		one := LatentFact{Key: root.Key, Title: root.Title, Sentence: root.Sentence, Severity: root.Severity, Since: at}
		if len(root.Actions) > 0 {
			one.Do = root.Actions[0].Do
		}
		l.Found = append(l.Found, one)
	}
	return l
}

// after is what an inventory found, with what those before it remember: since
// when each fault is there. One that an inventory missed, because it could not
// read all, keeps its time for a while.
func (l Latents) after(before Latents) Latents {
	made := Latents{At: l.At, Found: slices.Clone(l.Found), More: l.More, Seen: map[string]Sighting{}}
	for key, s := range l.Seen {
		if old, known := before.Seen[key]; known && l.At.Sub(old.Last) < latentFor {
			s.First = old.First
		}
		made.Seen[key] = s
	}
	for key, old := range before.Seen {
		if _, now := made.Seen[key]; !now && l.At.Sub(old.Last) < latentFor && len(made.Seen) < mostSeen {
			made.Seen[key] = old
		}
	}
	if l.Partial {
		made.remember(before)
	}
	for i := range made.Found {
		if s, known := made.Seen[made.Found[i].Key]; known {
			made.Found[i].Since = s.First
		}
	}
	return made
}

// remember keeps what was found before and is not found now, as an inventory
// that did not read all may have missed it.
func (l *Latents) remember(before Latents) {
	for _, f := range before.Found {
		missed := !slices.ContainsFunc(l.Found, func(now LatentFact) bool { return now.Key == f.Key })
		if missed && l.At.Sub(before.Seen[f.Key].Last) < latentCut && len(l.Found) < mostLatents {
			l.Found = append(l.Found, f)
		}
	}
	slices.SortStableFunc(l.Found, func(a, b LatentFact) int { return int(a.Severity) - int(b.Severity) })
}

// latentFacts are those that the summary tells, and how many more there are:
// what more than one inventory saw, and no open incident is about.
func (t *step) latentFacts() ([]LatentFact, int) {
	l := t.state.Latents
	if t.in.Now.Sub(l.At) >= latentFor {
		return nil, 0
	}
	var told []LatentFact
	for _, f := range l.Found {
		known := slices.ContainsFunc(t.state.Active(), func(i *Incident) bool { return i.Root != nil && diagnose.SameRoot(i.Root.Key, f.Key) })
		if !known && l.At.Sub(f.Since) >= latentAfter {
			told = append(told, f)
		}
	}
	shown, more := firstFew(told)
	return shown, more + l.More
}
