package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"hokus.ai/tidewatch/lambda/internal/redact"
)

// warnUnkept says why incidents could not be kept where nobody asked for them.
func (s streams) warnUnkept(why error) {
	if why != nil {
		fmt.Fprintf(s.err, "tidewatch: warning: incidents could not be kept: %s (--state says where to keep them; or none)\n", redact.Visible(why.Error()))
	}
}

// causeOf is an error of the pipeline without what it means to people who wait
// for messages: whoever runs a command reads its report.
func causeOf(err error) error {
	if several, ok := err.(interface{ Unwrap() []error }); ok && len(several.Unwrap()) == 1 {
		err = several.Unwrap()[0]
	}
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}

// troubles gathers what the pipeline logs as a warning or an error, to be told
// after the report. It is a slog.Handler.
type troubles struct {
	mu    sync.Mutex
	found []error
}

// Enabled is asked by slog.
func (t *troubles) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle takes a line of the log in.
func (t *troubles) Handle(_ context.Context, r slog.Record) error {
	why := errors.New(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		why = fmt.Errorf("%w; %s: %v", why, a.Key, a.Value)
		return true
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.found = append(t.found, why)
	return nil
}

// WithAttrs is asked by slog; the pipeline uses none.
func (t *troubles) WithAttrs([]slog.Attr) slog.Handler { return t }

// WithGroup is asked by slog; the pipeline uses none.
func (t *troubles) WithGroup(string) slog.Handler { return t }

// take returns what was gathered, once.
func (t *troubles) take() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	err := errors.Join(t.found...)
	t.found = nil
	return err
}
