package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/filestate"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// stateFlag is the value of --state: where incidents are kept between runs.
type stateFlag string

// The forms of --state.
const (
	stateNone   = "none"
	stateFile   = "file"
	stateTable  = "dynamodb"
	stateSome   = "file, file:PATH or dynamodb:TABLE"
	stateAccept = "none, " + stateSome
)

func (f *stateFlag) register(flags *pflag.FlagSet, accepted string) {
	flags.StringVar((*string)(f), "state", stateFile, "where incidents are kept between rounds: `place` is "+accepted)
}

// place splits --state into its form and what follows the colon.
func (f stateFlag) place() (form, where string, err error) {
	form, where, given := strings.Cut(string(f), ":")
	switch {
	case form == stateNone && !given, form == stateFile && (!given || where != ""), form == stateTable && where != "":
		return form, where, nil
	}
	return "", "", usagef("--state %q: expected %s", string(f), stateAccept)
}

// open returns the store that --state names; nil for none. One that cannot be
// reached says so when it is used: the report does not depend on it.
func (s streams) open(f stateFlag, cfg *check.Config, aws *awsAccess) (pipeline.Store, error) {
	form, where, err := f.place()
	switch {
	case err != nil || form == stateNone:
		return nil, err
	case form == stateTable:
		client, err := aws.client()
		if err != nil {
			return noStore{err}, nil
		}
		return client.Store(where, cfg.Environment), nil
	case where == "":
		if where, err = filestate.Path(cfg.Environment, s.getenv); err != nil {
			return noStore{err}, nil
		}
	}
	return filestate.Open(where), nil
}

// shared is the table of a function, which has a configuration of its own. A
// round with another one would drop from it what only the function knows.
type shared struct {
	pipeline.Store
	cfg *check.Config
}

// Load refuses a state that knows more endpoints than the configuration.
func (s shared) Load(ctx context.Context) (incident.State, int64, error) {
	state, revision, err := s.Store.Load(ctx)
	if err != nil {
		return state, revision, err
	}
	known := make(map[string]bool, len(s.cfg.Checks))
	for i := range s.cfg.Checks {
		known[s.cfg.Checks[i].Key] = true
	}
	var missing []string
	for _, key := range slices.Sorted(maps.Keys(state.Endpoints)) {
		if !known[key] {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		return incident.State{}, 0, fmt.Errorf("it knows %s that this configuration has not, such as %s, and would lose them: take the configuration of the function, or --state none",
			counted(len(missing), "endpoint"), missing[0])
	}
	return state, revision, nil
}

// noStore is a store that cannot be reached, and says why.
type noStore struct{ why error }

// Load says why there is no state.
func (n noStore) Load(context.Context) (incident.State, int64, error) {
	return incident.State{}, 0, n.why
}

// Save says why there is no state.
func (n noStore) Save(context.Context, incident.State, int64) (int64, error) { return 0, n.why }

// Settle says why there is no state.
func (n noStore) Settle(context.Context, incident.State, int64) (int64, error) { return 0, n.why }

// Keep says why there is no state.
func (n noStore) Keep(context.Context, incident.Record) error { return n.why }

// Records says why there is no state.
func (n noStore) Records(context.Context, int) ([]incident.Record, error) { return nil, n.why }

// nobody is told: whoever runs the command reads the report. What is in a table
// is left to the function, which tells people.
type nobody struct{}

// Publish drops a message.
func (nobody) Publish(context.Context, report.Message) error { return nil }

// publisher is who gets the messages of a run with that state.
func (f stateFlag) publisher() pipeline.Publisher {
	if form, _, _ := f.place(); form == stateFile {
		return nobody{}
	}
	return nil
}

// KeepReport says why there is no state.
func (n noStore) KeepReport(context.Context, incident.Report) error { return n.why }

// Report says why there is no state.
func (n noStore) Report(context.Context, string) ([]byte, error) { return nil, n.why }

// ReportLink is empty.
func (noStore) ReportLink(string) string { return "" }
