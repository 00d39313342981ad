package pipeline

import (
	"encoding/json"
	"fmt"
	"slices"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/result"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// ReadCase reads what a Case was written as. A mistake in it is a
// *topology.Place: it says where, what is expected there and what is.
func ReadCase(text []byte) (Case, error) {
	var c Case
	var parts map[string]json.RawMessage
	if err := topology.Decode(text, &parts); err != nil {
		return c, err
	}
	saved, ok := parts["facts"]
	if !ok || string(saved) == "null" {
		return c, &topology.Place{Path: "facts", Expected: "what was read", Got: "nothing"}
	}
	facts, err := topology.Read(saved)
	if err != nil {
		return c, topology.Under("facts", err)
	}
	delete(parts, "facts")
	rest, err := json.Marshal(parts)
	if err == nil {
		err = topology.Decode(rest, &c)
	}
	if err != nil {
		return c, err
	}
	c.Facts = facts
	return c, c.judge()
}

// judge says what no case can be.
func (c *Case) judge() error {
	if c.Now.IsZero() {
		return &topology.Place{Path: "now", Expected: "when it was seen", Got: "nothing"}
	}
	if len(c.Symptoms) == 0 {
		return &topology.Place{Path: "symptoms", Expected: "what was seen of at least one endpoint", Got: "none"}
	}
	if said := c.Doubt.Controls; !slices.Contains([]diagnose.Controls{diagnose.NotAsked, diagnose.Answered, diagnose.Silent}, said) {
		return &topology.Place{Path: "doubt.controls", Expected: fmt.Sprintf("%q, %q or none", diagnose.Answered, diagnose.Silent), Got: fmt.Sprintf("%q", said)}
	}
	seen := map[string]bool{}
	for i := range c.Symptoms {
		s := &c.Symptoms[i]
		if err := judgeSymptom(s, seen); err != nil {
			return topology.Under(fmt.Sprintf("symptoms[%d]", i), err)
		}
		seen[s.Endpoint.Key] = true
	}
	return nil
}

// judgeSymptom says what nothing that was seen can be. Keys name endpoints, so
// each comes once.
func judgeSymptom(s *diagnose.Symptom, before map[string]bool) error {
	switch {
	case s.Endpoint.Key == "":
		return &topology.Place{Path: "endpoint.key", Expected: "GROUP/NAME", Got: "nothing"}
	case before[s.Endpoint.Key]:
		return &topology.Place{Path: "endpoint.key", Expected: "one that no other has", Got: fmt.Sprintf("%q again", s.Endpoint.Key)}
	case !s.Healthy && !isClass(s.Class):
		return &topology.Place{Path: "class", Expected: "a class of failure, such as http.status, of what is not healthy", Got: fmt.Sprintf("%q", s.Class)}
	}
	return nil
}

func isClass(c result.Class) bool {
	for info := range result.Classes() {
		if info.Class == c {
			return true
		}
	}
	return false
}
