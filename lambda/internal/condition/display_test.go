package condition

import (
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

func TestWhatIsShownIsCappedAndPrintable(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 101)
	for _, c := range []struct{ body, text, want string }{
		{long, "[BODY] == x", "[BODY] (" + long[:200] + "...(truncated)) == x"},
		{long[:200], "[BODY] == x", "[BODY] (" + long[:200] + ") == x"},
		{long, "[BODY] == pat(x*)", "[BODY] (" + long[:50] + "...(truncated)) == pat(x*)"},
		{long, "pat(x*) == [BODY]", "pat(x*) == [BODY] (" + long[:50] + "...(truncated))"},
		{long, "[BODY] == matches(x)", "[BODY] (" + long[:200] + "...(truncated)) == matches(x)"},
		{long, "[BODY] < 5", "[BODY] (" + long[:200] + "...(truncated): not a number) < 5"},
		{"a\x1b[31mb\r\nc\x00", "[BODY] == x", `[BODY] (a\x1b[31mb\r\nc\x00) == x`},
		{"a\u202eb\u2028c\xff", "[BODY] == x", `[BODY] (a\u202eb\u2028c` + "\ufffd) == x"},
		{`{"a":"x\u0007y"}`, "[BODY].a == x", `[BODY].a (x\ay) == x`},
	} {
		if got := mustParse(t, c.text).Evaluate(page(c.body)); got.Healthy || got.Display != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.text, got.Display, c.want)
		}
	}
}

// What is shown is what was compared: whole milliseconds, unless the limit is
// written more finely.
func TestTimesAreComparedAsShown(t *testing.T) {
	t.Parallel()
	check(t, &Observation{
		ResponseTime:          Measured(500*time.Millisecond + 300*time.Microsecond),
		CertificateExpiration: Measured(-30*time.Hour - time.Millisecond),
		DomainExpiration:      Measured(-time.Millisecond),
	}, []verdict{
		{"[RESPONSE_TIME] <= 500", true, ""},
		{"[RESPONSE_TIME] == 500ms", true, ""},
		{"[RESPONSE_TIME] < 500", false, "[RESPONSE_TIME] (500) < 500"},
		{"[RESPONSE_TIME] <= 500.2", false, "[RESPONSE_TIME] (500.3) <= 500.2"},
		{"[RESPONSE_TIME] <= 500200us", false, "[RESPONSE_TIME] (500.3ms) <= 500200us"},
		{"[RESPONSE_TIME] < 1e30", true, ""},
		{"[RESPONSE_TIME] > 1e30", false, "[RESPONSE_TIME] (500) > 1e30"},
		{"[CERTIFICATE_EXPIRATION] > 0", false, "[CERTIFICATE_EXPIRATION] (-30h0m1s) > 0"},
		{"[CERTIFICATE_EXPIRATION] > 7d", false, "[CERTIFICATE_EXPIRATION] (-1d6h0m1s) > 7d"},
		{"[DOMAIN_EXPIRATION] >= 0", false, "[DOMAIN_EXPIRATION] (-1s) >= 0"},
	})
}

// A time that is compared finely is shown with three digits, or with as many
// as it takes for the condition to look as it turned out.
func TestTimesAreShownShort(t *testing.T) {
	t.Parallel()
	var phases result.Timings
	phases.Add(result.PhaseTTFB, 28_905_779)
	check(t, &Observation{
		ResponseTime: Measured(28_905_778), CertificateExpiration: Measured(14*day + 1234567891), Phases: phases,
	}, []verdict{
		{"[RESPONSE_TIME] < 28.5ms", false, "[RESPONSE_TIME] (28.9ms) < 28.5ms"},
		{"[RESPONSE_TIME] < 28.9ms", false, "[RESPONSE_TIME] (28.9ms) < 28.9ms"},
		{"[RESPONSE_TIME] <= 28.9ms", false, "[RESPONSE_TIME] (28.91ms) <= 28.9ms"},
		{"[RESPONSE_TIME] == 28905us", false, "[RESPONSE_TIME] (28.9ms) == 28905us"},
		{"[RESPONSE_TIME] == 28905778ns", true, ""},
		{"[RESPONSE_TIME] != 28905778ns", false, "[RESPONSE_TIME] (28.905778ms) != 28905778ns"},
		{"[RESPONSE_TIME] > [TTFB]", false, "[RESPONSE_TIME] (28) > [TTFB] (28)"},
	})
}

func TestFormatSpan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		d     time.Duration
		style spanStyle
		want  string
	}{
		{0, styleDuration, "0s"}, {90 * time.Minute, styleDuration, "1h30m"}, {1500 * time.Millisecond, styleDuration, "1.5s"},
		{500 * time.Millisecond, styleDuration, "500ms"}, {10 * time.Minute, styleDuration, "10m"},
		{10 * time.Second, styleDuration, "10s"}, {20 * time.Hour, styleDuration, "20h"}, {time.Hour + time.Second, styleDuration, "1h0m1s"},
		{14 * day, styleDays, "14d"}, {36 * time.Hour, styleDays, "1d12h"}, {23 * time.Hour, styleDays, "23h"},
		{-36 * time.Hour, styleDays, "-1d12h"}, {1203 * time.Millisecond, styleMillis, "1203"}, {1500, styleMillis, "0.0015"},
	} {
		if got := formatSpan(c.d, c.style); got != c.want {
			t.Errorf("%d in style %d: got %s, want %s", c.d, c.style, got, c.want)
		}
	}
}
