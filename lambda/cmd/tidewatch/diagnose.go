package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"hokus.ai/tidewatch/lambda/internal/awsapi"
	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/report"
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
again, anywhere, without asking anybody: the report is the same. The file holds
the names that the configuration hides in reports, as conclusions rest on them:
only its owner may read it.

Exit status: 0 nothing fails (degraded counts as healthy), 1 something does or
could not be judged, 2 it could not be done: wrong flags or configuration, no way
to AWS, or nowhere to write; 130 interrupted, 141 the reader of its output went
away.`,
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
	var examined pipeline.Case
	n.line.Inside, n.line.Examined = f.inside, func(c pipeline.Case) { examined = c }
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
		if err := s.saveCase(f.save, examined); err != nil {
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
	kept, err := pipeline.ReadCase(text)
	if err != nil {
		return fmt.Errorf("--facts %s: %w; expected what `tidewatch diagnose --save` writes: save it again, or mend it there", f.facts, err)
	}
	return s.printDiagnosis(pipeline.Replay(kept), form)
}

// saveCase keeps a case where only its owner can read it, and says so where it
// has what reports hide.
func (s streams) saveCase(path string, c pipeline.Case) error {
	text, err := json.MarshalIndent(c, "", " ")
	if err == nil {
		err = writePrivately(path, append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("--save: what was read cannot be kept: %w", err)
	}
	if len(c.Hidden) > 0 {
		fmt.Fprintf(s.err, "tidewatch: %s holds names that the configuration hides in reports; whoever gets the file can read them\n", path)
	}
	return nil
}

// writePrivately writes a file that nobody else can read, from its first byte
// on, whoever could read what was there before.
func writePrivately(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	about, err := file.Stat()
	if err == nil && about.Mode().IsRegular() {
		err = errors.Join(file.Chmod(0o600), file.Truncate(0))
	}
	if err == nil {
		_, err = file.Write(text)
	}
	return errors.Join(err, file.Close())
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
