// Package filestate keeps the state in a local file, for a machine without an
// AWS account. Several processes may share the file: a lock beside it orders
// their writes, and readers see either the old state or the new one.
package filestate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// lockPatience is how long a save waits for another process.
const lockPatience = 10 * time.Second

// Store keeps the state of one environment in one file, and kept incidents in
// the directory beside it.
type Store struct {
	path     string
	patience time.Duration
	now      func() time.Time
}

// content is what the file holds.
type content struct {
	Revision int64           `json:"revision"` // raised by every save
	Saved    time.Time       `json:"saved"`
	State    json.RawMessage `json:"state"`
}

// Open returns the store in a file, which need not exist yet.
func Open(path string) *Store {
	return &Store{path: path, patience: lockPatience, now: time.Now}
}

// Path is the file of an environment where nothing else is said:
// $XDG_STATE_HOME/tidewatch/ENVIRONMENT.json, by default in ~/.local/state.
func Path(environment string, getenv func(string) string) (string, error) {
	if environment == "" || strings.ContainsAny(environment, `/\`) || strings.Trim(environment, ".") == "" {
		return "", fmt.Errorf("%q cannot be the name of a file: give the environment another name, or say --state file:PATH", environment)
	}
	base := getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(base) { // relative ones are to be ignored, says the XDG specification
		home := getenv("HOME")
		if home == "" {
			home, _ = os.UserHomeDir()
		}
		if home == "" {
			return "", errors.New("there is no home directory for the state: set XDG_STATE_HOME, or say --state file:PATH or --state none")
		}
		base = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(base, "tidewatch", environment+".json"), nil
}

// Load returns the state and its revision: the zero State and revision 0 where
// there is no file yet. A damaged state is incident.ErrDamaged, and a copy is
// put aside; one of a newer program is incident.ErrNewer. Neither is replaced
// by anybody but a human.
func (s *Store) Load(ctx context.Context) (incident.State, int64, error) {
	if err := ctx.Err(); err != nil {
		return incident.State{}, 0, fmt.Errorf("reading the state in %s: %w", s.path, err)
	}
	text, err := os.ReadFile(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return incident.State{}, 0, nil
	case err != nil:
		return incident.State{}, 0, fmt.Errorf("the state cannot be read: %w", err)
	}
	state, revision, err := decode(text)
	if err != nil {
		return incident.State{}, 0, s.unusable(text, err)
	}
	return state, revision, nil
}

func decode(text []byte) (incident.State, int64, error) {
	var c content
	if json.Unmarshal(text, &c) != nil {
		return incident.State{}, 0, fmt.Errorf("%w: it is not JSON of the expected form", incident.ErrDamaged)
	}
	if c.Revision < 1 || c.State == nil {
		return incident.State{}, 0, fmt.Errorf("%w: it has no revision or no state", incident.ErrDamaged)
	}
	state, err := incident.Decode(c.State)
	return state, c.Revision, err
}

// Save replaces the state if it still has that revision, and returns the new
// one; incident.ErrConflict if somebody else was faster.
func (s *Store) Save(ctx context.Context, state incident.State, revision int64) (int64, error) {
	state.Version = incident.Version
	inner, err := json.Marshal(state)
	if err != nil {
		return 0, fmt.Errorf("saving the state to %s: %w", s.path, err)
	}
	text, err := json.MarshalIndent(content{Revision: revision + 1, Saved: s.now().UTC(), State: inner}, "", " ")
	if err != nil {
		return 0, fmt.Errorf("saving the state to %s: %w", s.path, err)
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return 0, fmt.Errorf("the state cannot be saved: %w", err)
	}
	release, err := lock(ctx, s.path+".lock", s.patience)
	if err != nil {
		return 0, err
	}
	defer release()
	_, found, err := s.Load(ctx)
	if err != nil {
		return 0, err
	}
	if found != revision {
		return 0, fmt.Errorf("%w: %s has revision %d by now, not %d", incident.ErrConflict, s.path, found, revision)
	}
	if err := replace(s.path, append(text, '\n')); err != nil {
		return 0, fmt.Errorf("the state cannot be saved: %w", err)
	}
	return revision + 1, nil
}

// Settle is Save: a file has no bound.
func (s *Store) Settle(ctx context.Context, state incident.State, revision int64) (int64, error) {
	return s.Save(ctx, state, revision)
}

// unusable says what to do about a file that cannot be read. It stays as it
// is; of a damaged one there is a copy, in case somebody repairs it in place.
func (s *Store) unusable(text []byte, cause error) error {
	if errors.Is(cause, incident.ErrNewer) {
		return fmt.Errorf("%w; use the newer version again, or delete %s to begin without a past", cause, s.path)
	}
	aside, err := s.copyAside(text)
	if err != nil {
		return fmt.Errorf("%w; %s is left as it is, and could not be copied (%w); repair it, or delete it to begin without a past", cause, s.path, err)
	}
	return fmt.Errorf("%w; %s is left as it is, with a copy at %s; repair it, or delete it to begin without a past", cause, s.path, aside)
}

// copyAside names the copy by when the file was written, so that the same
// damage is kept once.
func (s *Store) copyAside(text []byte) (string, error) {
	about, err := os.Stat(s.path)
	if err != nil {
		return "", err
	}
	aside := s.path + ".damaged-" + about.ModTime().UTC().Format("20060102T150405.000Z")
	if _, err := os.Lstat(aside); err == nil {
		return aside, nil
	}
	return aside, replace(aside, text)
}
