package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the pipeline makes of a failure is left out where that is for people who
// wait for messages.
func TestCauseOf(t *testing.T) {
	cause := errors.New("disk full")
	wrapped := fmt.Errorf("nobody was told: %w", cause)
	both := errors.Join(wrapped, errors.New("and more"))
	for _, tt := range []struct{ err, want error }{
		{nil, nil}, {cause, cause}, {wrapped, cause}, {errors.Join(nil, wrapped), cause}, {both, both},
	} {
		if got := causeOf(tt.err); !errors.Is(got, tt.want) || got != nil && got.Error() != tt.want.Error() {
			t.Errorf("of %v: %v, want %v", tt.err, got, tt.want)
		}
	}
}

func TestTroubles(t *testing.T) {
	gathered := &troubles{}
	log := slog.New(gathered).With("ignored", 1).WithGroup("ignored")
	log.Info("all is well")
	if err := gathered.take(); err != nil {
		t.Errorf("without a warning: %v", err)
	}
	log.Warn("it could not be recorded", "incident", "INC-1", "error", errors.New("disk full"))
	if err := gathered.take(); err == nil || err.Error() != "it could not be recorded; incident: INC-1; error: disk full" {
		t.Errorf("%v", err)
	}
	if err := gathered.take(); err != nil {
		t.Errorf("told twice: %v", err)
	}
}

// Of records, one that is damaged hides no other, and is told.
func TestDamagedRecord(t *testing.T) {
	path, place := stateFileIn(t)
	config := configOf(t, 1)
	for range 2 {
		tidewatch(t, "run", place, "--config", config)
	}
	damaged := filepath.Join(strings.TrimSuffix(path, ".json")+".records", "20260101T000000.000Z-INC-0101-1.json")
	if err := os.WriteFile(damaged, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := tidewatch(t, "incidents", place, "--config", config)
	if got.status != statusFailed || !strings.Contains(got.out, "INC-") || got.err != "tidewatch: not everything could be read: "+damaged+" is damaged: it is not JSON of the expected form\n" {
		t.Errorf("%+v", got)
	}
	got = tidewatch(t, "incidents", "show", "INC-0101-1", place, "--config", config)
	if got.status != statusFailed || !strings.Contains(got.err, `there is no incident "INC-0101-1"; open are INC-`) || !strings.Contains(got.err, "is damaged") {
		t.Errorf("%+v", got)
	}
}
