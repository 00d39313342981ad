package result

import (
	"encoding/json"
	"regexp"
	"testing"
	"time"
)

func TestTimingsShowOnlyPhasesThatHappened(t *testing.T) {
	var timings Timings
	timings.Add(PhaseTTFB, 1234567*time.Nanosecond)
	timings.Add(PhaseTCP, 0)
	timings.Add(PhaseTTFB, time.Millisecond)
	timings.Add(PhaseAssert, time.Second) // has no duration
	timings.Add(PhaseWrite, -time.Second) // a clock that went back
	got, err := json.Marshal(timings)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"tcp":0,"write":0,"ttfb":2.235}`; string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
	if d, ok := timings.Get(PhaseTTFB); !ok || d != 2234567*time.Nanosecond {
		t.Errorf("ttfb %v, %v", d, ok)
	}
	if _, ok := timings.Get(PhaseDNS); ok {
		t.Error("the dns phase did not happen")
	}
}

func TestMillis(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", time.Microsecond: "0.001", 400 * time.Nanosecond: "0", 1500 * time.Microsecond: "1.5", 2 * time.Hour: "7200000", -time.Millisecond: "-1",
	} {
		if got, err := json.Marshal(Millis(d)); err != nil || string(got) != want {
			t.Errorf("%v: %s, %v; want %s", d, got, err, want)
		}
	}
}

func TestClassTableIsClosed(t *testing.T) {
	seen := map[Class]bool{}
	form := regexp.MustCompile(`^(dns|tcp|tls|http|assert|probe)\.[a-z_]+$`)
	for info := range Classes() {
		if seen[info.Class] || !form.MatchString(string(info.Class)) || info.Meaning == "" || info.Look == "" {
			t.Errorf("%+v is doubled, malformed or undocumented", info)
		}
		seen[info.Class] = true
	}
	for _, class := range []Class{TLSNotYetValid, TLSTimeout, DNSRefused, DNSMalformed, HTTPProtocol, HTTPTooLarge, HTTPRedirect, AssertValue} {
		if !seen[class] {
			t.Errorf("%s is not in the table", class)
		}
	}
}

func TestClassParts(t *testing.T) {
	if got := TLSNotYetValid.Layer(); got != "tls" {
		t.Errorf("layer %q", got)
	}
	if ProbeSkipped.Judged() || ProbeInternal.Judged() || !TCPRefused.Judged() || !Class("").Judged() {
		t.Error("only failures of the checker itself say nothing about the endpoint")
	}
}
