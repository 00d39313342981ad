package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// failedOnce is an endpoint as the first failing round left it: the next one
// opens an incident, and confirms nothing any more.
func failedOnce(at time.Time) *incident.Endpoint {
	return &incident.Endpoint{First: at, Last: at, Since: at, Failing: 1, Class: result.TCPRefused, Seen: 1, Recent: 1}
}

// opening are the requests of the run that opens an incident: read, decide,
// tell, keep a record, mark.
var opening = []string{"dynamodb:GetItem", "dynamodb:PutItem", "sns:Publish", "dynamodb:PutItem", "dynamodb:PutItem"}

// The real function is killed at each of its requests to AWS, before AWS has
// it and before the answer is back. Another process gets the same tick: people
// are told, twice only if it was killed after the first time, and then the
// same.
func TestKilledAtEveryRequest(t *testing.T) {
	const environment = "killed-%d"
	i := install(t, fmt.Sprintf(downConfig, environment))
	for n := range 2 * len(opening) {
		request, after := n/2, n%2 == 1
		name := fmt.Sprintf(environment, n)
		env := append(slices.Clone(i.env), "TIDEWATCH_CONFIG="+configFile(t, fmt.Sprintf(downConfig, name)))
		i.change(t, name, func(s *incident.State) {
			s.Updated = time.Now().Add(-time.Minute)
			s.Endpoints["internal/db"] = failedOnce(s.Updated)
		})
		f := start(t, env...)
		i.door.Asked()
		i.door.Set(killAt(request, after, f.kill))
		if a, alive := f.invoke(t, tick("1")); alive {
			t.Fatalf("request %d: it lives, and says %s", request, a.body)
		}
		i.door.Set(nil)
		if got := i.door.Asked(); !slices.Equal(got, opening[:request+1]) {
			t.Errorf("killed at request %d: it had asked for %v", request, got)
		}
		i.change(t, name, passAMinute)
		start(t, env...).succeed(t, tick("1"))
		told := i.messages(t)
		published := request > 2 || request == 2 && after
		again := published && !(request == 4 && after) // which was the mark
		if want := map[bool]int{false: 1, true: 2}[again]; len(told) != want || told[0]["id"] != told[want-1]["id"] || told[0]["kind"] != "opened" || !slices.EqualFunc(told[:1], told[want-1:], sameMessage) {
			t.Errorf("killed at request %d, after it: %v: people were told %d times: %v", request, after, len(told), told)
		}
		state, _, err := i.client.Store(i.table, name).Load(t.Context())
		if err != nil || len(state.Outbox) > 0 || len(state.Unrecorded) > 0 || len(state.Active()) != 1 {
			t.Errorf("killed at request %d, after it: %v: the state is %+v, error %v", request, after, state, err)
		}
		records, err := i.client.Store(i.table, name).Records(t.Context(), 10)
		if err != nil || len(records) != 1 || records[0].Incident.ID != state.Active()[0].ID {
			t.Errorf("killed at request %d, after it: %v: kept is %+v, error %v", request, after, records, err)
		}
	}
}

func sameMessage(a, b map[string]any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// killAt is a door that kills whoever makes the request of that number.
func killAt(number int, after bool, kill func()) func(string, http.ResponseWriter, *http.Request, http.Handler) {
	var mu sync.Mutex
	count := 0
	return func(_ string, w http.ResponseWriter, r *http.Request, forward http.Handler) {
		mu.Lock()
		defer mu.Unlock()
		if count++; count-1 != number {
			forward.ServeHTTP(w, r)
			return
		}
		if after {
			forward.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithoutCancel(r.Context())))
		}
		kill()
		panic(http.ErrAbortHandler)
	}
}

// passAMinute makes claims as old as they are when the next tick comes.
func passAMinute(s *incident.State) {
	for _, n := range s.Outbox {
		if n.ClaimedBy != "" {
			n.ClaimedUntil = n.ClaimedUntil.Add(-time.Minute)
		}
	}
}
