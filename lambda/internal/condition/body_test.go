package condition

import (
	"strings"
	"testing"
)

func TestPathsIntoTheBody(t *testing.T) {
	t.Parallel()
	check(t, answer(), []verdict{
		{"[BODY].status == UP", true, ""},
		{"[BODY].status == DOWN", false, "[BODY].status (UP) == DOWN"},
		{"[BODY].users[0].name == jo", true, ""},
		{"[BODY].users[0].id == 9007199254740993", true, ""},
		{"[BODY].users.[0].name == jo", true, ""},
		{"[BODY].list == [1 2 3]", true, ""},
		{"[BODY].list[2] == 3", true, ""},
		{`[BODY].first\.name == Ann`, true, ""},
		{"[BODY].users == x", false, "[BODY].users ([map[id:9007199254740993 name:jo]]) == x"},
		{"[BODY].o == x", false, `[BODY].o ({"a":1000,"b":"<1>"}) == x`},
		{"[BODY].o.a == 1000", true, ""},
		{"[BODY].ok == true", true, ""},
		{"[BODY].empty == ", true, ""},
		{"[BODY].took > 2h", true, ""},
		{"[BODY].took > 3h", false, "[BODY].took (2h30m) > 3h"},
		{"[BODY].count == [BODY].list[2]", true, ""},
		{"[RESPONSE_TIME] < [BODY].took", true, ""},
		{"[BODY].limit == [RESPONSE_TIME]", true, ""},
		{"[BODY].limit != [RESPONSE_TIME]", false, "[BODY].limit (1.203s) != [RESPONSE_TIME] (1203)"},
		{"[BODY].list[3] == 3", false, "[BODY].list[3] (INVALID) == 3"},
		{"[BODY].list[-1] == 3", false, "[BODY].list[-1] (INVALID) == 3"},
		{"[BODY].list[99999999999999999999] == 3", false, "[BODY].list[99999999999999999999] (INVALID) == 3"},
		{"[BODY].list.id == 3", false, "[BODY].list.id (INVALID) == 3"},
		{"[BODY].o[0] == 3", false, "[BODY].o[0] (INVALID) == 3"},
		{"[BODY].status.x == 3", false, "[BODY].status.x (INVALID) == 3"},
		{"[BODY].none == null", false, "[BODY].none (INVALID) == null"},
		{"[BODY].nowhere != x", true, ""},
	})
	check(t, page("[[1,2],[3]]"), []verdict{
		{"[BODY][0][1] == 2", true, ""},
		{"[BODY][1] == [3]", true, ""},
		{"[BODY] == [[1,2],[3]]", true, ""},
		{"len([BODY]) == 2", true, ""},
		{"len([BODY][0]) == 3", false, "len([BODY][0]) (2) == 3"},
	})
	check(t, page("[null,{}]"), []verdict{{"[BODY] == 1", false, "[BODY] ([null,{}]) == 1"}})
	check(t, page(`{"a":[null,{}]}`), []verdict{{"[BODY].a == [<nil> map[]]", true, ""}})
}

func TestBodiesThatAreNotJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "null", "1", `"a"`, "true", "[]", "{", `{"a":1} trailing`, `{"a":1}{"a":1}`, "<html>", "\xff\xfe", `{"a":01}`,
		strings.Repeat("[", 20000) + strings.Repeat("]", 20000),
	} {
		for _, path := range []string{".a", "[0]", ".a[0]", "[0][0].a"} {
			if text == "[]" && path == "[0]" {
				continue
			}
			got := mustParse(t, "[BODY]"+path+" == 1").Evaluate(page(text))
			if want := (Outcome{false, "[BODY]" + path + " (INVALID) == 1"}); got != want {
				t.Errorf("%.20q at %s: got %+v", text, path, got)
			}
		}
	}
}

func TestAnotherBodyIsReadAnew(t *testing.T) {
	t.Parallel()
	c := mustParse(t, "[BODY].a == 1")
	o := page(`{"a":1}`)
	if !c.Evaluate(o).Healthy {
		t.Fatal("the first body was not read")
	}
	next := *o
	next.Body = []byte(`{"a":2}`)
	if got := c.Evaluate(&next); got.Healthy {
		t.Errorf("the second body was not read: %+v", got)
	}
	if !c.Evaluate(o).Healthy {
		t.Error("the first body is no longer read")
	}
	longer := []byte(`{"a":1}}`)
	o.Body = longer[:7]
	if !c.Evaluate(o).Healthy {
		t.Error("the beginning of a longer body was not read")
	}
	o.Body = longer
	if got := c.Evaluate(o); got.Healthy {
		t.Errorf("the longer body was not read: %+v", got)
	}
}

