package pipeline

import (
	"encoding/json"
	"strconv"
	"strings"

	"hokus.ai/tidewatch/lambda/check"
)

// conceal takes out of what was found the host names and ports that the
// configuration keeps out of reports. The diagnosis itself needs them.
func conceal[T any](found T, hidden []string) T {
	var concealed T
	if len(hidden) == 0 {
		return found
	}
	text, err := json.Marshal(found)
	if err != nil {
		return concealed // rather nothing than what must not be shown
	}
	var pairs []string
	for _, one := range hidden {
		quoted, _ := json.Marshal(one) // a string is always encoded
		pairs = append(pairs, strings.Trim(string(quoted), `"`), "[hidden]")
	}
	if json.Unmarshal([]byte(strings.NewReplacer(pairs...).Replace(string(text))), &concealed) != nil {
		return *new(T)
	}
	return concealed
}

// hiddenTexts are what no report may say.
func hiddenTexts(checks []check.Check) []string {
	var hidden []string
	for i := range checks {
		c := &checks[i]
		if host := c.Target.Host; (c.UI.HideHostname || c.UI.HideURL) && host != "" {
			hidden = append(hidden, host)
		}
		if c.UI.HidePort && c.Target.Port != 0 {
			hidden = append(hidden, c.Target.Host+":"+strconv.Itoa(int(c.Target.Port)))
		}
		if path, _, _ := strings.Cut(c.Target.Path, "?"); c.UI.HideURL && len(path) > 1 {
			hidden = append(hidden, path)
		}
	}
	return hidden
}

// lastPart is what stands behind the last slash, as in an ARN.
func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
