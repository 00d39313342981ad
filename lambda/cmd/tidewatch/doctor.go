package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/awsapi"
	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// doctorFlags are the flags of `tidewatch doctor`.
type doctorFlags struct {
	config   configPath
	output   string
	function string
}

func newDoctor(s streams) *cobra.Command {
	var f doctorFlags
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Tries every action of AWS that a diagnosis needs, and says what is missing",
		Long: `Tries every action of AWS that a diagnosis needs, once, with the calls that the
diagnosis itself makes, and changes nothing. It says which are allowed, what
cannot be told without those that are not, and the smallest policy that would
allow them.

Exit status: 0 everything that could be tried is allowed, 1 something is denied
or failed, 2 it could not be done: wrong flags or configuration, or no way to
AWS; 130 interrupted, 141 the reader of its output went away.`,
		Example: `  tidewatch doctor
  tidewatch doctor --function tidewatch-checker --output json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return examine(c.Context(), s, &f) },
	}
	f.config.register(c.Flags())
	c.Flags().StringVar(&f.output, "output", "text", "`form` of what is printed: text or json")
	c.Flags().StringVar(&f.function, "function", "", "`name` of the function that runs the checker, to try whether it may read its own network")
	return c
}

func examine(ctx context.Context, s streams, f *doctorFlags) error {
	if f.output != "text" && f.output != "json" {
		return usagef("--output %q: expected text or json", f.output)
	}
	cfg, _, err := s.read(string(f.config))
	if err != nil {
		return err
	}
	client, err := s.access(ctx, cfg).client()
	if err != nil {
		return fmt.Errorf("AWS cannot be asked: %w", err)
	}
	rows := client.Doctor(ctx, scopeOf(cfg, f.function))
	if ctx.Err() != nil {
		fmt.Fprintln(s.err, "tidewatch: interrupted before every action was tried; nothing is reported")
		return status(statusInterrupted)
	}
	write := doctorText
	if f.output == "json" {
		write = doctorJSON
	}
	in := installation{region: client.Region(), clusters: cfg.AWS.Clusters, groups: cfg.AWS.LogGroups, function: f.function}
	if err := write(s.out, rows, in); err != nil {
		return fmt.Errorf("the result cannot be written to standard output: %w", err)
	}
	if slices.ContainsFunc(rows, func(t awsapi.Tried) bool { return t.Outcome == awsapi.Denied || t.Outcome == awsapi.TrialFailed }) {
		return status(statusUnhealthy)
	}
	return nil
}

// scopeOf is what the configuration names.
func scopeOf(cfg *check.Config, function string) awsapi.Scope {
	scope := awsapi.Scope{Clusters: cfg.AWS.Clusters, Function: function}
	for _, group := range cfg.AWS.LogGroups {
		if !strings.ContainsAny(group, "*?") {
			scope.LogGroups = append(scope.LogGroups, group)
		}
	}
	for i := range cfg.Checks {
		c := &cfg.Checks[i]
		if host := c.Target.Host; host != "" && !c.Target.IP.IsValid() && strings.Contains(host, ".") && !slices.Contains(scope.Hosts, host) {
			scope.Hosts = append(scope.Hosts, host)
		}
	}
	scope.Hosts = scope.Hosts[:min(len(scope.Hosts), 2)]
	return scope
}

// missing are the actions that are not allowed.
func missing(rows []awsapi.Tried) []access.Action {
	var actions []access.Action
	for _, row := range rows {
		if row.Outcome == awsapi.Denied {
			actions = append(actions, row.Action)
		}
	}
	return actions
}

func doctorText(w io.Writer, rows []awsapi.Tried, in installation) error {
	var b strings.Builder
	counts := map[awsapi.Outcome]int{}
	for _, row := range rows {
		counts[row.Outcome]++
		fmt.Fprintf(&b, "%-8s %s\n", row.Outcome, row.Action.Name)
		if row.Outcome == awsapi.Allowed {
			continue
		}
		if why := strings.TrimSpace(row.Code + " " + row.Detail); why != "" {
			doctorLine(&b, why)
		}
		if len(row.Limits) > 0 {
			doctorLine(&b, "not known without it: "+strings.Join(row.Limits, "; "))
		}
	}
	fmt.Fprintf(&b, "\n%d of %d actions are allowed", counts[awsapi.Allowed], len(rows))
	for _, other := range []awsapi.Outcome{awsapi.Denied, awsapi.TrialFailed, awsapi.Untried} {
		if n := counts[other]; n > 0 {
			fmt.Fprintf(&b, ", %d %s", n, other)
		}
	}
	b.WriteString(".\n")
	if denied := missing(rows); len(denied) > 0 {
		b.WriteString("\nThe smallest policy that would allow what is denied:\n\n" + in.policyText(denied) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// doctorLine writes a line below an action.
func doctorLine(b *strings.Builder, text string) {
	const indentation, width = "         ", 79
	for _, line := range report.Wrap(redact.Text(text), width-len(indentation)) {
		b.WriteString(indentation + line + "\n")
	}
}

// doctorDocument is what doctor --output json writes.
type doctorDocument struct {
	Actions []doctorRow `json:"actions"`
	Policy  *policy     `json:"policy"` // null: nothing is denied
}

type doctorRow struct {
	Action  string   `json:"action"`
	Outcome string   `json:"outcome"`
	Code    string   `json:"code,omitempty"`
	Detail  string   `json:"detail,omitempty"`
	Reason  string   `json:"reason"`
	Limits  []string `json:"limits"`
}

func doctorJSON(w io.Writer, rows []awsapi.Tried, in installation) error {
	doc := doctorDocument{Actions: []doctorRow{}}
	for _, row := range rows {
		doc.Actions = append(doc.Actions, doctorRow{row.Action.Name, string(row.Outcome), row.Code, redact.Text(row.Detail), row.Action.Reason, append([]string{}, row.Limits...)})
	}
	if denied := missing(rows); len(denied) > 0 {
		p := in.policy(denied)
		doc.Policy = &p
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(doc)
}
