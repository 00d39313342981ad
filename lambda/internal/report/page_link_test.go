package report

import "testing"

// The address of a tracker is a link; what could leave its link, or lead to
// something that is no page, is a text.
func TestTrackerLink(t *testing.T) {
	for address, want := range map[string]string{
		"https://t.example/issues?a=1&b=2": "Tracker: <https://t.example/issues?a=1&b=2>\n",
		"https://t.example/>x":             "Tracker: https\\://t.example/&gt;x\n",
		"javascript:alert(1)":              "Tracker: javascript:alert(1)\n",
	} {
		p := &page{}
		p.link("Tracker:", address)
		if got := p.markdown(); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
