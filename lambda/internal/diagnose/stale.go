package diagnose

import (
	"fmt"
	"slices"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// freshFor is how old a deciding fact may be when a cause is called proven.
const freshFor = time.Minute

// use is a fact that a walk has used although it is old.
type use struct {
	want topology.Want
	at   time.Time // when it was read
}

// use notes a fact that was read too long before the conclusion. A fact
// without a time is not old.
func (w *walk) use(want topology.Want, read topology.Status) {
	if read.State != topology.Unknown && !read.At.IsZero() && w.in.Now.Sub(read.At) > freshFor { // the same one may come often: that costs less than to look for it
		w.used = append(w.used, use{want, read.At})
	}
}

// old are the facts that decide a cause by its mode, and are old.
func (c *cause) old() []use {
	var all []use
	for _, f := range c.fits {
		for _, u := range f.walk.used {
			info, _ := u.want.Kind.Info()
			if slices.Contains(f.mode().Actions, info.Action) && !slices.Contains(all, u) {
				all = append(all, u)
			}
		}
	}
	return all
}

// doubtAge keeps a finding from being proven by facts that are old.
func (f *Finding) doubtAge(old []use) {
	f.Inferred = slices.Clone(f.Inferred)
	for _, u := range old {
		info, _ := u.want.Kind.Info()
		link := fmt.Sprintf("that what %s told at %s is still so: that is more than a minute before this conclusion", info.Action, u.at.UTC().Format(time.TimeOnly+"Z"))
		if !slices.Contains(f.Inferred, link) {
			f.Inferred = append(f.Inferred, link)
		}
		f.Level = Likely
		f.again = append(f.again, u.want)
	}
}

// againOf are the wants of all findings, each once.
func againOf(findings []Finding) []topology.Want {
	var all []topology.Want
	for _, f := range findings {
		for _, want := range f.again {
			if !slices.Contains(all, want) {
				all = append(all, want)
			}
		}
	}
	return all
}

// readAgain replaces facts by what is told now. What cannot be read again stays
// as it was, and as old.
func readAgain(s *topology.Snapshot, wants []topology.Want, fetch func(*topology.Snapshot, []topology.Want)) {
	now := &topology.Snapshot{Version: s.Version, Region: s.Region, Account: s.Account, From: s.From}
	fetch(now, wants)
	for _, want := range wants {
		if now.Status(want).State != topology.Unknown {
			s.Copy(now, want)
		}
	}
}
