package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// fact is one thing known about an endpoint that is not simply healthy, made
// once for all forms of a report.
type fact struct {
	label string
	text  string // visible characters only, not yet escaped for any markup; nbsp where no line should end
}

// happened is the sentence that says what happened, in one line.
func happened(r *result.Result) string {
	switch {
	case r.Error != "":
		return redact.Visible(r.Error)
	case stateOf(r) == healthy:
		return ""
	case stateOf(r) == degraded:
		return "healthy, but a warning condition does not hold"
	}
	for info := range result.Classes() {
		if info.Class == r.Class {
			return info.Meaning
		}
	}
	return "unhealthy"
}

// factsOf lists what is known about a result, in the order in which it helps.
// Healthy results have no facts.
func factsOf(r *result.Result, now time.Time) []fact {
	if stateOf(r) == healthy {
		return nil
	}
	var facts []fact
	add := func(label, text string) {
		if text != "" {
			facts = append(facts, fact{label, redact.Visible(text)})
		}
	}
	for _, c := range r.Conditions {
		if !c.Healthy && conditionsTell(r) && !strings.Contains(r.Error, c.Display) {
			add(conditionLabel(c), c.Display)
		}
	}
	add("asked", asked(r))
	if text := phases(r); text != "" {
		facts = append(facts, fact{"phase", text})
	}
	if r.Certificate != nil && certificateTells(r) {
		add("certificate", certificateNames(r.Certificate))
		add("issuer", r.Certificate.Issuer)
		add("valid", validity(r.Certificate, now))
	}
	for _, hop := range r.Redirects {
		add("redirect", fmt.Sprintf("%d from %s", hop.Status, hop.URL))
	}
	for _, a := range r.Addresses {
		add("address", addressVerdict(a))
	}
	return facts
}

// conditionsTell reports whether conditions were held against an answer. After
// a failed transport all of them fail for want of one, and none tells
// anything.
func conditionsTell(r *result.Result) bool {
	return r.Healthy || r.Phase == result.PhaseAssert
}

func conditionLabel(c result.Condition) string {
	if c.Warning {
		return "warning"
	}
	return "condition"
}

// asked says what was asked, where, and with which status.
func asked(r *result.Result) string {
	parts := make([]string, 0, 3)
	if r.URL != "" {
		parts = append(parts, r.URL)
	}
	if tells(r.Address) && !strings.Contains(r.URL, r.Address) {
		parts = append(parts, "at "+r.Address)
	}
	if r.Status != 0 && !strings.Contains(r.Error, strconv.Itoa(r.Status)) {
		parts = append(parts, fmt.Sprintf("answered %d", r.Status))
	}
	return strings.Join(parts, " ")
}

// masks stand where an address is hidden.
var masks = strings.NewReplacer(redact.Mask, "", "<redacted>", "")

// tells reports whether an address says anything that is not hidden.
func tells(address string) bool { return strings.Trim(masks.Replace(address), ":[]") != "" }

// phases says where the probe ended and what it passed before.
func phases(r *result.Result) string {
	var passed []string
	ended := ""
	for _, p := range result.MeasuredPhases {
		took, ok := r.Phases.Get(p)
		switch {
		case ok && p == r.Phase:
			ended = " for " + strings.ReplaceAll(Duration(took), " ", nbsp)
		case ok:
			passed = append(passed, strings.ReplaceAll(string(p)+" "+Duration(took), " ", nbsp))
		}
	}
	text := string(r.Phase) + ended
	if len(passed) == 0 {
		return text
	}
	list := strings.Join(passed, nbsp+"· ")
	if text == "" {
		return list
	}
	return text + ", after " + list
}

// certificateTells reports whether the certificate has to do with the state.
func certificateTells(r *result.Result) bool {
	if r.Class.Layer() == "tls" {
		return true
	}
	for _, c := range r.Conditions {
		if !c.Healthy && strings.Contains(strings.ToUpper(c.Condition), "[CERTIFICATE") {
			return true
		}
	}
	return false
}

// maxNames is how many names of a certificate are listed; some have hundreds.
const maxNames = 6

func certificateNames(c *result.Certificate) string {
	if len(c.Names) == 0 {
		return "without any name"
	}
	if more := len(c.Names) - maxNames; more > 0 {
		return fmt.Sprintf("for %s and %d more", strings.Join(c.Names[:maxNames], ", "), more)
	}
	return "for " + strings.Join(c.Names, ", ")
}

func validity(c *result.Certificate, now time.Time) string {
	text := fmt.Sprintf("%s to %s", c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.DateOnly))
	switch {
	case now.After(c.NotAfter):
		return text + ", expired " + span(now.Sub(c.NotAfter)) + " ago"
	case now.Before(c.NotBefore):
		return text + ", begins in " + span(c.NotBefore.Sub(now))
	}
	return text + ", " + span(c.NotAfter.Sub(now)) + " left"
}

func addressVerdict(a result.Address) string {
	if a.Healthy {
		return fmt.Sprintf("%s healthy in %s", a.Address, Duration(time.Duration(a.Duration)))
	}
	text := fmt.Sprintf("%s %s after %s", a.Address, a.Class, Duration(time.Duration(a.Duration)))
	if a.Error != "" {
		text += ": " + a.Error
	}
	return text
}
