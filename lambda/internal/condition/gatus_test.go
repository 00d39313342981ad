package condition

import (
	"testing"
	"time"
)

// What Gatus gets wrong, and what became of it here: mended, or kept because
// files rely on it (then TestLints names it too).
func TestWhereGatusSurprises(t *testing.T) {
	t.Parallel()
	slow := func(d time.Duration) *Observation { return &Observation{ResponseTime: Measured(d)} }
	left := func(d time.Duration) *Observation { return &Observation{CertificateExpiration: Measured(d)} }
	for name, c := range map[string]struct {
		o *Observation
		verdict
	}{
		"a million":             {page(`{"id":1000000}`), verdict{"[BODY].id == 1000000", true, ""}},
		"a million shown":       {page(`{"id":1000000}`), verdict{"[BODY].id == 7", false, "[BODY].id (1000000) == 7"}},
		"a million unequal":     {page(`{"id":1000000}`), verdict{"[BODY].id != 1000000", false, "[BODY].id (1000000) != 1000000"}},
		"length of a million":   {page(`{"id":1000000}`), verdict{"len([BODY].id) == 7", true, ""}},
		"an epoch":              {page(`{"t":1700000000}`), verdict{"[BODY].t == 1700000000", true, ""}},
		"beyond 2^53":           {page(`{"id":9007199254740993}`), verdict{"[BODY].id == 9007199254740992", false, "[BODY].id (9007199254740993) == 9007199254740992"}},
		"beyond 2^64":           {page(`{"id":36893488147419103233}`), verdict{"[BODY].id > 36893488147419103232", true, ""}},
		"above a half":          {page(`{"x":0.9}`), verdict{"[BODY].x > 0.5", true, ""}},
		"not above a half":      {page(`{"x":0.1}`), verdict{"[BODY].x >= 0.5", false, "[BODY].x (0.1) >= 0.5"}},
		"a price":               {page(`{"x":19.01}`), verdict{"[BODY].x >= 19.99", false, "[BODY].x (19.01) >= 19.99"}},
		"one is 1.0":            {page(`{"x":1}`), verdict{"[BODY].x == 1.0", true, ""}},
		"octal":                 {page(`{"x":8}`), verdict{"[BODY].x == 010", true, ""}},
		"hexadecimal":           {page(`{"x":255}`), verdict{"[BODY].x == 0xff", true, ""}},
		"binary":                {page(`{"x":5}`), verdict{"[BODY].x == 0b101", true, ""}},
		"underscores":           {page(`1000`), verdict{"[BODY] == 1_000", true, ""}},
		"days":                  {left(3 * day), verdict{"[CERTIFICATE_EXPIRATION] > 7d", false, "[CERTIFICATE_EXPIRATION] (3d) > 7d"}},
		"time == duration":      {slow(time.Second), verdict{"[RESPONSE_TIME] == 1s", true, ""}},
		"time != duration":      {slow(time.Second), verdict{"[RESPONSE_TIME] != 1s", false, "[RESPONSE_TIME] (1s) != 1s"}},
		"certificate == a day":  {left(day), verdict{"[CERTIFICATE_EXPIRATION] == 24h", true, ""}},
		"small letters":         {page(`{"a":1}`), verdict{"[body].a == 1", true, ""}},
		"keys keep their case":  {page(`{"A":1}`), verdict{"[body].a == 1", false, "[body].a (INVALID) == 1"}},
		"capital TRUE":          {&Observation{Connected: true}, verdict{"[CONNECTED] == TRUE", false, "[CONNECTED] (true) == TRUE"}},
		"any is text":           {&Observation{Status: 200}, verdict{"[STATUS] == any(0xC8)", false, "[STATUS] (200) == any(0xC8)"}},
		"any keeps zeros":       {page("01"), verdict{"[BODY] == any(1,2)", false, "[BODY] (01) == any(1,2)"}},
		"== inside pat":         {page("zz a == b zz"), verdict{"[BODY] == pat(*a == b*)", true, ""}},
		"== inside pat after !": {page("zz a == b zz"), verdict{"[BODY] != pat(*a == b*)", false, "[BODY] (zz a == b zz) != pat(*a == b*)"}},
		"pat drops slashes":     {page("ab"), verdict{"[BODY] == pat(*a/b*)", true, ""}},
		"length with newline":   {page("[1]\n"), verdict{"len([BODY]) == 1", true, ""}},
		"ninety minutes":        {left(90 * time.Minute), verdict{"[CERTIFICATE_EXPIRATION] > 24h", false, "[CERTIFICATE_EXPIRATION] (1h30m) > 24h"}},
		"a second and a half":   {slow(1500 * time.Millisecond), verdict{"[RESPONSE_TIME] < 1s", false, "[RESPONSE_TIME] (1.5s) < 1s"}},
		"half a second":         {slow(500 * time.Millisecond), verdict{"[RESPONSE_TIME] < 0.1s", false, "[RESPONSE_TIME] (500ms) < 0.1s"}},
		"refused":               {&Observation{}, verdict{"[RESPONSE_TIME] < 500", false, "[RESPONSE_TIME] (not measured) < 500"}},
		"array under a key":     {page(`[{"message":"internal error"}]`), verdict{"[BODY].data[0].id == 1", false, "[BODY].data[0].id (INVALID) == 1"}},
		"string under an index": {page(`"x"`), verdict{"[BODY].data[0] == 1", false, "[BODY].data[0] (INVALID) == 1"}},
		"text is not 0":         {page(`{"a":"abc"}`), verdict{"[BODY].a < 5", false, "[BODY].a (abc: not a number) < 5"}},
		"a missing value":       {page(`{"b":1}`), verdict{"[BODY].a < [BODY].b", false, "[BODY].a (INVALID) < [BODY].b (1)"}},
		"a body is no pattern":  {page(`pat(*)`), verdict{"[BODY] == UP", false, "[BODY] (pat(*)) == UP"}},
		"a missing value in *":  {page(`{}`), verdict{"[BODY].a == pat(*)", false, "[BODY].a (INVALID) == pat(*)"}},
		"an array of one word":  {page(`{"tags":["prod"]}`), verdict{"[BODY].tags == [prod]", true, ""}},
	} {
		t.Run(name, func(t *testing.T) { check(t, c.o, []verdict{c.verdict}) })
	}
}
