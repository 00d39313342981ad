package condition

import (
	"slices"
	"testing"
)

func TestLints(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Lint{
		"[CONNECTED] == TRUE":  {15, "[CONNECTED] is true or false in small letters, so this never holds; write true"},
		"[CONNECTED] != 1":     {15, "[CONNECTED] is true or false in small letters, so this always holds; write true or false"},
		"yes == has([BODY].a)": {0, "has([BODY].a) is true or false in small letters, so this never holds; write true or false"},
		"[STATUS] == abc":      {12, `[STATUS] is a number and "abc" is not, so this never holds; write a number`},
		"[STATUS] != ":         {12, `[STATUS] is a number and "" is not, so this always holds; write a number`},

		"[STATUS] == 010":   {12, "010 is read as octal 8; write it without the leading zero, or with 0o if octal is meant"},
		"[STATUS] == 09":    {12, "09 is read as the number 9; write it without the leading zero, or with 0o if octal is meant"},
		"[BODY].day > -007": {13, "-007 is read as the number -7; write it without the leading zero, or with 0o if octal is meant"},

		"[STATUS] < 0":          {11, "[STATUS] is always between 0 and 999, so this never holds; write a limit that it can pass"},
		"1000 > [STATUS]":       {0, "[STATUS] is always between 0 and 999, so this always holds; write a limit that it can pass"},
		"[STATUS] == 1000":      {12, "[STATUS] is always between 0 and 999, so this never holds; write a limit that it can pass"},
		"[STATUS] != -1":        {12, "[STATUS] is always between 0 and 999, so this always holds; write a limit that it can pass"},
		"len([BODY].a) >= 0":    {17, "len([BODY].a) is never below 0, so this always holds; write a limit that it can pass"},
		"[RESPONSE_TIME] < -1s": {18, "[RESPONSE_TIME] is never below 0, so this never holds; write a limit that it can pass"},

		"[BODY] == pat(*a/b*)": {10, "pat() ignores every /, so pat(*a/b*) also matches text without it; write matches(…) where it counts"},
		"[BODY] == pat([)":     {10, `pat([) is malformed, so this never holds; close every [ and write \[ for a bracket itself`},
		"[BODY] != pat([)":     {10, `pat([) is malformed, so this always holds; close every [ and write \[ for a bracket itself`},

		"[STATUS] == any(0xC8)":     {12, `[STATUS] is never the text "0xC8"; write whole decimal numbers in any()`},
		"[STATUS] == any(200, 2xx)": {12, `[STATUS] is never the text "2xx"; write whole decimal numbers in any()`},
		"[CONNECTED] == any(False)": {15, `[CONNECTED] is never "False"; write true or false in small letters`},
		"[BODY] == any(pat(*), b)":  {10, `any() compares with the text "pat(*)" as it stands; write a condition of its own for it`},
		"[BODY] == any(a, [IP])":    {10, `any() compares with the text "[IP]" as it stands; write a condition of its own for it`},

		"[BODY] == *foo*":          {10, `"*foo*" is compared letter by letter, not as a pattern; write pat(*foo*)`},
		"[BODY] == pat:*healthy*":  {10, `"pat:*healthy*" is compared letter by letter; write pat(*healthy*)`},
		"[BODY] != matches: ^v2":   {10, `"matches: ^v2" is compared letter by letter; write matches(^v2)`},
		"[IP] != 10.*":             {8, `"10.*" is compared letter by letter, not as a pattern; write pat(10.*)`},
		"[BODY].s == patt(*x*)":    {12, "patt(*x*) is text, as no function is named patt; write pat(*x*)"},
		`[BODY].s == "UP"`:         {12, "the quotes are part of the text that [BODY].s is compared with; write UP"},
		"[BODY].a == null":         {12, "null counts as a missing value, so this never holds for it; write has([BODY].a) == false"},
		"[BODY].a != null":         {12, "null counts as a missing value, so this always holds for it; write has([BODY].a) == true"},
		"[BODY].a[-1] == 1":        {0, "no array has the index -1, so [BODY].a[-1] is never found; write an index from 0"},
		"[BODY].a == [BODY].b[-2]": {12, "no array has the index -2, so [BODY].b[-2] is never found; write an index from 0"},

		"[CERTIFICATE_EXPIRATION] > 30": {27, "30 is milliseconds here; write 30d for days"},
	} {
		if got := mustParse(t, text).Lints(); !slices.Equal(got, []Lint{want}) {
			t.Errorf("%s\n got %+v\nwant %+v", text, got, want)
		}
	}
}

func TestNothingToLint(t *testing.T) {
	t.Parallel()
	texts := []string{
		"[STATUS] == any(200, 204)", "[STATUS] > 0", "[STATUS] == 0", "[STATUS] < 400", "[STATUS] == 0xC8",
		"[BODY] == pat(*x*)", "[BODY].zip == 0", "[BODY].day == 09", "[BODY].a == len:5", "[BODY].x == 0.5", "[BODY].a < 0", "[IP] == 010.0.0.1",
		"[CERTIFICATE_EXPIRATION] > 0", "[CERTIFICATE_EXPIRATION] > 604800000", "[CERTIFICATE_EXPIRATION] < -1h",
		"len([BODY]) > 0", "has([BODY].a) == true", "[BODY].a == [BODY].b", "[BODY] == f(x)", "[BODY] == any(TRUE, 0x1)",
		"[CONNECTED] == true", "[RESPONSE_TIME] < 500",
	}
	for _, info := range Placeholders() {
		texts = append(texts, info.Example)
	}
	for _, info := range Functions() {
		texts = append(texts, info.Example)
	}
	for _, text := range texts {
		if got := mustParse(t, text).Lints(); len(got) > 0 {
			t.Errorf("%s: %+v", text, got)
		}
	}
}
