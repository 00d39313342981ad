package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/report"
)

// longestBy bounds the name of whoever acknowledges: it stands in messages.
const longestBy = 60

func newAck(s streams, f *incidentsFlags) *cobra.Command {
	var by string
	c := &cobra.Command{
		Use:   "ack ID",
		Short: "Acknowledges an incident: no more reminders, while changes are still told",
		Args:  oneID("the ID of an incident, such as INC-1125-3", 1),
		RunE: func(c *cobra.Command, args []string) error {
			by := cmp.Or(by, s.getenv("USER"), s.getenv("USERNAME"))
			if utf8.RuneCountInString(by) > longestBy || redact.Visible(by) != by {
				return usagef("--by %q: expected a name of at most %d printable characters", by, longestBy)
			}
			return s.onIncidents(c.Context(), f, func(ctx context.Context, d *desk) error { return d.acknowledge(ctx, args[0], by) })
		},
	}
	c.Flags().StringVar(&by, "by", "", "`name` of whoever takes care of it (default $USER)")
	return c
}

func (d *desk) acknowledge(ctx context.Context, id, by string) error {
	before := ""
	return d.change(ctx, id, func(s incident.State) (incident.State, error) {
		if was := lookup(s, id); was != nil && !was.Acked.IsZero() {
			before = ", as it was by " + cmp.Or(was.AckedBy, "somebody")
		}
		return s.Acknowledge(id, by, d.now)
	}, func(i *incident.Incident) string {
		return fmt.Sprintf("%s is acknowledged%s%s: no reminders are sent, changes are told", i.ID, prefixed(" by ", by), before)
	})
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

func newSnooze(s streams, f *incidentsFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "snooze ID DURATION",
		Short: "Silences an incident for a while, but for its end and a higher severity",
		Long: `Silences an incident for a while, such as 30m, 8h or 2d, at most 7d: only its
end and a higher severity are told. A duration of 0 ends that.`,
		Args: oneID("the ID of an incident and a duration, such as INC-1125-3 2h", 2),
		RunE: func(c *cobra.Command, args []string) error {
			length, ok := parseSpan(args[1])
			if !ok {
				return usagef("DURATION %q: expected a number with a unit such as 30m, 8h or 2d, at most 7d; 0 ends a snooze", args[1])
			}
			return s.onIncidents(c.Context(), f, func(ctx context.Context, d *desk) error { return d.snooze(ctx, args[0], length) })
		},
	}
}

// parseSpan reads a duration that may begin with days; 0 needs no unit.
func parseSpan(text string) (time.Duration, bool) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		d, err := time.ParseDuration(text)
		return d, err == nil && d >= 0
	}
	n, err := strconv.ParseUint(days, 10, 16)
	length := time.Duration(n) * 24 * time.Hour
	if err != nil || rest == "" {
		return length, err == nil
	}
	further, err := time.ParseDuration(rest)
	return length + further, err == nil && further >= 0
}

func (d *desk) snooze(ctx context.Context, id string, length time.Duration) error {
	until := d.now.Add(length)
	return d.change(ctx, id, func(s incident.State) (incident.State, error) {
		if length > 0 {
			return s.Snooze(id, length, d.now)
		}
		s, err := s.Snooze(id, time.Minute, d.now) // refuses what cannot be snoozed
		if err == nil {
			lookup(s, id).Snoozed = time.Time{}
		}
		return s, err
	}, func(i *incident.Incident) string {
		if length == 0 {
			return i.ID + " is not snoozed any more: changes and reminders are told again"
		}
		return fmt.Sprintf("%s is snoozed until %s: only its end and a higher severity are told", i.ID, until.UTC().Format("2006-01-02 15:04 UTC"))
	})
}

// lookup finds an incident in the state; nil: there is none.
func lookup(s incident.State, id string) *incident.Incident {
	for _, i := range s.Incidents {
		if strings.EqualFold(i.ID, id) {
			return i
		}
	}
	return nil
}

// changeTries is how often a change is made again after somebody else was
// faster.
const changeTries = 24

// change changes an incident in the state, writes it down as an item of its own,
// and says what has become of it.
func (d *desk) change(ctx context.Context, id string, how func(incident.State) (incident.State, error), say func(*incident.Incident) string) error {
	after, err := d.save(ctx, id, how)
	if _, unknown := errors.AsType[unknownError](err); unknown {
		return d.forgotten(ctx, id, err)
	}
	if err != nil {
		return err
	}
	i := lookup(after, id)
	if err := d.store.Keep(ctx, incident.NewRecord(*i, d.now)); err != nil {
		// The state decides; the record only serves to be read, and is
		// written again with the next change.
		fmt.Fprintf(d.err, "tidewatch: warning: it holds, but its record is old: %s\n", redact.Visible(err.Error()))
	}
	dossier := dossierOf(*i, after, d.cfg)
	return d.print(
		func(w io.Writer) error { return report.DossierJSON(w, dossier) },
		func(w io.Writer) error { _, err := fmt.Fprintln(w, redact.Visible(say(i))); return err },
	)
}

// forgotten says of an incident that has left the state that it is over.
func (d *desk) forgotten(ctx context.Context, id string, err error) error {
	i, unread := d.find(ctx, incident.State{}, id)
	if unread != nil {
		return err
	}
	return fmt.Errorf("incident %s is over since %s", i.ID, cmp.Or(i.Resolved, i.Changed).UTC().Format("2006-01-02 15:04 UTC"))
}

// save makes a change to the state as it is when it is saved.
func (d *desk) save(ctx context.Context, id string, how func(incident.State) (incident.State, error)) (incident.State, error) {
	for range changeTries {
		state, revision, err := d.store.Load(ctx)
		if err != nil {
			return incident.State{}, err
		}
		if lookup(state, id) == nil {
			return incident.State{}, unknown(state, id)
		}
		after, err := how(state)
		if err != nil {
			return incident.State{}, err
		}
		if _, err = d.store.Settle(ctx, after, revision); err == nil {
			return after, nil
		}
		if !errors.Is(err, incident.ErrConflict) {
			return incident.State{}, err
		}
		select {
		case <-ctx.Done():
			return incident.State{}, ctx.Err()
		case <-time.After(rand.N(100 * time.Millisecond)):
		}
	}
	return incident.State{}, fmt.Errorf("the state was changed by others %d times in a row; try again", changeTries)
}
