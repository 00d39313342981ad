package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	env      func(name string) (string, bool)
}

// getenv is the value of a variable, or "".
func (s streams) getenv(name string) string {
	value, _ := s.env(name)
	return value
}

// What the process ends with.
const (
	statusHealthy     = 0
	statusUnhealthy   = 1
	statusFailed      = 2
	statusInterrupted = 130 // as shells say it of an interrupt
	statusClosedPipe  = 141 // and of a pipe whose reader is gone
)

// status is the error of a command that has said everything itself.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// run is the whole command line: it returns the exit status.
func run(ctx context.Context, args []string, s streams) int {
	root := newRoot(s)
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	called, err := root.ExecuteContextC(ctx)
	code, known := errors.AsType[status](err)
	switch {
	case err == nil:
		return statusHealthy
	case known:
		return int(code)
	// The reader of a pipe has seen enough; nobody is left to tell.
	case errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe):
		return statusClosedPipe
	case ctx.Err() != nil:
		fmt.Fprintf(s.err, "tidewatch: interrupted: %s\n", strings.TrimSpace(err.Error()))
		return statusInterrupted
	}
	fmt.Fprintf(s.err, "tidewatch: %s\n", strings.TrimSpace(err.Error()))
	if _, usage := errors.AsType[usageError](err); usage || called == root {
		fmt.Fprintf(s.err, "See `%s --help`.\n", called.CommandPath())
	}
	return statusFailed
}

// usageError is an error in the command line itself.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "tidewatch",
		Short: "Checks endpoints, and says exactly what failed",
		Long: `Tidewatch probes the endpoints of a configuration file and says exactly what
failed: which phase, in which way, with which values.

The configuration is the file named by --config, else by $TIDEWATCH_CONFIG,
else the one that is built in.`,
		Version:           versionLine(buildInfo()),
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newRun(s), newCheck(s), newWatch(s), newDiagnose(s), newReport(s), newDoctor(s), newIncidents(s), newSchema(s), newVersion(s))
	return root
}

// expectations say what a flag of a type expects.
var expectations = map[string]string{
	"duration": "a duration with a unit, such as 5s or 1m",
	"int":      "a whole number",
	pathType:   "a file or directory",
}

// flagError says which flag is wrong in the words of all other errors.
func flagError(_ *cobra.Command, err error) error {
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		if expected := expectations[invalid.GetFlag().Value.Type()]; expected != "" {
			return usagef("--%s %q: expected %s", invalid.GetFlag().Name, invalid.GetValue(), expected)
		}
	}
	return usageError{err}
}

// noArguments refuses arguments.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("%s takes no arguments, but got %q", c.Name(), args[0])
}

// onlyFlags refuses arguments of a command that probes, and says where they
// belong.
func onlyFlags(c *cobra.Command, args []string) error {
	if err := noArguments(c, args); err != nil {
		return usagef("%w; endpoints are chosen with --only, the file with --config", err)
	}
	return nil
}
