package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// blindKey is that of what the daily summary says of a checker which can read
// nothing from AWS.
const blindKey = "CHECKER_READS_NOTHING"

// mostNamed bounds the calls that the summary names.
const mostNamed = 3

// blindness is what the daily summary says if of all that an inventory began
// with nothing could be read; false: something could, or it was not asked for.
// Nobody notices that until something fails and no cause is found.
func blindness(facts *topology.Snapshot, first []topology.Want) (incident.LatentFact, bool) {
	var calls []string
	for _, want := range first {
		s := facts.Status(want)
		if !s.Unreadable() {
			return incident.LatentFact{}, false
		}
		lost := s.Why == topology.Denied || s.Why == topology.TimedOut || s.Why == topology.Failed
		what := fmt.Sprintf("%s (%s)", s.Action, s.Why)
		if lost && s.Action != "" && len(calls) < mostNamed && !slices.Contains(calls, what) {
			calls = append(calls, what)
		}
	}
	if len(calls) == 0 {
		return incident.LatentFact{}, false
	}
	return incident.LatentFact{
		Key: blindKey, Title: "the checker can read nothing from AWS",
		Sentence: "The last inventory could read nothing: " + strings.Join(calls, ", ") + ". When something fails its cause will not be found.",
		Do:       "see what tidewatch doctor finds missing",
	}, true
}
