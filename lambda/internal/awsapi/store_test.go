package awsapi

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

func TestSaveAndLoad(t *testing.T) {
	t.Parallel()
	s, door, _ := newStore(t)
	state, revision, err := s.Load(t.Context())
	if err != nil || revision != 0 || !reflect.DeepEqual(state, incident.State{}) {
		t.Fatalf("an empty table has %+v, revision %d, error %v", state, revision, err)
	}
	for i := range 3 {
		if revision = save(t, s, stateWith(i), revision); revision != int64(i+1) {
			t.Errorf("save %d has revision %d", i, revision)
		}
	}
	door.Asked()
	state, revision, err = s.Load(t.Context())
	if err != nil || revision != 3 || !reflect.DeepEqual(state, stateWith(2)) {
		t.Errorf("loaded %+v, revision %d, error %v", state, revision, err)
	}
	if asked := door.Asked(); len(asked) != 1 {
		t.Errorf("a read takes more than one request: %v", asked)
	}
}

func TestEnvironmentsDoNotMeet(t *testing.T) {
	t.Parallel()
	s, _, _ := newStore(t)
	save(t, s, stateWith(1), 0)
	staging := s.client.Store(s.table, "staging")
	if _, revision, err := staging.Load(t.Context()); err != nil || revision != 0 {
		t.Errorf("the other environment has revision %d, error %v", revision, err)
	}
}

func TestSaveOverAnotherRevision(t *testing.T) {
	t.Parallel()
	s, _, _ := newStore(t)
	save(t, s, stateWith(1), 0)
	for _, revision := range []int64{0, 2} {
		_, err := s.Save(t.Context(), stateWith(9), revision)
		if !errors.Is(err, incident.ErrConflict) {
			t.Errorf("saving over revision %d: %v", revision, err)
		}
		sentence(t, err, fmt.Sprintf("revision 1 by now, not %d", revision))
	}
	if state, revision, _ := s.Load(t.Context()); state.Counter != 1 || revision != 1 {
		t.Errorf("a refused save changed the state: %d, revision %d", state.Counter, revision)
	}
}

// Nobody saved yet, or somebody deleted it meanwhile: both are conflicts.
func TestSaveOverADeletedState(t *testing.T) {
	t.Parallel()
	s, _, _ := newStore(t)
	_, err := s.Save(t.Context(), stateWith(1), 7)
	if !errors.Is(err, incident.ErrConflict) {
		t.Errorf("saving over what is not there: %v", err)
	}
}

func TestEightWritersOneWins(t *testing.T) {
	t.Parallel()
	s, door, _ := newStore(t)
	revision := int64(0)
	for round := range 5 {
		// The first answer to every second writer is lost: neither may that
		// make two winners, nor none.
		var n atomic.Int64
		door.Set(func(action string, w http.ResponseWriter, r *http.Request, forward http.Handler) {
			if strings.HasPrefix(r.Header.Get("Amz-Sdk-Request"), "attempt=1;") && n.Add(1)%2 == 0 {
				mototest.LoseAnswer()(action, w, r, forward)
				return
			}
			forward.ServeHTTP(w, r)
		})
		winners := saveAtOnce(t, s, revision)
		door.Set(nil)
		if len(winners) != 1 {
			t.Fatalf("round %d: writers %v won", round, winners)
		}
		state, found, err := s.Load(t.Context())
		if err != nil || found != revision+1 || state.Counter != winners[0] {
			t.Errorf("round %d: revision %d by writer %d, error %v; %d had won", round, found, state.Counter, err, winners[0])
		}
		revision = found
	}
}

// saveAtOnce has eight writers over the same revision and returns the winners.
func saveAtOnce(t *testing.T, s *Store, revision int64) (winners []int) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for writer := range 8 {
		wg.Go(func() {
			_, err := s.Save(t.Context(), stateWith(writer), revision)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				winners = append(winners, writer)
			case !errors.Is(err, incident.ErrConflict):
				t.Errorf("writer %d: %v", writer, err)
			}
		})
	}
	wg.Wait()
	return winners
}

