package probe

import (
	"net"
	"strconv"
	"strings"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

const hidden = "<redacted>"

// hide keeps out of the result what the endpoint's ui section keeps out of
// reports.
func hide(r *result.Result, c *check.Check) {
	ui := c.UI
	if ui == (check.UI{}) {
		return
	}
	var old []string
	if ui.HideHostname || ui.HideURL {
		old = append(old, c.Target.Host)
		if host, _, err := net.SplitHostPort(r.Address); err == nil {
			old = append(old, host)
		}
	}
	if ui.HidePort || ui.HideURL {
		old = append(old, ":"+strconv.Itoa(int(c.Target.Port)))
	}
	scrub := scrubber(old)
	r.URL, r.Error, r.Address = scrub(r.URL), scrub(r.Error), scrub(r.Address)
	for i := range r.Redirects {
		r.Redirects[i].URL = scrub(r.Redirects[i].URL)
	}
	for i := range r.Conditions {
		r.Conditions[i].Display = scrub(r.Conditions[i].Display)
	}
	if (ui.HideHostname || ui.HideURL) && r.Certificate != nil {
		r.Certificate.Names = []string{}
	}
	if ui.HideURL || (ui.HideHostname && ui.HidePort) {
		r.Address = "" // nothing would be left of it
	}
	if ui.HideURL {
		r.URL = ""
		r.Redirects = []result.Redirect{}
	}
	if ui.HideURL && (r.Class == result.HTTPRedirect || r.Class == result.HTTPRedirectLoop) {
		r.Error = "a redirect cannot be followed; where to is hidden by ui.hide-url"
	}
	if r.Answer != nil {
		hideAnswer(r.Answer, ui, scrub)
	}
	if ui.HideErrors && r.Error != "" {
		r.Error = "details are hidden by ui.hide-errors"
	}
	if ui.HideConditions {
		r.Conditions = []result.Condition{}
	}
}

// scrubber replaces every one of the texts.
func scrubber(old []string) func(string) string {
	var pairs []string
	for _, text := range old {
		if text != "" && text != ":0" {
			pairs = append(pairs, text, hidden)
		}
	}
	return strings.NewReplacer(pairs...).Replace
}

// hideAnswer keeps out of what a diagnosis is told what must not be reported:
// its sentences quote it.
func hideAnswer(a *result.Answer, ui check.UI, scrub func(string) string) {
	a.Location, a.Body = scrub(a.Location), scrub(a.Body)
	if ui.HideURL {
		a.Location = ""
	}
	if ui.HideErrors {
		a.Body = ""
	}
}
