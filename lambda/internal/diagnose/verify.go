package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// verify are the commands that show a cause, its consequences, the service
// behind it and the request itself. They only read.
func (c *cause) verify() []string {
	first := c.fits[0]
	all := slices.Clone(first.verify)
	for _, e := range c.effects {
		all = append(all, e.verify...)
	}
	w := first.walk
	if s := w.route.service; s != nil && first.hop() >= HopGroup {
		all = append(all, w.describeService(*s), w.listStopped(*s))
	}
	if strings.HasPrefix(w.symptom.Endpoint.Scheme, "http") && w.symptom.Reached(result.PhaseTTFB) {
		all = append(all, curlCommand(w))
	}
	once := []string{}
	for _, command := range all {
		if !slices.Contains(once, command) {
			once = append(once, command)
		}
	}
	return once
}

// usualIdle is what a load balancer waits for an answer if nothing is known of it.
const usualIdle = time.Minute

// curlCommand asks as the probe does, with its times, and waits longer than
// the load balancer does.
func curlCommand(w *walk) string {
	e := w.symptom.Endpoint
	host := e.Host
	if strings.Contains(host, ":") {
		host = "[" + strings.Trim(host, "[]") + "]"
	}
	if port := strconv.Itoa(e.Port); e.Port != 0 && port != map[string]string{"http": "80", "https": "443"}[e.Scheme] {
		host += ":" + port
	}
	where := fmt.Sprintf("%s://%s%s", e.Scheme, host, e.Path)
	if e.Query != "" {
		where += "?" + e.Query
	}
	limit := max(w.route.idle, usualIdle) + 15*time.Second
	return fmt.Sprintf(`curl -sS -o /dev/null -m %.0f -w '%%{http_code} %%{time_connect} %%{time_starttransfer}\n' %s`, limit.Seconds(), shell(where))
}
