package condition

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// follow is what find and jsonText must come to, by way of the tree that
// encoding/json builds.
func follow(text string, path []step) (at any, valid bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&at) != nil {
		return nil, false
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, false
	}
	for _, s := range path {
		switch container := at.(type) {
		case map[string]any:
			if s.indexed {
				return nil, true
			}
			at = container[s.key]
		case []any:
			if !s.indexed || s.index < 0 || s.index >= len(container) {
				return nil, true
			}
			at = container[s.index]
		default:
			return nil, true
		}
	}
	return at, true
}

// printNumbers replaces the numbers of a tree by what is printed of them.
func printNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		return json.Number(printNumber([]byte(v)))
	case map[string]any:
		for key := range v {
			v[key] = printNumbers(v[key])
		}
	case []any:
		for i := range v {
			v[i] = printNumbers(v[i])
		}
	}
	return v
}

func treeText(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			panic(err)
		}
		return strings.TrimSuffix(b.String(), "\n")
	default:
		return goText(v)
	}
}

func goText(v any) string {
	var parts []string
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			parts = append(parts, goText(element))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, key+":"+goText(v[key]))
		}
		return "map[" + strings.Join(parts, " ") + "]"
	default:
		return fmt.Sprint(v)
	}
}

// checkAgainstTree compares what a path comes to with what it comes to in a tree.
func checkAgainstTree(t *testing.T, o *Observation, path []step) {
	t.Helper()
	want, valid := follow(strings.TrimSpace(string(o.Body)), path)
	found, ok := o.body().find(path)
	if o.body().invalid == valid {
		t.Fatalf("%.200q: valid %t, want %t", o.Body, !valid, valid)
	}
	if ok != (want != nil) {
		t.Fatalf("%v in %.200q: found %t, want %v", path, o.Body, ok, want)
	}
	if !ok {
		return
	}
	list, isList := want.([]any)
	if n, ok := found.elements(); ok != isList || n != len(list) {
		t.Fatalf("%v in %.200q: %d elements %t, want %d", path, o.Body, n, ok, len(list))
	}
	text := treeText(printNumbers(want))
	if members := bytes.Count(found.json, []byte(":")); members > maxMembers && text[0] != '"' {
		return
	}
	if printed, err := io.ReadAll(newPrinter(found.json)); err != nil || string(printed) != text {
		t.Fatalf("%v in %.200q prints\n     %.200q\nwant %.200q", path, o.Body, printed, text)
	}
	if err := iotest.TestReader(newPrinter(found.json), []byte(text)); len(text) < 100 && err != nil {
		t.Fatalf("%v in %.200q: %v", path, o.Body, err)
	}
	v := found.value()
	if v.long == nil && v.s != text || v.long != nil && (len(text) <= maxText || v.s != text[:heldOfLong]) {
		t.Fatalf("%v in %.200q reads as %.200q, want %.200q", path, o.Body, v.s, text)
	}
	if v.long != nil && v.long.characters() != len([]rune(text)) {
		t.Fatalf("%v in %.200q has %d characters, want %d", path, o.Body, v.long.characters(), len([]rune(text)))
	}
}

