package report

import (
	"fmt"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// ofKnowledge reports whether an incident is about what the checker does not
// know, and not about how its endpoints are.
func ofKnowledge(f *incident.Facts) bool { return strings.HasPrefix(f.Key, incident.UnjudgedKey) }

// unclear reports whether what is said of an endpoint is why nothing is known
// of it.
func unclear(e incident.EndpointFact) bool { return e.Unknown && e.Class == result.ProbeSkipped }

// unknown lists what could not be judged when the day was summed up.
func (d *draft) unknown(f *incident.SummaryFacts, l limits) {
	more := max(f.UnknownMore, 0)
	d.list(section{heading: "Not known: " + counted(len(f.Unknown)+more, "endpoint")}, f.Unknown, more, l)
}

// unknownSince says since when nothing is known of an endpoint.
func (d *draft) unknownSince(e incident.EndpointFact) string {
	if e.Since.IsZero() {
		return "not known"
	}
	return "not known since " + clock(e.Since, d.source.At)
}

// leadOfKnowledge says what a message is about; of what is over, that this says
// nothing about how it is.
func (d *draft) leadOfKnowledge(over bool) {
	if over {
		d.lead = "All of it can be judged again, whether it is good or not."
		return
	}
	const about = "This is about what the checker knows. Whether these endpoints are up is not known meanwhile."
	if d.source.Kind == incident.KindChecker {
		d.lead = ""
	}
	d.lead = strings.TrimSpace(d.lead + " " + about)
}

// headingOfKnowledge counts the endpoints that are still not known.
func headingOfKnowledge(f *incident.Facts) string {
	known := 0
	for _, e := range f.Endpoints {
		if !e.Unknown {
			known++
		}
	}
	all := len(f.Endpoints) + max(f.More, 0)
	if known == 0 {
		return "Not known: " + counted(all, "endpoint")
	}
	return fmt.Sprintf("Not known: %d of %d", all-known, all)
}