func TestFunctionsOfPlaceholders(t *testing.T) {
	t.Parallel()
	check(t, answer(), []verdict{
		{"len([BODY].list) == 3", true, ""},
		{"len([BODY].list) < 3", false, "len([BODY].list) (3) < 3"},
		{"len([BODY].status) == 2", true, ""},
		{"len([BODY].o) == 20", true, ""},
		{"len([BODY].empty) == 0", true, ""},
		{"len([BODY].nowhere) == 0", false, "len([BODY].nowhere) (INVALID) == 0"},
		{"len([IP]) == 8", true, ""},
		{"len( [STATUS] ) == 3", true, ""},
		{"len([HEADERS].age) == 2", true, ""},
		{"len([BODY].list) == pat(?)", true, ""},
		{"has([BODY].status) == true", true, ""},
		{"has([BODY].empty) == true", true, ""},
		{"has([BODY].ok) == false", false, "has([BODY].ok) (true) == false"},
		{"has([BODY].none) == true", false, "has([BODY].none) (false) == true"},
		{"has([BODY].nowhere) == false", true, ""},
		{"has([BODY]) == true", true, ""},
		{"has([HEADERS].age) == true", true, ""},
		{"has([HEADERS].etag) == false", true, ""},
		{"has([RESPONSE_TIME]) == true", true, ""},
		{"has([STATUS]) == true", true, ""},
		{"has([IP]) == [BODY].ok", true, ""},
	})
	check(t, &Observation{}, []verdict{
		{"has([STATUS]) == false", true, ""},
		{"has([IP]) == false", true, ""},
		{"has([TTFB]) == false", true, ""},
		{"has([HEADERS].x) == false", true, ""},
	})
	check(t, page("größer"), []verdict{{"len([BODY]) == 6", true, ""}})
	check(t, page(`{"a": {}, "b": [] }`), []verdict{
		{"has([BODY].a) == true", true, ""},
		{"has([BODY].b) == true", true, ""},
		{"len([BODY]) == 19", true, ""},
	})
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	check(t, page("all systems/healthy (v2.1)"), []verdict{
		{"[BODY] == pat(*systems/healthy*)", true, ""},
		{"pat(all*) == [BODY]", true, ""},
		{"[BODY] == pat(all)", false, "[BODY] (all systems/healthy (v2.1...(truncated)) == pat(all)"},
		{"[BODY] == pat(?ll*[0-9]))", true, ""},
		{"[BODY] == pat(*(v*)", true, ""},
		{"pat(*(v*) == [BODY]", true, ""},
		{"[BODY] == pat([)", false, "[BODY] (all systems/healthy (v2.1...(truncated)) == pat([)"},
		{`[BODY] == matches(healthy \(v\d)`, true, ""},
		{`[BODY] == matches(^v\d)`, false, `[BODY] (all systems/healthy (v2.1)) == matches(^v\d)`},
		{`[BODY] != matches((?i)ERROR|PANIC)`, true, ""},
		{"[BODY] == any(x, all systems/healthy (v2.1))", true, ""},
		{"[BODY] == any(x,all systems)", false, "[BODY] (all systems/healthy (v2.1)) == any(x,all systems)"},
		{"any(x, y) != [BODY]", true, ""},
		{"[BODY] == matches(all )", true, ""},
		{"[BODY] == matches(all  )", false, "[BODY] (all systems/healthy (v2.1)) == matches(all  )"},
		{"[BODY] == pat( all*)", false, "[BODY] (all systems/healthy (v2.1...(truncated)) == pat( all*)"},
	})
	check(t, answer(), []verdict{
		{"[STATUS] == any(200, 204)", true, ""},
		{"[STATUS] != any(200, 204)", false, "[STATUS] (200) != any(200, 204)"},
		{"[STATUS] == pat(2*)", true, ""},
		{"[RESPONSE_TIME] == pat(12*)", true, ""},
		{"[IP] == pat(10.*)", true, ""},
		{"[CONNECTED] == any(true)", true, ""},
	})
}
