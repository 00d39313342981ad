package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"hokus.ai/tidewatch/lambda/internal/awsapi"
	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// diagnoseFlags are the flags of `tidewatch diagnose`.
type diagnoseFlags struct {
	probeFlags
	output, save, facts string
	inside              bool
}

func newDiagnose(s streams) *cobra.Command {
	var f diagnoseFlags
	c := &cobra.Command{
		Use:   "diagnose",
		Short: "Finds out why endpoints fail, from what AWS says of the way to them",
		Long: `Finds out why endpoints fail, from what AWS says of the way to them.

Probes every endpoint once, and reads for those that fail what lies on their
way: DNS, load balancers, rules, target groups, networks, ECS services, logs. It
only reads. The report says for each root cause how sure it is, with the facts
that show it, what was ruled out, what could not be read, and what to do.

An endpoint that does not answer in time may be asked once more, for longer than
its load balancer waits, which takes a minute or so. Private addresses are only
connected to with --inside.

--save keeps what was seen and read, without secrets; --facts diagnoses that
again, anywhere, without asking anybody.

Exit status: 0 nothing fails, 1 something does, 2 it could not be done: wrong
flags or configuration, or nowhere to write; 130 interrupted, 141 the reader of
its output went away.`,
		Example: `  tidewatch diagnose
  tidewatch diagnose --only 'registry/*' --save case.json
  tidewatch diagnose --facts case.json --output markdown`,
		Args: onlyFlags,
		RunE: func(c *cobra.Command, _ []string) error { return diagnoseOnce(c.Context(), s, &f) },
	}
	f.register(c)
	c.Flags().StringVar(&f.output, "output", "text", "`form` of the report: text, json, markdown or slack")
	c.Flags().StringVar(&f.save, "save", "", "keep what was seen and read in this `file`")
	c.Flags().StringVar(&f.facts, "facts", "", "diagnose what --save kept in this `file`; nothing is probed or read")
	c.Flags().BoolVar(&f.inside, "inside", false, "this machine stands in the VPC: private addresses may be connected to")
	return c
}

// diagnosisForms are the forms of a report of a diagnosis.
var diagnosisForms = map[string]func(report.Diagnosis) (string, error){
	"text":     func(d report.Diagnosis) (string, error) { return report.DiagnosisText(d), nil },
	"markdown": func(d report.Diagnosis) (string, error) { return report.DiagnosisMarkdown(d), nil },
	"slack":    func(d report.Diagnosis) (string, error) { return report.DiagnosisSlack(d), nil },
	"json": func(d report.Diagnosis) (string, error) {
		text, err := report.DiagnosisJSON(d)
		return string(text), err
	},
}

func diagnosisForm(output string) (func(report.Diagnosis) (string, error), error) {
	if form := diagnosisForms[output]; form != nil {
		return form, nil
	}
	return nil, usagef("--output %q: expected text, json, markdown or slack", output)
}

func diagnoseOnce(ctx context.Context, s streams, f *diagnoseFlags) error {
	form, err := diagnosisForm(f.output)
	if err != nil {
		return err
	}
	if f.facts != "" {
		return s.replay(f, form)
	}
	n, err := s.prepare(ctx, &f.probeFlags)
	if err != nil {
		return err
	}
	if err := n.diagnoses(); err != nil {
		return err
	}
	var examined diagnose.Input
	n.line.Inside, n.line.Examined = f.inside, func(in diagnose.Input) { examined = in }
	line := s.startProgress(s.err, n.total)
	n.progress = line.set
	run, err := n.line.Diagnose(ctx, n.event)
	line.erase()
	if err != nil {
		fmt.Fprintln(s.err, "tidewatch: interrupted before the diagnosis ended; nothing is reported")
		return status(statusInterrupted)
	}
	s.warnUnkept(n.troubles.take())
	if f.save != "" {
		if err := saveInput(f.save, examined); err != nil {
			return err
		}
	}
	return s.printDiagnosis(*run.Diagnosis, form)
}

// diagnoses makes a command find out why what fails does.
func (n *rounds) diagnoses() error {
	client, err := n.aws.client()
	if err != nil {
		return fmt.Errorf("nothing can be read of AWS, so nothing can be diagnosed: %w; `tidewatch run` probes without it", err)
	}
	n.line.Facts = func(calls int) pipeline.FactReader { return client.Facts(awsapi.FactLimits{Calls: calls}) }
	n.line.Region, n.line.Always = client.Region(), true
	return nil
}

// replay diagnoses what was saved.
func (s streams) replay(f *diagnoseFlags, form func(report.Diagnosis) (string, error)) error {
	if f.save != "" || len(f.only) > 0 {
		return usagef("--facts: it diagnoses what was kept as a whole; --save and --only do not go with it")
	}
	text, err := os.ReadFile(f.facts)
	if err != nil {
		return fmt.Errorf("--facts: the file cannot be read: %w", err)
	}
	in, err := readInput(text)
	if err != nil {
		return fmt.Errorf("--facts %s: %w", f.facts, err)
	}
	return s.printDiagnosis(pipeline.Replay(in), form)
}

// readInput reads what saveInput wrote.
func readInput(text []byte) (diagnose.Input, error) {
	var parts struct {
		Facts json.RawMessage `json:"facts"`
	}
	var in diagnose.Input
	if err := json.Unmarshal(text, &parts); err != nil {
		return in, fmt.Errorf("it is not of the form that tidewatch diagnose --save writes: %w", err)
	}
	if len(parts.Facts) == 0 {
		return in, fmt.Errorf("it has no facts; expected what tidewatch diagnose --save writes")
	}
	facts, err := topology.Read(parts.Facts)
	if err != nil {
		return in, err
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return in, fmt.Errorf("it is not of the form that tidewatch diagnose --save writes: %w", err)
	}
	in.Facts = facts
	return in, nil
}

func saveInput(path string, in diagnose.Input) error {
	text, err := json.MarshalIndent(in, "", " ")
	if err == nil {
		err = os.WriteFile(path, append(text, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("--save: what was read cannot be kept: %w", err)
	}
	return nil
}

// printDiagnosis writes a report, and ends with what it found.
func (s streams) printDiagnosis(d report.Diagnosis, form func(report.Diagnosis) (string, error)) error {
	if err := s.writeDiagnosis(d, form); err != nil {
		return fmt.Errorf("the report cannot be written to standard output: %w", err)
	}
	if slices.ContainsFunc(d.Checks, func(c report.Checked) bool { return !c.Healthy }) {
		return status(statusUnhealthy)
	}
	return nil
}

func (s streams) writeDiagnosis(d report.Diagnosis, form func(report.Diagnosis) (string, error)) error {
	text, err := form(d)
	if err == nil {
		_, err = io.WriteString(s.out, text)
	}
	return err
}
