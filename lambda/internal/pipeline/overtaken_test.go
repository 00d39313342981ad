package pipeline

import (
	"context"
	"slices"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// A run that has written down an incident does not take for written what
// another run has done to it meanwhile.
func TestWhatAnotherRunDidIsStillToBeWrittenDown(t *testing.T) {
	for name, c := range map[string]struct {
		how  func(*incident.Incident)
		want []string
	}{
		"more": {func(i *incident.Incident) {
			i.History = append(slices.Clone(i.History), incident.Moment{At: i.Opened.Add(time.Second), Kind: incident.KindAffected})
		}, []string{"INC-0101-1"}},
		"nothing": {func(*incident.Incident) {}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			trouble(t, func(t *testing.T, r *checker, s *site, _ string) {
				s.bad.Store(broken)
				saves := 0
				r.store.set(nil, func(ctx context.Context) error {
					if saves++; saves != 2 { // the second marks what this run has done
						return nil
					}
					theirs, revision, err := r.store.Store.Load(ctx)
					if err != nil {
						return err
					}
					c.how(theirs.Incidents[0])
					_, err = r.store.Store.Save(ctx, theirs, revision)
					return err
				})
				if err := r.tick(t, time.Minute); err != nil {
					t.Fatal(err)
				}
				state, _, err := r.store.Load(t.Context())
				if err != nil || !slices.Equal(state.Unrecorded, c.want) || len(state.Outbox) != 0 || saves != 3 {
					t.Errorf("to be written down are %v, want %v; %d messages wait, %d saves, error %v", state.Unrecorded, c.want, len(state.Outbox), saves, err)
				}
			})
		})
	}
}