// differences are bodies that are easily read wrongly.
var differences = []string{
	`{"a":{"a":1},"a":{"b":2}}`, `{"a":{"b":1},"a":null}`, `{"a":[1],"a":{"a":[2,3]},"a":[4,{"b":5}]}`, `{"a":{"b":1},"b":{"b":2}}`,
	`[[1,2],[3,[4,5],6],{"a":[7]},8]`, `[[],{},[{}],{"a":{}},[[]]]`, `[{"b":1,"a":{"d":[{"z":1,"y":2}],"c":3}},{"b":1,"b":2,"a":0,"b":3}]`,
	`{"b":[{"z":1,"y":{"x":0,"w":[]}}],"a":{"d":4,"c":3},"":0,"ab":1}`, "[null,true,false,-0,1E+2,1.50,\"\",\"x y\"]",
	`{"\u0061":"\u00e9\ud83d\ude00\ud83d \udc00\ud800\u0041\/\"\\\b\f\n\r\t\u0000\u001f\u007f","a.b":[" <>&"]}`,
	`["\u2028\u2029` + "\u2028\u2029\x7f\xff\xe2\x80" + `"]`, `{"k":"\u2028\u2029` + "\u2028\u2029\x7f\xff\xe2\x80" + `"}`,
	"{\"\xff\":1,\"\ufffd\":2,\"\\ud800\":3}", `{"é":1,"z":2,"\u00e9":3,"𐀀":4,"\uffff":5}`,
	" { \"a\" : [ 1 , { \"b\" : null } ] ,\r\n\t\"a\" : [ 1 , { \"b\" : 2 } ] } ", "\u00a0[1]\u2003", "\v[1]", "[1]\x00", "[\v1]",
	"[1,]", "[,1]", "[1 2]", `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{1:2}`, `{"a":1]`, `[1}`, "[", "{", `["`, `["\`, `["\u12`, `["\x"]`,
	"[\"\n\"]", "[01]", "[1.]", "[.1]", "[1e]", "[1e+]", "[-]", "[+1]", "[--1]", "[-01]", "[nul]", "[nulll]", "[true1]", "[tru", "[1]]", "]", "",
	"1", "-", `"a"`, "null", "nul", "[1e999999]", "[0x1]", "[NaN]", `['a']`, "[1]/**/", `{"a":1}x`, `"\ud83d\u0061"`, `"\uD83D\uDE00"`,
}

var treePaths = []string{
	"", ".a", "[0]", "[1]", "[2]", "[7]", "[-1]", "[99999999999999999999]", ".a.a", ".a.b", ".a[0]", ".a[1].b", "[1][1]", "[1][1][1]", "[1][2]",
	"[2].a", "[2].a[0]", "[0].a.d[0].y", ".b", ".b[0].y", ".b[0].y.w", `.a\.b`, `.a\.b[0]`, ".é", ".\ufffd", ".\xff", ".k",
}

func steps(tb testing.TB, path string) []step {
	tb.Helper()
	steps, err := parsePath(piece{path, 0})
	if err != nil {
		tb.Fatal(err)
	}
	return steps
}

func TestPathsLeadWhereTheyLeadInATree(t *testing.T) {
	t.Parallel()
	for _, body := range differences {
		o := page(body)
		for _, path := range treePaths {
			checkAgainstTree(t, o, steps(t, path))
			checkAgainstTree(t, page(body), steps(t, path))
		}
	}
}

func TestNestingIsBoundedAsInATree(t *testing.T) {
	t.Parallel()
	for _, n := range []int{9999, 10000, 10001} {
		for _, body := range []string{
			strings.Repeat("[", n) + strings.Repeat("]", n),
			strings.Repeat(`[{"a":`, n/2) + strings.Repeat("[", n%2) + "1" + strings.Repeat("]", n%2) + strings.Repeat("}]", n/2),
			`[1,` + strings.Repeat(`{"a":1,"b":`, n-1) + `"x"` + strings.Repeat("}", n-1) + `]`,
		} {
			for _, path := range []string{"", "[0][0]", "[0].a[0].a", "[1].b", strings.Repeat("[0]", 2000)} {
				found, valid := locate([]byte(body), steps(t, path))
				if want, ok := follow(body, steps(t, path)); valid != ok || (found != nil) != (want != nil) {
					t.Errorf("%d deep, %.20q at %.20s: found %t, valid %t, want %t, %t", n, body, path, found != nil, valid, want != nil, ok)
				}
			}
		}
	}
}

// What is too long to equal a literal is still read as a whole where it counts.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	for name, body := range longBodies() {
		o := page(body)
		for _, path := range []string{"", "[0]", "[1]", ".a", ".b", ".b[0]"} {
			checkAgainstTree(t, o, steps(t, path))
		}
		for text, healthy := range map[string]bool{
			"[BODY].b == [BODY].c":                     true,
			"[BODY].b != [BODY].c":                     false,
			"[BODY].b == [BODY].d":                     false,
			"[BODY].b != [BODY].d":                     true,
			"[BODY].b == [BODY]":                       false,
			"[BODY] == [BODY]":                         true,
			"[BODY].b == [BODY].a":                     false,
			"[BODY].b == pat(*the e/nd*)":              true,
			"[BODY].b == pat(*the*[a-e]nd??)":          name == "members" || name == "nested" || name == "records",
			"[BODY].b == pat(*the*beginning*)":         false,
			"[BODY] == pat({*the end*})":               true,
			"[BODY].b == matches(the end.{1,2}$)":      true,
			"[BODY].b != matches(the end.{1,2}$)":      false,
			"[BODY] == matches(the end)":               true,
			"[BODY] == matches(the beginning)":         false,
			"[BODY].b == any(x, y)":                    false,
			"[BODY].b < 5":                             false,
			"[BODY].b == " + strings.Repeat("x", 8000): false,
			"has([BODY].b) == true":                    true,
			"has([BODY].b.zz) == true":                 name == "members" || name == "nested",
		} {
			if got := mustParse(t, text).Evaluate(o); got.Healthy != healthy {
				t.Errorf("%s: %.100s: got %+v", name, text, got)
			}
		}
	}
}

