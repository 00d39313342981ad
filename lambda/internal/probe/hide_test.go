package probe

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// What an endpoint's ui section hides shows nowhere in its result.
func TestHide(t *testing.T) {
	url := web(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })
	port := url[strings.LastIndex(url, ":"):]
	for _, c := range []struct {
		ui     string
		hidden []string
		shown  []string
	}{
		{"hide-hostname: true", []string{"127.0.0.1"}, []string{port, "(500) == 200"}},
		{"hide-port: true", []string{port}, []string{"127.0.0.1", "(500) == 200"}},
		{"hide-url: true", []string{"127.0.0.1", port, `"url"`, `"address"`}, []string{"(500) == 200"}},
		{"hide-errors: true", []string{"answered"}, []string{"127.0.0.1", "(500) == 200"}},
		{"hide-conditions: true", []string{"[STATUS]"}, []string{"127.0.0.1", "answered 500"}},
		{"dont-resolve-failed-conditions: true", []string{"(500)"}, []string{"[STATUS] == 200"}},
		{"resolve-successful-conditions: true", nil, []string{"[CONNECTED] (true) == true"}},
	} {
		r := probeOne(t, endpoint(url+"/x", "ui: {"+c.ui+"}", `conditions: ["[CONNECTED] == true", "[STATUS] == 200"]`))
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, hidden := range c.hidden {
			if strings.Contains(string(text), hidden) {
				t.Errorf("%s: %q shows in %s", c.ui, hidden, text)
			}
		}
		for _, shown := range c.shown {
			if !strings.Contains(string(text), shown) {
				t.Errorf("%s: %q does not show in %s", c.ui, shown, text)
			}
		}
	}
}
