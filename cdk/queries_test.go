package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// query is what the dashboard asks of Logs Insights: which lines, and what of
// them.
type query struct {
	only   map[string]string // values of fields
	fields []string
}

var (
	equality = regexp.MustCompile(`(\w+) = "([^"]*)"`)
	called   = regexp.MustCompile(`\w+\((\w*|\*)[^)]*\)( as \w+)?`) // such as pct(Duration, 50) as p50
)

// parse reads the commands that the queries use, and no others.
func parse(t *testing.T, text string) query {
	t.Helper()
	q := query{only: map[string]string{}}
	for command := range strings.SplitSeq(text, "|") {
		verb, rest, _ := strings.Cut(strings.TrimSpace(command), " ")
		switch verb {
		case "filter":
			terms := equality.FindAllStringSubmatch(rest, -1)
			if len(terms) != strings.Count(rest, " and ")+1 {
				t.Errorf("the test does not understand the filter %s", rest)
			}
			for _, m := range terms {
				q.only[m[1]] = m[2]
			}
		case "fields", "stats":
			for _, m := range called.FindAllStringSubmatch(rest, -1) {
				q.fields = append(q.fields, m[1])
			}
			names := strings.ReplaceAll(called.ReplaceAllString(rest, ""), " by ", ",")
			for name := range strings.SplitSeq(names, ",") {
				q.fields = append(q.fields, strings.TrimSpace(name))
			}
		case "sort", "limit":
		default:
			t.Errorf("the test does not understand %s", command)
		}
	}
	q.fields = slices.DeleteFunc(q.fields, func(name string) bool { return name == "" || name == "*" || strings.HasPrefix(name, "@") })
	return q
}

func TestParse(t *testing.T) {
	q := parse(t, queryStates)
	if fmt.Sprint(q.only) != "map[message:endpoint]" || fmt.Sprint(q.fields) != "[state class Duration Duration Group Endpoint]" {
		t.Errorf("%+v", q)
	}
	if got := fmt.Sprint(parse(t, queryFailures)); got != "{map[message:endpoint state:failing] [Endpoint class phase status address error]}" {
		t.Errorf("%s", got)
	}
}

// pick are the lines that a query is about.
func (q query) pick(lines []map[string]any) (picked []map[string]any) {
	for _, line := range lines {
		wanted := true
		for name, value := range q.only {
			wanted = wanted && fmt.Sprint(line[name]) == value
		}
		if wanted {
			picked = append(picked, line)
		}
	}
	return picked
}

// holdQueries holds the dashboard's queries against what the function really
// printed: those about failures pick what was not healthy and nothing else,
// that about states every endpoint, and what they show is in the lines.
func holdQueries(t *testing.T, lines []map[string]any) {
	t.Helper()
	has := map[string]bool{}
	var endpoints, failing int
	for _, line := range lines {
		for name := range line {
			has[name] = true
		}
		if healthy, ok := line["Healthy"]; ok && line["Endpoint"] != nil {
			endpoints++
			if healthy == 0.0 {
				failing++
			}
		}
	}
	if failing == 0 || failing == endpoints {
		t.Fatalf("%d of %d lines are about failures, which shows nothing", failing, endpoints)
	}
	for _, text := range []string{queryFailures, queryClasses, queryStates} {
		q := parse(t, text)
		want := failing
		if text == queryStates {
			want = endpoints
		}
		picked := q.pick(lines)
		if len(picked) != want {
			t.Errorf("%d lines are picked, and %d are meant, by\n%s", len(picked), want, text)
		}
		for _, line := range picked {
			if text != queryStates && line["Healthy"] != 0.0 {
				t.Errorf("%v is no failure", line)
			}
		}
		for _, name := range q.fields {
			if !has[name] {
				t.Errorf("no line has the field %s, for which a query asks:\n%s", name, text)
			}
		}
	}
}
