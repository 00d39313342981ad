package diagnose

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// complaint is a part that an answer itself calls unwell.
type complaint struct {
	part  string // lower case; "": the whole
	state string
	guess string // what is taken for granted; "": nothing, the form says it
}

// unwell are the states that mean so, as the first word of a value.
var unwell = []string{"unhealthy", "degraded", "down", "error", "failed", "failing", "failure", "fail", "unavailable", "critical", "disconnected", "unreachable", "timeout", "warn", "warning", "not_ready"}

// stateKeys hold the state of what they stand in; looseKeys as well, of a part,
// and elsewhere that of a job or the like just as often. partKeys hold parts
// with theirs: a plain false in there means unwell.
var (
	stateKeys = []string{"status", "health", "overall", "overall_status"}
	looseKeys = []string{"state", "result"}
	partKeys  = []string{"services", "checks", "components", "dependencies", "subsystems", details}
)

// details hold parts, or at a part what it has to tell of itself.
const details = "details"

// complaintsOf reads a JSON body for parts that it calls unwell, sorted. It knows
// the forms in which health is told: the state of the whole at the top, and
// that of parts in an object of parts, or at the top by the name of something
// that services depend on. Whatever else an answer holds is no word about health.
func complaintsOf(body string) []complaint {
	body = strings.TrimSpace(body)
	if !strings.HasPrefix(body, "{") {
		return nil
	}
	var top map[string]any
	if json.Unmarshal([]byte(body), &top) != nil {
		return nil
	}
	all := slices.Concat(stated{loose: "that this is the state of the service, and not of something in it"}.in(top), partsIn(top, true))
	slices.SortFunc(all, func(a, b complaint) int { return strings.Compare(a.part+a.state, b.part+b.state) })
	return slices.Compact(all)
}

// stated are the states that an object gives of itself.
type stated struct {
	part  string
	loose string // what is taken for granted of looseKeys; "": nothing
}

func (s stated) in(object map[string]any) (all []complaint) {
	for key, value := range object {
		name, word := strings.ToLower(key), unwellIn(value)
		switch {
		case word == "":
		case slices.Contains(stateKeys, name):
			all = append(all, complaint{s.part, word, ""})
		case slices.Contains(looseKeys, name):
			all = append(all, complaint{s.part, word, s.loose})
		}
	}
	return all
}

// partsIn are the complaints of the parts that an object holds.
func partsIn(object map[string]any, top bool) (all []complaint) {
	for key, value := range object {
		name := strings.ToLower(key)
		v, ok := value.(map[string]any)
		switch {
		case !ok:
		case slices.Contains(partKeys, name) && (top || name != details):
			all = append(all, complaintsOfParts(v, name)...)
		case top && isDependency(name):
			all = append(all, stated{part: name}.in(v)...)
		}
	}
	return all
}

// complaintsOfParts reads an object that has a part for each of its keys.
func complaintsOfParts(parts map[string]any, in string) (all []complaint) {
	for key, value := range parts {
		one := stated{part: strings.ToLower(key)}
		if in == details { // which may hold anything
			one.loose = "that what is told of " + one.part + " is its health"
		}
		if word := unwellIn(value); word != "" {
			all = append(all, complaint{one.part, word, one.loose})
		}
		switch v := value.(type) {
		case map[string]any:
			all = slices.Concat(all, one.in(v), partsIn(v, false))
		case bool:
			if !v && (in != details || isDependency(one.part)) { // details may hold any switch
				all = append(all, complaint{one.part, "unhealthy", "that false means unwell there"})
			}
		}
	}
	return all
}

// unwellIn is the first word of a value, if it means unwell; else "".
func unwellIn(value any) string {
	text, _ := value.(string)
	word, _, _ := strings.Cut(strings.ToLower(text), " ")
	if word = strings.Trim(word, ":,.;"); slices.Contains(unwell, word) {
		return word
	}
	return ""
}

// isDependency: it is what parts are called that services depend on.
func isDependency(name string) bool {
	_, known := synonyms[name]
	return known || slices.ContainsFunc(slices.Collect(maps.Values(synonyms)), func(words []string) bool { return slices.Contains(words, name) })
}

// parts are those that the answer that counts calls unwell, by name.
func (w *walk) parts() []string {
	var names []string
	for _, c := range complaintsOf(w.seen.answer.Body) {
		if c.part != "" {
			names = append(names, c.part)
		}
	}
	return names
}