// longBodies have in b a long value that ends with "the end", the same in c,
// and another in d.
func longBodies() map[string]string {
	repeat := func(s string) string { return strings.Repeat(s, 20<<10/len(s)) }
	var members strings.Builder
	for i := range 300 {
		fmt.Fprintf(&members, `"k%d":{"b":[%d],"a":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},`, 300-i, i)
	}
	bodies := map[string]string{}
	for name, b := range map[string]string{
		"text":        `"` + repeat("ä<") + `the end."`,
		"escapes":     `"` + repeat(`\u00e4\"`) + `the end."`,
		"invalid":     `"` + repeat("\xff\xe2\x80") + `the end."`,
		"numbers":     `[` + repeat("1,") + `"the end"]`,
		"arrays":      `[` + repeat("[1],") + `"the end"]`,
		"objects":     `[` + repeat(`{"b":1,"a":{}},`) + `"the end"]`,
		"records":     `[{` + members.String() + `"zz":"the end"}]`,
		"members":     `{` + members.String() + `"zz":"the end"}`,
		"nested":      `{"zz":"the end","z":` + strings.Repeat(`{"b":[{"d":"xxxxxxxxxxxxxxxxxxxxxxxxxxxx"}],"a":`, 300) + `0` + strings.Repeat("}", 300) + `}`,
		"white space": "[" + repeat("1 ,\n\t ") + `"the end" ]`,
	} {
		bodies[name] = `{"a":1,"b":` + b + `,"c":` + b + `,"d":` + strings.ReplaceAll(b, "the end", "the eNd") + `}`
	}
	return bodies
}

// An object with very many members is printed as it is written.
func TestObjectsWithVeryManyMembers(t *testing.T) {
	t.Parallel()
	many := func(n int) string {
		return `{"b" : [{"z":1, "y":"\u0041"}], ` + strings.Repeat(`"a": 1, `, n-4) + `"a":2}`
	}
	for body, want := range map[string]string{
		many(maxMembers):     `{"a":2,"b":[{"y":"A","z":1}]}`,
		many(maxMembers + 1): strings.ReplaceAll(strings.ReplaceAll(many(maxMembers+1), " ", ""), `\u0041`, "A"),
		`[{"b":1,"a":2},` + many(4000) + `,{"b":1,"a":{}}]`: "[map[a:2 b:1] map[b:[map[z:1 y:A]]" + strings.Repeat(" a:1", 3996) + " a:2] map[a:map[] b:1]]",
	} {
		if got, err := io.ReadAll(newPrinter([]byte(body))); err != nil || string(got) != want {
			t.Errorf("%.50s… prints\n     %.200q\nwant %.200q", body, got, want)
		}
	}
}

