package pipeline

import (
	"encoding/json"
	"strconv"
	"strings"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/diagnose"
)

// conceal takes out of what was found the host names and ports that the
// configuration keeps out of reports. The diagnosis itself needs them.
func conceal(out diagnose.Output, checks []check.Check) diagnose.Output {
	hidden := hiddenTexts(checks)
	if len(hidden) == 0 {
		return out
	}
	text, err := json.Marshal(out)
	if err != nil {
		return diagnose.Output{} // rather nothing than what must not be shown
	}
	var pairs []string
	for _, one := range hidden {
		quoted, _ := json.Marshal(one) // a string is always encoded
		pairs = append(pairs, strings.Trim(string(quoted), `"`), "[hidden]")
	}
	var concealed diagnose.Output
	if json.Unmarshal([]byte(strings.NewReplacer(pairs...).Replace(string(text))), &concealed) != nil {
		return diagnose.Output{}
	}
	return concealed
}

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
