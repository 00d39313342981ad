package main

import (
	"errors"
	"fmt"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/pipeline"
	"hokus.ai/tidewatch/lambda/internal/redact"
)

// shownWarnings is how many warnings a run shows; `tidewatch check` shows all.
const shownWarnings = 3

// read reads the configuration, and says on standard error why it is refused.
func (s streams) read(path string) (*check.Config, check.Report, error) {
	cfg, found := check.Open(path, s.env)
	if found.Unread {
		return nil, found, errors.New(redact.Visible(found.Messages[0].String()))
	}
	if found.Failed() || cfg == nil {
		s.tell(found.Messages, check.Error, len(found.Messages))
		return nil, found, fmt.Errorf("the configuration has %s", counted(found.Messages.Count(check.Error), "error"))
	}
	return cfg, found, nil
}

// load reads the configuration to probe what it says, and says on standard
// error what will surprise someone.
func (s streams) load(path string) (*check.Config, error) {
	settle := pipeline.Memory()
	cfg, found, err := s.read(path)
	switch {
	case err != nil && found.Unread:
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w, so nothing was probed", err)
	}
	shown := s.tell(found.Messages, check.Warning, shownWarnings)
	if more := found.Messages.Count(check.Warning) - shown; more > 0 {
		fmt.Fprintf(s.err, "and %s: see `tidewatch check`\n", counted(more, "more warning"))
	}
	settle(len(cfg.Checks))
	return cfg, nil
}

// tell prints up to most messages of a level and returns how many it printed.
func (s streams) tell(messages check.Messages, level check.Level, most int) int {
	n := 0
	for _, m := range messages {
		if m.Level != level || n == most {
			continue
		}
		fmt.Fprintln(s.err, redact.Visible(m.String()))
		n++
	}
	return n
}

// counted writes a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
