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
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// maxReports bounds the directory: the oldest are deleted.
const maxReports = 500

// reports is the directory beside the state.
func (s *Store) reports() string { return strings.TrimSuffix(s.path, ".json") + ".reports" }

// keptReport is what a file holds.
type keptReport struct {
	Expires time.Time       `json:"expires"`
	Report  json.RawMessage `json:"report"`
}

// KeepReport writes a report as a file of its own, and deletes the oldest
// beyond the bound.
func (s *Store) KeepReport(ctx context.Context, r incident.Report) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("keeping report %s: %w", r.ID, err)
	}
	if err := os.MkdirAll(s.reports(), 0o700); err != nil {
		return fmt.Errorf("report %s cannot be kept: %w", r.ID, err)
	}
	text, err := json.Marshal(keptReport{r.Expires, r.Body})
	if err != nil {
		return fmt.Errorf("report %s cannot be kept: %w", r.ID, err)
	}
	if err := replace(s.reportFile(r.ID), append(text, '\n')); err != nil {
		return fmt.Errorf("report %s cannot be kept: %w", r.ID, err)
	}
	return s.tidyReports()
}

func (s *Store) reportFile(id string) string {
	return filepath.Join(s.reports(), url.PathEscape(id)+".json")
}

// tidyReports deletes the oldest; names of reports sort by time.
func (s *Store) tidyReports() error {
	entries, err := os.ReadDir(s.reports())
	if err != nil {
		return fmt.Errorf("kept reports cannot be listed: %w", err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	var problems []error
	for _, name := range names[:max(0, len(names)-maxReports)] {
		if err := os.Remove(filepath.Join(s.reports(), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, fmt.Errorf("an old report cannot be deleted: %w", err))
		}
	}
	return errors.Join(problems...)
}

// Report returns the JSON of a report; incident.ErrNoReport if there is none,
// or if it has expired.
func (s *Store) Report(ctx context.Context, id string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("reading report %s: %w", id, err)
	}
	text, err := os.ReadFile(s.reportFile(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is not in %s", incident.ErrNoReport, id, s.reports())
	}
	if err != nil {
		return nil, fmt.Errorf("report %s cannot be read: %w", id, err)
	}
	var kept keptReport
	if json.Unmarshal(text, &kept) != nil {
		return nil, fmt.Errorf("%w: %s is not JSON of the expected form", incident.ErrDamaged, s.reportFile(id))
	}
	if !s.now().Before(kept.Expires) {
		return nil, fmt.Errorf("%w: %s has expired", incident.ErrNoReport, id)
	}
	return kept.Report, nil
}

// ReportLink is empty: a file is shown by the command line.
func (s *Store) ReportLink(string) string { return "" }
