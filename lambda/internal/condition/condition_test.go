package condition

import (
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// answer is an observation of everything there is to see.
func answer() *Observation {
	var phases result.Timings
	phases.Add(result.PhaseDNS, 12*time.Millisecond)
	phases.Add(result.PhaseTCP, 20*time.Millisecond)
	phases.Add(result.PhaseTLS, 45*time.Millisecond)
	phases.Add(result.PhaseTTFB, 800*time.Millisecond)
	return &Observation{
		Connected: true, Status: 200, IP: "10.0.3.7", RCode: "NOERROR",
		Header: map[string][]string{
			"Content-Type": {"application/json; charset=utf-8"}, "X-Served-By": {"a", "b"}, "Age": {"30"}, "X-Empty": {},
		},
		Body: []byte(`{"status":"UP","count":3,"ok":true,"none":null,"empty":"","list":[1,2,3],` +
			`"users":[{"id":9007199254740993,"name":"jo"}],"took":"2h30m","limit":"1.203s","price":19.01,"first.name":"Ann","o":{"b":"<1>","a":1e3}}` + "\n"),
		ResponseTime:          Measured(1203 * time.Millisecond),
		Phases:                phases,
		CertificateExpiration: Measured(9*day + 2*time.Hour + 300*time.Millisecond),
		DomainExpiration:      Measured(90 * day),
	}
}

func page(text string) *Observation {
	return &Observation{Connected: true, Status: 200, Body: []byte(text)}
}

func mustParse(tb testing.TB, text string) *Condition {
	tb.Helper()
	c, err := Parse(text)
	if err != nil {
		tb.Fatalf("Parse(%q): %v", text, err)
	}
	return c
}

// verdict is what a condition must come to: Display only where it fails.
type verdict struct {
	text    string
	healthy bool
	display string
}

func check(t *testing.T, o *Observation, cases []verdict) {
	t.Helper()
	for _, v := range cases {
		want := Outcome{v.healthy, v.display}
		if v.healthy {
			want.Display = v.text
		}
		if got := mustParse(t, v.text).Evaluate(o); got != want {
			t.Errorf("%s\n got %t %q\nwant %t %q", v.text, got.Healthy, got.Display, want.Healthy, want.Display)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	check(t, answer(), []verdict{
		{"[STATUS] == 200", true, ""},
		{"[STATUS] == 503", false, "[STATUS] (200) == 503"},
		{"200 == [STATUS]", true, ""},
		{"503 == [STATUS]", false, "503 == [STATUS] (200)"},
		{"[CONNECTED] == true", true, ""},
		{"[CONNECTED] == false", false, "[CONNECTED] (true) == false"},
		{"[IP] == 10.0.3.7", true, ""},
		{"[IP] == 10.0.3.8", false, "[IP] (10.0.3.7) == 10.0.3.8"},
		{"[DNS_RCODE] == NOERROR", true, ""},
		{"[DNS_RCODE] == NXDOMAIN", false, "[DNS_RCODE] (NOERROR) == NXDOMAIN"},
		{"[RESPONSE_TIME] < 500", false, "[RESPONSE_TIME] (1203) < 500"},
		{"[RESPONSE_TIME] < 1s", false, "[RESPONSE_TIME] (1.203s) < 1s"},
		{"[RESPONSE_TIME] < 2s", true, ""},
		{"[DNS_TIME] > 12", false, "[DNS_TIME] (12) > 12"},
		{"[CONNECT_TIME] == 20ms", true, ""},
		{"[TLS_TIME] <= 44ms", false, "[TLS_TIME] (45ms) <= 44ms"},
		{"[TTFB] >= 1s", false, "[TTFB] (800ms) >= 1s"},
		{"[TTFB] < [RESPONSE_TIME]", true, ""},
		{"[TTFB] > [RESPONSE_TIME]", false, "[TTFB] (800) > [RESPONSE_TIME] (1203)"},
		{"[CERTIFICATE_EXPIRATION] > 14d", false, "[CERTIFICATE_EXPIRATION] (9d2h) > 14d"},
		{"[CERTIFICATE_EXPIRATION] > 1w1d12h", true, ""},
		{"[CERTIFICATE_EXPIRATION] > 336h", false, "[CERTIFICATE_EXPIRATION] (218h) > 336h"},
		{"[CERTIFICATE_EXPIRATION] > 1209600000", false, "[CERTIFICATE_EXPIRATION] (218h) > 1209600000"},
		{"[DOMAIN_EXPIRATION] == 2160h", true, ""},
		{"[HEADERS].content-type == pat(application/json*)", true, ""},
		{"[headers].CONTENT-TYPE == x", false, "[headers].CONTENT-TYPE (application/json; charset=utf-8) == x"},
		{"[HEADERS].x-served-by == a, b", true, ""},
		{"[HEADERS].age < 10", false, "[HEADERS].age (30) < 10"},
		{"[HEADERS].etag == x", false, "[HEADERS].etag (INVALID) == x"},
		{"[HEADERS].etag != x", true, ""},
		{"[HEADERS].x-empty == x", false, "[HEADERS].x-empty (INVALID) == x"},
	})
}

func TestHeaderNamesThatAreNotCanonical(t *testing.T) {
	t.Parallel()
	check(t, &Observation{Header: map[string][]string{"x-ID": {"2", "3"}, "X-iD": {"1"}, "Age": {"30"}, "age": {"31"}}}, []verdict{
		{"[HEADERS].x-id == 1, 2, 3", true, ""},
		{"[HEADERS].AGE == 30", true, ""},
	})
}

func TestOperators(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][3]bool{ // for 199, 200 and 201
		"[STATUS] == 200":   {false, true, false},
		"[STATUS] != 200":   {true, false, true},
		"[STATUS] <= 200":   {true, true, false},
		"[STATUS] >= 200":   {false, true, true},
		"[STATUS] > 200":    {false, false, true},
		"[STATUS] < 200":    {true, false, false},
		"200 > [STATUS]":    {true, false, false},
		"200 <= [STATUS]":   {false, true, true},
		"[STATUS] == 200.0": {false, true, false},
		"[STATUS] < 200.5":  {true, true, false},
		"[STATUS] >= 2e2":   {false, true, true},
	} {
		for i, healthy := range want {
			if got := mustParse(t, text).Evaluate(&Observation{Status: 199 + i}); got.Healthy != healthy {
				t.Errorf("%s with %d: got %t", text, 199+i, got.Healthy)
			}
		}
	}
}

func TestNothingMeasured(t *testing.T) {
	t.Parallel()
	check(t, &Observation{}, []verdict{
		{"[STATUS] == 200", false, "[STATUS] (0) == 200"},
		{"[CONNECTED] == false", true, ""},
		{"[IP] == 10.0.0.1", false, "[IP] () == 10.0.0.1"},
		{"[RESPONSE_TIME] < 500", false, "[RESPONSE_TIME] (not measured) < 500"},
		{"[RESPONSE_TIME] != 500", false, "[RESPONSE_TIME] (not measured) != 500"},
		{"[DNS_TIME] >= 0", false, "[DNS_TIME] (not measured) >= 0"},
		{"[CERTIFICATE_EXPIRATION] > 7d", false, "[CERTIFICATE_EXPIRATION] (not measured) > 7d"},
		{"[BODY] != x", false, "[BODY] (not received) != x"},
		{"[BODY].a == 1", false, "[BODY].a (INVALID) == 1"},
		{"[BODY].a != 1", false, "[BODY].a (INVALID) != 1"},
		{"[HEADERS].a != 1", false, "[HEADERS].a (INVALID) != 1"},
		{"len([BODY]) < 5", false, "len([BODY]) (not received) < 5"},
		{"has([BODY].a) == true", false, "has([BODY].a) (false) == true"},
	})
	check(t, page(""), []verdict{
		{"[BODY] == ", true, ""},
		{"len([BODY]) == 0", true, ""},
		{"has([BODY]) == false", true, ""},
	})
}

func TestResolveShowsValuesOfHealthyConditions(t *testing.T) {
	t.Parallel()
	got := mustParse(t, "[STATUS]  ==  200").Resolve(answer())
	if want := (Outcome{true, "[STATUS] (200) == 200"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	got = mustParse(t, "[BODY].count > 3").Resolve(answer())
	if want := (Outcome{false, "[BODY].count (3) > 3"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]Placeholder{
		"[STATUS] == 200":            {"[STATUS]"},
		"[body].a == [HEADERS].b":    {"[BODY]", "[HEADERS]"},
		"len([BODY].a) == [BODY].b":  {"[BODY]"},
		"pat(*x*) == has([ttfb])":    {"[TTFB]"},
		"1000 > [RESPONSE_TIME]":     {"[RESPONSE_TIME]"},
		"[TTFB] < [RESPONSE_TIME]":   {"[TTFB]", "[RESPONSE_TIME]"},
		"[BODY] == pat(*[STATUS]*)":  {"[BODY]"},
		"[BODY].a == text of a page": {"[BODY]"},
	} {
		got := mustParse(t, text).Reads()
		if len(got) != len(want) {
			t.Errorf("%s reads %v, want %v", text, got, want)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s reads %v, want %v", text, got, want)
			}
		}
	}
}

func TestAssertsDisconnected(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"[CONNECTED] == false":            true,
		"false == [CONNECTED]":            true,
		"[CONNECTED] != true":             true,
		"true != [connected]":             true,
		"[CONNECTED] == any(false)":       true,
		"[CONNECTED] == any(false, no)":   true,
		"[CONNECTED] == pat(f*)":          true,
		"[CONNECTED] != matches(^t)":      true,
		"[CONNECTED] == any(false, true)": false,
		"[CONNECTED] == true":             false,
		"[CONNECTED] != false":            false,
		"[CONNECTED] == FALSE":            false,
		"[CONNECTED] != TRUE":             false, // always holds, demands nothing
		"has([CONNECTED]) == false":       false,
		"[STATUS] == 0":                   false,
		"[BODY] == false":                 false,
	} {
		if got := mustParse(t, text).AssertsDisconnected(); got != want {
			t.Errorf("%s: got %t", text, got)
		}
	}
}
