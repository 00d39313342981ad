package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// Eight processes of the function get a tick at the same time, again and again,
// while one endpoint after the other fails. Each message is published once.
func TestOverlappingRuns(t *testing.T) {
	const rounds, processes = 6, 8
	var failing atomic.Int64 // so many of the endpoints
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var number int64
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &number); err != nil || number < failing.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer site.Close()
	var config strings.Builder
	config.WriteString("environment: overlap\nsummary: {every: never}\nendpoints:\n")
	for n := range rounds {
		fmt.Fprintf(&config, "  - {name: e, group: g%d, url: \"%s/%d\", conditions: [\"[STATUS] == 200\"]}\n", n, site.URL, n)
	}
	i := install(t, config.String())
	functions := make([]*function, processes)
	for n := range functions {
		functions[n] = start(t, i.env...)
	}
	told := map[any]bool{}
	for round := range rounds {
		failing.Store(int64(round + 1))
		i.change(t, "overlap", func(s *incident.State) {
			s.Endpoints[fmt.Sprintf("g%d/e", round)] = failedOnce(time.Now().Add(-time.Minute))
		})
		var all sync.WaitGroup
		for _, f := range functions {
			all.Go(func() { f.succeed(t, tick(fmt.Sprint(round))) })
		}
		all.Wait()
		got := i.messages(t)
		if len(got) != 1 || told[got[0]["id"]] || got[0]["kind"] != "opened" {
			t.Errorf("round %d: %d messages: %v", round, len(got), got)
		}
		for _, m := range got {
			told[m["id"]] = true
		}
	}
	if len(told) != rounds {
		t.Errorf("%d messages for %d incidents", len(told), rounds)
	}
	store := i.client.Store(i.table, "overlap")
	state, _, err := store.Load(t.Context())
	if err != nil || len(state.Outbox) > 0 || len(state.Unrecorded) > 0 || len(state.Active()) != rounds {
		t.Errorf("%d notices, unrecorded %v, %d open, error %v", len(state.Outbox), state.Unrecorded, len(state.Active()), err)
	}
	records, err := store.Records(t.Context(), 100)
	if err != nil || len(records) != rounds {
		t.Errorf("%d records, error %v", len(records), err)
	}
}
