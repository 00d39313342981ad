package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

func text(t *testing.T, run Run, options TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, run, options); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// noted stands where `tidewatch watch` says since when a state lasts.
func noted(*result.Result) string { return "since 21 Jan 15:04" }

func TestTextKeepsToTheWidth(t *testing.T) {
	t.Parallel()
	for name, run := range widthSamples() {
		for width := 60; width <= 200; width++ {
			for _, note := range []func(*result.Result) string{nil, noted} {
				if note != nil && width%7 != 0 {
					continue
				}
				options := TextOptions{Width: width, Note: note, Fold: 60}
				layout := newTable(run, options)
				for line := range strings.Lines(text(t, run, options)) {
					line = strings.TrimRight(line, "\n")
					if ansi.StringWidth(line) > width && !layout.oneLongWord(line) {
						t.Errorf("%s at %d columns: %q has %d", name, width, line, ansi.StringWidth(line))
					}
					if strings.HasSuffix(line, " ") || strings.Contains(line, nbsp) {
						t.Errorf("%s at %d columns: stray space in %q", name, width, line)
					}
				}
			}
		}
	}
}

// widthSamples are the samples, and names and groups longer than any screen.
func widthSamples() map[string]Run {
	runs := map[string]Run{"words": {ID: "WORDS", Started: now, TimingsTrusted: true}}
	words := strings.Repeat("many words in a name ", 10)
	crowded := Run{ID: "CROWDED", Started: now, Results: large().Results[30:95]}
	for i := range crowded.Results {
		crowded.Results[i].Name, crowded.Results[i].Group = words, words
	}
	runs["crowded"] = crowded
	for name, run := range samples {
		runs[name] = run()
	}
	long := everyClass()
	for i := range long.Results {
		long.Results[i].Name, long.Results[i].Group = words, words
	}
	runs["classes"] = long
	return runs
}

// oneLongWord reports whether the last word of a line stands where a line of
// text begins, so that no line is long enough for it.
func (t *table) oneLongWord(line string) bool {
	begins := ansi.StringWidth(line[:strings.LastIndexByte(line, ' ')+1])
	return begins == t.detail || begins == t.detail+labelCols || begins == indent+t.word+gap || begins == t.incidentColumn(t.run.Incidents)
}

// A name that its column does not hold is told in full below it.
func TestLongNames(t *testing.T) {
	long := good("web", "a-name-of-forty-eight-characters-which-is-too-lo", 30)
	run := Run{Started: now, TimingsTrusted: true, Results: []result.Result{good("web", "short", 10), long}}
	for _, tt := range []struct {
		width int
		whole bool
	}{{80, false}, {120, false}, {144, true}, {200, true}} {
		out := text(t, run, TextOptions{Width: tt.width})
		row := strings.Contains(out, "✓ "+long.Name+"  ")
		key := strings.Contains(out, "key         web/"+long.Name+"\n")
		if row != tt.whole || key == tt.whole {
			t.Errorf("at %d columns, whole in its row: %t, want %t; key below: %t\n%s", tt.width, row, tt.whole, key, out)
		}
	}
	out := text(t, run, TextOptions{})
	if !strings.Contains(out, "✓ "+long.Name+"  healthy") || !strings.Contains(out, "✓ short"+strings.Repeat(" ", longestName-len("short"))+"  healthy") {
		t.Errorf("in a pipe the long name is not whole, or makes the other rows wide:\n%s", out)
	}
}

func TestNoEscapeIsCut(t *testing.T) {
	for columns := range 14 {
		got := strings.TrimRight(fit(`ab\u202ecd\xffef`, columns), " ")
		if cut := strings.TrimSuffix(got, "…"); redact.TrimEscape(cut) != cut {
			t.Errorf("in %d columns: %q", columns, got)
		}
		if ansi.StringWidth(got) > max(columns, 1) {
			t.Errorf("%q has more than %d columns", got, columns)
		}
	}
}

func TestColourChangesNothingElse(t *testing.T) {
	for name, run := range samples {
		for _, width := range []int{0, 80, 200} {
			plain := text(t, run(), TextOptions{Width: width})
			if strings.Contains(plain, "\x1b") {
				t.Errorf("%s: escape sequences without colour", name)
			}
			coloured := text(t, run(), TextOptions{Width: width, Color: true})
			if stripped := ansi.Strip(coloured); stripped != plain {
				t.Errorf("%s at %d columns: with colour\n%s\nwithout\n%s", name, width, stripped, plain)
			}
		}
	}
}