func TestLostAnswerIsSuccess(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]mototest.Fault{
		"the first is lost":       {mototest.LoseAnswer()},
		"lost, then throttled":    {mototest.LoseAnswer(), mototest.Refuse(400, "ThrottlingException", "slow down")},
		"the second is lost":      {mototest.Break(), mototest.LoseAnswer()},
		"late, and then not seen": {mototest.Hang(), mototest.LoseAnswer()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, door, _ := newStore(t)
			revision := save(t, s, stateWith(1), 0)
			door.Set(mototest.InTurn("dynamodb:PutItem", faults...))
			if revision = save(t, s, stateWith(2), revision); revision != 2 {
				t.Errorf("revision %d", revision)
			}
			if state, found, err := s.Load(t.Context()); err != nil || found != 2 || state.Counter != 2 {
				t.Errorf("loaded %d, revision %d, error %v", state.Counter, found, err)
			}
		})
	}
}

// A write of somebody else between ours and its answer is a conflict.
func TestLostAnswerAndAnotherWriter(t *testing.T) {
	t.Parallel()
	s, door, _ := newStore(t)
	another := s.client.Store(s.table, "prod")
	door.Set(mototest.InTurn("dynamodb:PutItem", func(action string, w http.ResponseWriter, r *http.Request, forward http.Handler) {
		door.Set(nil)
		defer func() { // after ours is written and its answer lost
			save(t, another, stateWith(7), 1)
			panic(recover())
		}()
		mototest.LoseAnswer()(action, w, r, forward)
	}))
	if _, err := s.Save(t.Context(), stateWith(1), 0); !errors.Is(err, incident.ErrConflict) {
		t.Errorf("another writer is not seen: %v", err)
	}
}

func TestTooLargeAState(t *testing.T) {
	t.Parallel()
	s, door, _ := newStore(t)
	state := stateWith(1)
	for i := range 40_000 {
		state.Endpoints[fmt.Sprint(i)] = &incident.Endpoint{Error: fmt.Sprint(rand.Uint64())}
	}
	_, err := s.Save(t.Context(), state, 0)
	sentence(t, err, "should stay below 350 KB", "if messages wait", "watch fewer endpoints in this environment")
	if !errors.Is(err, incident.ErrFull) {
		t.Errorf("%v is not that it is full", err)
	}
	if asked := door.Asked(); len(asked) != 0 {
		t.Errorf("it was sent nevertheless: %v", asked)
	}
}

// What is decided leaves room for claims and marks on it, below what a table
// takes of an item.
func TestAFullStateCanBeSettled(t *testing.T) {
	t.Parallel()
	s, _, _ := newStore(t)
	state := stateWith(1)
	for size := 0; size < maxItem; {
		for range 200 + (maxItem-size)/40 {
			state.Endpoints[fmt.Sprint(len(state.Endpoints))] = &incident.Endpoint{Error: fmt.Sprintf("%x", rand.Uint64())}
		}
		packed, err := pack(state)
		if err != nil {
			t.Fatal(err)
		}
		size = len(packed)
	}
	if _, err := s.Save(t.Context(), state, 0); !errors.Is(err, incident.ErrFull) {
		t.Errorf("a decision is saved: %v", err)
	}
	if revision, err := s.Settle(t.Context(), state, 0); err != nil || revision != 1 {
		t.Errorf("revision %d, error %v", revision, err)
	}
	for range 10_000 {
		state.Endpoints[fmt.Sprint(len(state.Endpoints))] = &incident.Endpoint{Error: fmt.Sprintf("%x", rand.Uint64())}
	}
	if _, err := s.Settle(t.Context(), state, 1); !errors.Is(err, incident.ErrFull) {
		t.Errorf("more than a table takes: %v", err)
	}
}

// A thousand endpoints with a month of troubles fit with room to spare.
func TestThousandEndpointsFit(t *testing.T) {
	t.Parallel()
	state := stateWith(1)
	at := time.Date(2026, 11, 20, 7, 5, 0, 0, time.UTC)
	for i := range 1000 {
		e := incident.Endpoint{Last: at, Since: at.Add(-time.Duration(rand.IntN(1e6)) * time.Second), First: at.AddDate(0, -2, 0),
			Failing: 4, Class: result.HTTPStatus, Error: fmt.Sprintf("answered 503 after %d ms", rand.IntN(900)), Recent: rand.Uint32(), Seen: 20}
		for day := range 30 {
			e.Down = append(e.Down, incident.Downtime{Day: at.AddDate(0, 0, -day).Format(time.DateOnly), Down: time.Duration(rand.IntN(1440)) * time.Minute})
		}
		state.Endpoints[fmt.Sprintf("group-%d/endpoint-%d", i%20, i)] = &e
	}
	packed, err := pack(state)
	if err != nil || len(packed) > maxItem/2 {
		t.Errorf("it has %d KB, error %v", len(packed)>>10, err)
	}
	t.Logf("%d KB", len(packed)>>10)
}
