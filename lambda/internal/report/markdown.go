package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// Markdown writes a run as GitHub-flavoured Markdown: the incidents that are
// open; by group, a table and what is known about each endpoint that is not
// simply healthy; then where to look.
func Markdown(w io.Writer, run Run) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "## %s\n\n", Count(run.Results))
	fmt.Fprintf(b, "%s · %s · run %s\n\n", run.Started.UTC().Format("2006-01-02 15:04:05 UTC"), Duration(run.Duration), mdCode(run.ID))
	if !run.TimingsTrusted {
		b.WriteString("> **Timings are not trusted:** the checker was too busy to measure them; what is called slow may be fast.\n\n")
	}
	mdIncidents(b, &run)
	groups := groupsOf(run.Results)
	for i := range groups {
		mdGroup(b, &groups[i], len(groups))
		for _, r := range groups[i].results {
			mdFacts(b, r, run.Started)
		}
	}
	mdWhereToLook(b, classesOf(run.Results))
	return b.Flush()
}

func mdGroup(b *bufio.Writer, g *group, groups int) {
	if title := g.title(groups); title != "" {
		fmt.Fprintf(b, "### %s: %s\n\n", mdText(title), g.tally)
	}
	b.WriteString("| | Endpoint | State | Time | What happened |\n|---|---|---|--:|---|\n")
	for _, r := range g.results {
		mdRow(b, marks[stateOf(r)], mdText(r.Name), mdText(State(r)), Duration(time.Duration(r.Duration)), mdText(happened(r)))
	}
	b.WriteByte('\n')
}

// marks are the glyphs of the states, as pictures that stand out in a page.
var marks = [...]string{failing: "❌", unjudged: "❔", degraded: "⚠️", healthy: "✅"}

// mdRow writes one row. A | would end its cell even inside code, so each is
// escaped here, after everything else.
func mdRow(b *bufio.Writer, cells ...string) {
	for _, cell := range cells {
		b.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
	}
	b.WriteString("|\n")
}

func mdFacts(b *bufio.Writer, r *result.Result, now time.Time) {
	facts := factsOf(r, now)
	if len(facts) == 0 {
		return
	}
	fmt.Fprintf(b, "#### %s %s\n\n", marks[stateOf(r)], mdText(r.Key))
	for _, f := range facts {
		fmt.Fprintf(b, "- %s: %s\n", f.label, mdCode(f.text))
	}
	b.WriteByte('\n')
}

func mdWhereToLook(b *bufio.Writer, classes []result.ClassInfo) {
	if len(classes) == 0 {
		return
	}
	b.WriteString("### Where to look\n\n| Class | Meaning | Look at |\n|---|---|---|\n")
	for _, info := range classes {
		mdRow(b, mdText(string(info.Class)), mdText(info.Meaning), mdText(info.Look))
	}
}

// mdEscapes covers what means something inside a line: emphasis, code, links,
// HTML, entities, mathematics; and the beginnings of links, mentions and
// references that GitHub makes out of plain text.
var mdEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "~", `\~`, "$", `\$`,
	"[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;",
	"://", `\://`, "www.", `www\.`, "WWW.", `WWW\.`, "@", "@&#8203;",
	"#0", "#&#8203;0", "#1", "#&#8203;1", "#2", "#&#8203;2", "#3", "#&#8203;3", "#4", "#&#8203;4",
	"#5", "#&#8203;5", "#6", "#&#8203;6", "#7", "#&#8203;7", "#8", "#&#8203;8", "#9", "#&#8203;9",
)

// mdText is text as Markdown that shows exactly that text, on one line.
func mdText(s string) string { return mdEscapes.Replace(redact.Visible(s)) }

// mdCode is text as a code span, in which nothing is a link, a mention or
// HTML. The fence is longer than every run of backticks inside.
func mdCode(s string) string {
	s = redact.Visible(s)
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") || s == "" {
		return fence + " " + s + " " + fence
	}
	return fence + s + fence
}
