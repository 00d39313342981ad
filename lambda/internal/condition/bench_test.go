package condition

import "testing"

func BenchmarkEvaluate(b *testing.B) {
	o := answer()
	for _, text := range []string{
		"[STATUS] == 200", "[RESPONSE_TIME] < 2s", "[CERTIFICATE_EXPIRATION] > 7d", "[STATUS] == any(200, 204)",
		"[BODY].status == UP", "[BODY].users[0].id > 5", "[BODY] == pat(*UP*)", "[STATUS] == 503",
	} {
		c := mustParse(b, text)
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Evaluate(o)
			}
		})
	}
}

func TestHealthyConditionsAllocateNothing(t *testing.T) {
	o := answer()
	for _, text := range []string{
		"[STATUS] == 200", "[RESPONSE_TIME] < 2s", "[CONNECTED] == true", "[CERTIFICATE_EXPIRATION] > 7d", "[BODY].status == UP",
	} {
		c := mustParse(t, text)
		c.Evaluate(o) // the body is parsed once
		if n := testing.AllocsPerRun(100, func() { c.Evaluate(o) }); n > 0 {
			t.Errorf("%s allocates %v times", text, n)
		}
	}
}

func BenchmarkCostlyBodies(b *testing.B) {
	for name, body := range costlyBodies() {
		raw := []byte(body)
		for _, text := range costlyConditions {
			c := mustParse(b, text)
			b.Run(name+"/"+text, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					c.Evaluate(&Observation{Connected: true, Status: 200, Body: raw})
				}
			})
		}
	}
}
