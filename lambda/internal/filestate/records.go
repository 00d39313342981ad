package filestate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

const (
	// maxRecords bounds the directory: the oldest are deleted.
	maxRecords = 1000
	// recordTime has one width, so that names sort by time.
	recordTime = "20060102T150405.000Z"
)

// records is the directory beside the state.
func (s *Store) records() string { return strings.TrimSuffix(s.path, ".json") + ".records" }

// Keep writes an incident as a file of its own, or again with what has
// happened since, and deletes what has expired. A run that comes late does not
// replace what a later one wrote.
func (s *Store) Keep(ctx context.Context, r incident.Record) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("keeping incident %s: %w", r.Incident.ID, err)
	}
	if err := os.MkdirAll(s.records(), 0o700); err != nil {
		return fmt.Errorf("incident %s cannot be kept: %w", r.Incident.ID, err)
	}
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return fmt.Errorf("incident %s cannot be kept: %w", r.Incident.ID, err)
	}
	release, err := lock(ctx, s.path+".lock", s.patience)
	if err != nil {
		return fmt.Errorf("incident %s cannot be kept: %w", r.Incident.ID, err)
	}
	defer release()
	name := r.Incident.Opened.UTC().Format(recordTime) + "-" + url.PathEscape(r.Incident.ID) + ".json"
	if kept, err := s.read(name); err == nil && kept.Expires.After(r.Expires) {
		return nil
	}
	if err := replace(filepath.Join(s.records(), name), append(text, '\n')); err != nil {
		return fmt.Errorf("incident %s cannot be kept: %w", r.Incident.ID, err)
	}
	return s.tidy()
}

// tidy deletes expired records, and the oldest beyond the bound.
func (s *Store) tidy() error {
	names, err := s.names()
	if err != nil {
		return err
	}
	var problems []error
	for i, name := range names {
		r, err := s.read(name)
		if i < maxRecords && (err != nil || !s.expired(r)) { // a damaged one is left to be looked at
			continue
		}
		if err := os.Remove(filepath.Join(s.records(), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, fmt.Errorf("an old incident cannot be deleted: %w", err))
		}
	}
	return errors.Join(problems...)
}

// Records returns kept incidents that have not expired, the newest first, at
// most limit. Those that can be read are returned even if others are damaged;
// then there is an error, too.
func (s *Store) Records(ctx context.Context, limit int) ([]incident.Record, error) {
	names, err := s.names()
	if err != nil {
		return nil, err
	}
	var records []incident.Record
	var problems []error
	seen := map[string]bool{}
	for _, name := range names {
		if len(records) >= limit || ctx.Err() != nil {
			break
		}
		r, err := s.read(name)
		if errors.Is(err, fs.ErrNotExist) { // somebody tidied
			continue
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if !s.expired(r) && !seen[r.Incident.ID] {
			seen[r.Incident.ID] = true
			records = append(records, r)
		}
	}
	return records, errors.Join(append(problems, ctx.Err())...)
}

// names lists the records, the newest first.
func (s *Store) names() ([]string, error) {
	entries, err := os.ReadDir(s.records())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("kept incidents cannot be listed: %w", err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	slices.Reverse(names)
	return names, nil
}

func (s *Store) read(name string) (incident.Record, error) {
	path := filepath.Join(s.records(), name)
	text, err := os.ReadFile(path)
	if err != nil {
		return incident.Record{}, fmt.Errorf("a kept incident cannot be read: %w", err)
	}
	var r incident.Record
	if json.Unmarshal(text, &r) != nil {
		return incident.Record{}, fmt.Errorf("%s is damaged: it is not JSON of the expected form", path)
	}
	return r, nil
}

func (s *Store) expired(r incident.Record) bool {
	return !r.Expires.IsZero() && !s.now().Before(r.Expires)
}
