package main

import (
	"context"
	"fmt"
	"strings"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/filestate"
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
	stateAccept = "none, file, file:PATH or dynamodb:TABLE"
)

// place splits --state into its form and what follows the colon.
func (f stateFlag) place() (form, where string, err error) {
	form, where, given := strings.Cut(string(f), ":")
	switch {
	case form == stateNone && !given, form == stateFile && (!given || where != ""), form == stateTable && where != "":
		return form, where, nil
	}
	return "", "", usagef("--state %q: expected %s", string(f), stateAccept)
}

// open returns the store that --state names; nil for none.
func (s streams) open(f stateFlag, cfg *check.Config, aws *awsAccess) (pipeline.Store, error) {
	form, where, err := f.place()
	switch {
	case err != nil || form == stateNone:
		return nil, err
	case form == stateTable:
		client, err := aws.client()
		if err != nil {
			return nil, fmt.Errorf("--state %s: %w", f, err)
		}
		return client.Store(where, cfg.Environment), nil
	case where == "":
		if where, err = filestate.Path(cfg.Environment, s.getenv); err != nil {
			return nil, err
		}
	}
	return filestate.Open(where), nil
}

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