var globs = []string{
	"", "*", "**", "?", "*?", "?*", "*x*", "all*", "*er", "*e?", "*??*", "a*s*h*r", "*[!-~]*", "*[^a-z]*", `*\**`, "*[a", "[", `\`, "*[]a]*",
	"*[a-]*", "*é*", "*\xc3*", "*[\ufffd]*", "*[\xff]*", "[a-c]ll*größer", "*a*a*a*a*a*b", "*]*", "*^*", "[^]", "*[*]*", `*[\]\-]*`,
}

func checkGlob(t *testing.T, pattern string, text []byte) {
	t.Helper()
	pattern = strings.ReplaceAll(pattern, "/", "")
	want, err := path.Match(pattern, strings.ReplaceAll(string(text), "/", ""))
	if _, malformed := path.Match(pattern, ""); malformed != nil {
		if want {
			t.Fatalf("%q is malformed and matches %q", pattern, text)
		}
		return
	}
	if err != nil {
		t.Fatalf("%q: %v", pattern, err)
	}
	for _, r := range []io.Reader{bytes.NewReader(text), iotest.OneByteReader(bytes.NewReader(text))} {
		if got := parseGlob(pattern).match(r); got != want {
			t.Fatalf("%q against %.200q: %t, want %t", pattern, text, got, want)
		}
	}
}

func TestGlobsOfLongTexts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("all systems/healthy, é, ", 1000)
	for _, pattern := range globs {
		for _, text := range []string{
			"", "a", "é", "x", "\xff", "all/größer", "/", "//a/", "a*b", "-", "]", long, long + "größer", long + "*\xc3", long + "x",
			strings.Repeat("a", 30000) + "b", strings.Repeat("a", 30000),
		} {
			checkGlob(t, pattern, []byte(text))
		}
	}
	checkGlob(t, "*"+strings.Repeat("?", 8000)+"*é?", []byte(long))
	checkGlob(t, strings.Repeat("[a-zé]", 1000)+"*", []byte(strings.Repeat("é", 20000)))
}

// costlyBodies are what takes many times the room as a tree.
func costlyBodies() map[string]string {
	const size = 1 << 20
	fill := func(before, s, after string) string {
		return before + strings.Repeat(s, (size-len(before)-len(after))/len(s)) + after
	}
	return map[string]string{
		"arrays":   fill("[", "[1],", "1]"),
		"objects":  fill("[", "{},", "1]"),
		"one key":  fill("{", `"1":1,`, `"1":1}`),
		"escapes":  fill(`["`, `\n`, `"]`),
		"members":  fill(`{"status":{`, `"a":{"b":1},`, `"a":{"b":1}}}`),
		"records":  fill(`{"status":[`, `{"b":"y","a":1},`, `1]}`),
		"text":     fill("", "a/b ", "x"),
		"deep":     `{"status":` + strings.Repeat(`{"a":`, 9000) + fill("[", "1,", strings.Repeat("1,", 9000)+"1]") + strings.Repeat("}", 9000) + "}",
		"brackets": strings.Repeat("[", size),
	}
}

var costlyConditions = []string{
	"[BODY][0] == pat(*x*)", "len([BODY]) == 3", "[BODY].status == UP", "has([BODY].a.b) == true", "[BODY] == x",
	"[BODY] == pat(*x*)", "[BODY].status == pat(*x*)", "[BODY].status == matches(^x)", "len([BODY].status) == 3", "[BODY].status != [BODY]",
}

func TestBodiesCostLittleMemory(t *testing.T) {
	const most = 64 << 10
	for name, body := range costlyBodies() {
		raw := []byte(body)
		for _, text := range costlyConditions {
			c := mustParse(t, text)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			c.Evaluate(&Observation{Connected: true, Status: 200, Body: raw})
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > most {
				t.Errorf("%s: %s allocates %d bytes", name, text, got)
			}
		}
	}
}

func TestAPathIsFollowedOnce(t *testing.T) {
	t.Parallel()
	o := page(`{"a":[1,2],"b":3}`)
	for _, text := range []string{"[BODY].a == x", "len([BODY].a) == 2", "has([BODY].a) == true", "[BODY].c == [BODY].a", "has([BODY].c) == true"} {
		mustParse(t, text).Evaluate(o)
	}
	if n := len(o.parsed.places); n != 2 {
		t.Errorf("%d paths were followed, want 2", n)
	}
}
