package access

import (
	"fmt"
	"strings"
)

// Markdown is the table for the documentation, in the order of Actions.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| action | on | only if | for | why |\n|---|---|---|---|---|\n")
	for _, a := range Actions {
		reason := a.Reason
		if a.Via != "" {
			reason += ", during `" + a.Via + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", a.Name, a.Resource.markdown(), conditions(a.Conditions), a.Part, reason)
	}
	return b.String()
}

func (r Resource) markdown() string {
	if r == All {
		return "`*`"
	}
	return string(r)
}

func conditions(all []Condition) string {
	var parts []string
	for _, c := range all {
		parts = append(parts, fmt.Sprintf("`%s` %s %s", c.Key, c.Operator, c.Value))
	}
	return strings.Join(parts, ", ")
}