// Whatever an endpoint answers, the only escape sequences are our own.
func TestHostileTextCommandsNothing(t *testing.T) {
	for rest := text(t, hostile(), TextOptions{Width: 100, Color: true}); ; {
		_, after, found := strings.Cut(rest, "\x1b")
		if !found {
			break
		}
		end := strings.IndexByte(after, 'm')
		if end < 0 || strings.Trim(after[1:end], "0123456789;") != "" || after[0] != '[' {
			t.Fatalf("escape sequence %q is not a colour", after[:min(10, len(after))])
		}
		rest = after
	}
}

func TestNothingIsLostInAPipe(t *testing.T) {
	run := mixed()
	out := text(t, run, TextOptions{})
	for _, r := range run.Results {
		if !strings.Contains(out, r.Name) || !strings.Contains(out, r.Error) {
			t.Errorf("%s: name or sentence is missing", r.Key)
		}
	}
}

func TestFailuresComeFirst(t *testing.T) {
	out := text(t, mixed(), TextOptions{Width: 80})
	if site, internal := strings.Index(out, "\nsite "), strings.Index(out, "\ninternal "); site < internal {
		t.Error("a healthy group stands before a failing one")
	}
	if slow, fine := strings.Index(out, "mlflow-api"), strings.Index(out, "✓ health"); fine < slow {
		t.Error("a healthy endpoint stands before a failing one of its group")
	}
	if !strings.HasSuffix(out, "5 of 14 healthy · 1 degraded · 8 failing · 1 not checked · 12.3 s\n") {
		t.Error("the summary is not the last line")
	}
}

func TestEveryClassIsExplainedOnce(t *testing.T) {
	out := text(t, everyClass(), TextOptions{})
	_, legend, _ := strings.Cut(out, "where to look\n")
	for info := range result.Classes() {
		if n := strings.Count(legend, string(info.Class)+" "); n != 1 {
			t.Errorf("%s is explained %d times", info.Class, n)
		}
		if !strings.Contains(out, info.Meaning) {
			t.Errorf("%s: without a sentence of its own, its meaning should stand there", info.Class)
		}
	}
}

func TestUntrustedTimingsAreSaid(t *testing.T) {
	if !strings.Contains(text(t, allHealthy(), TextOptions{}), "timings are not trusted") {
		t.Error("no note in text")
	}
	var b bytes.Buffer
	if err := Markdown(&b, allHealthy()); err != nil || !strings.Contains(b.String(), "Timings are not trusted") {
		t.Error("no note in Markdown")
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: "0 ms", 0: "0 ms", 10 * time.Microsecond: "<0.1 ms", 400 * time.Microsecond: "0.4 ms", 9960 * time.Microsecond: "10 ms",
		83 * time.Millisecond: "83 ms", 999_600 * time.Microsecond: "1.00 s", 1240 * time.Millisecond: "1.24 s",
		12340 * time.Millisecond: "12.3 s", 125 * time.Second: "2 min 5 s",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", time.Duration(d), got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		time.Second: "less than a minute", 90 * time.Minute: "90 min", 47 * time.Hour: "47 hours", 49 * time.Hour: "2 days",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestLasted(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: "0 s", 42 * time.Second: "42 s", 59*time.Second + 600*time.Millisecond: "1 min 0 s", 303 * time.Second: "5 min 3 s",
		200 * time.Minute: "3 h 20 min", 50 * time.Hour: "2 days",
	} {
		if got := Lasted(d); got != want {
			t.Errorf("Lasted(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestValidity(t *testing.T) {
	c := &result.Certificate{NotBefore: now, NotAfter: now.AddDate(0, 0, 90)}
	for at, want := range map[time.Time]string{
		now.AddDate(0, 0, -3):  "2026-03-01 to 2026-05-30, begins in 3 days",
		now.AddDate(0, 0, 80):  "2026-03-01 to 2026-05-30, 10 days left",
		now.AddDate(0, 0, 100): "2026-03-01 to 2026-05-30, expired 10 days ago",
	} {
		if got := validity(c, at); got != want {
			t.Errorf("at %v: %q, want %q", at, got, want)
		}
	}
	if got := certificateNames(c); got != "without any name" {
		t.Errorf("names: %q", got)
	}
}
