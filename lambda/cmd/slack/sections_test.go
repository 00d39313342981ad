package main

import (
	"fmt"
	"strings"
	"testing"
)

// What to do first is shown, however long the runbooks are.
func TestLongRunbooksLeaveTheFirstAction(t *testing.T) {
	var books, services []string
	for n := range 10 {
		books = append(books, fmt.Sprintf("%q", fmt.Sprintf("https://wiki.example.com/%d/%s", n, strings.Repeat("r", 270))))
		services = append(services, fmt.Sprintf(`{"key":"web/%d","url":"https://example.com/%s","failing":true,"error":"%s"}`, n, strings.Repeat("p", 300), strings.Repeat("e", 300)))
	}
	m := of(`{"version":1,"kind":"opened","subject":"S","environment":"e","left_out":{"incident.runbooks":2},"incident":{"first_action":"roll it back","owners":["web"],"users_lose":["` + strings.Repeat("l", 300) + `"],"dependents":["` + strings.Repeat("d", 300) + `"],"runbooks":[` +
		strings.Join(books, ",") + `],"endpoints":[` + strings.Join(services, ",") + `]}}`)
	text := shownText(m)
	for _, want := range []string{"Do first: roll it back", "Owner: web", "wiki.example.com/0/", "…and 7 more"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	valid(t, m)
}

// What a fault does not say is left out, label and all.
func TestFaultThatSaysLittle(t *testing.T) {
	m := of(`{"version":1,"kind":"summary","subject":"S","environment":"e","summary":{"latent":[{"title":"certificate"},{"title":"zone","do":"mend it"}]}}`)
	if text := shownText(m); strings.Contains(text, "–") || strings.Count(text, "Do: ") != 1 || !strings.Contains(text, "zone\nDo: mend it") {
		t.Errorf("it shows\n%s", text)
	}
}
