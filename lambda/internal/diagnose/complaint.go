package diagnose

import (
	"encoding/json"
	"slices"
	"strings"
)

// complaint is a part that an answer itself calls unwell.
type complaint struct {
	part  string // lower case; "": the whole
	state string
	guess bool // a plain false, which may mean so
}

// unwell are the states that mean so, as the first word of a value.
var unwell = []string{"unhealthy", "degraded", "down", "error", "failed", "failing", "failure", "fail", "unavailable", "critical", "disconnected", "unreachable", "timeout", "warn", "warning", "not_ready"}

// stateKeys hold the state of what they stand in, partKeys hold parts with
// theirs: a plain false in there means unwell.
var (
	stateKeys = []string{"status", "state", "health", "overall", "overall_status", "result"}
	partKeys  = []string{"services", "checks", "components", "dependencies", "details", "subsystems"}
)

// complaintsOf reads a JSON body for parts that it calls unwell, sorted.
func complaintsOf(body string) []complaint {
	body = strings.TrimSpace(body)
	if !strings.HasPrefix(body, "{") {
		return nil
	}
	var top map[string]any
	if json.Unmarshal([]byte(body), &top) != nil {
		return nil
	}
	var all []complaint
	gather(&all, "", false, top)
	slices.SortFunc(all, func(a, b complaint) int { return strings.Compare(a.part+a.state, b.part+b.state) })
	return slices.Compact(all)
}

func gather(all *[]complaint, part string, inParts bool, object map[string]any) {
	for key, value := range object {
		name := strings.ToLower(key)
		switch v := value.(type) {
		case map[string]any:
			if slices.Contains(partKeys, name) {
				gather(all, part, true, v)
			} else {
				gather(all, name, false, v)
			}
		case string:
			word, _, _ := strings.Cut(strings.ToLower(v), " ")
			switch word = strings.Trim(word, ":,.;"); {
			case !slices.Contains(unwell, word):
			case slices.Contains(stateKeys, name):
				*all = append(*all, complaint{part, word, false})
			case inParts:
				*all = append(*all, complaint{name, word, false})
			}
		case bool:
			if !v && inParts {
				*all = append(*all, complaint{name, "unhealthy", true})
			}
		}
	}
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
