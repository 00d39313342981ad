package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
	"hokus.ai/tidewatch/lambda/internal/incident"
)

// waitingSince is a message that was made some time ago.
func waitingSince(id string, ago time.Duration) *incident.Notice {
	at := time.Now().Add(-ago).UTC()
	return &incident.Notice{ID: id + "-1-opened", Kind: incident.KindOpened, Reason: incident.ReasonThreshold, At: at, Sequence: 1, Environment: "waits", Incident: &incident.Facts{
		ID: id, Key: id, Thread: id, Title: "what " + id + " is about", State: incident.Open, Severity: incident.SEV2, FirstFailure: at.Add(-time.Minute), Opened: at,
	}}
}

// refuseThose refuses publications that speak of something, and lets others
// through.
func refuseThose(word string, refuse mototest.Fault) mototest.Fault {
	return func(action string, w http.ResponseWriter, r *http.Request, forward http.Handler) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if action == "sns:Publish" && strings.Contains(string(body), word) {
			refuse(action, w, r, forward)
			return
		}
		forward.ServeHTTP(w, r)
	}
}

// What SNS refuses for its content is set aside by the real function once the
// topic has taken another; what it refuses for its policy stays, and all behind
// it. What comes late says so, and that it is over.
func TestFunctionIsNotBlocked(t *testing.T) {
	i := install(t, fmt.Sprintf(downConfig, "waits"))
	f := start(t, i.env...)
	i.change(t, "waits", func(s *incident.State) {
		s.Outbox = []*incident.Notice{waitingSince("INC-0101-1", 58*time.Minute), waitingSince("INC-0101-2", 50*time.Minute)}
		s.Last = map[string]incident.Past{"INC-0101-2": {ID: "INC-0101-2", Resolved: time.Now().Add(-40 * time.Minute).UTC()}}
	})
	left := func() incident.State {
		t.Helper()
		state, _, err := i.client.Store(i.table, "waits").Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return state
	}
	i.door.Set(refuseThose("INC-0101-1", mototest.Refuse(403, "AuthorizationError", "not authorized to perform: SNS:Publish")))
	if a, alive := f.invoke(t, tick("1")); !alive || !strings.Contains(a.body, "its policy needs sns:Publish") {
		t.Errorf("it says %s", a.body)
	}
	if got, state := i.messages(t), left(); len(got) != 0 || len(state.Outbox) != 2 || len(state.Aside) != 0 {
		t.Fatalf("told %v, waiting %v, set aside %v", got, state.Outbox, state.Aside)
	}
	i.door.Set(refuseThose("INC-0101-1", mototest.Refuse(400, "InvalidParameter", "Invalid parameter: Message too long")))
	f.succeed(t, tick("2"))
	var told []map[string]any
	for _, m := range i.messages(t) { // the endpoint of the configuration is down, which is told too
		if strings.HasPrefix(fmt.Sprint(m["id"]), "INC-0101-") {
			told = append(told, m)
		}
	}
	if len(told) != 1 || told[0]["id"] != "INC-0101-2-1-opened" || !strings.HasPrefix(fmt.Sprint(told[0]["subject"]), "Late, over since ") {
		t.Fatalf("told %v", told)
	}
	if about, _ := told[0]["incident"].(map[string]any); about["state"] != "resolved" || told[0]["late"] == nil {
		t.Errorf("told as %v, late %v", about["state"], told[0]["late"])
	}
	if state := left(); len(state.Outbox) != 0 || len(state.Aside) != 1 || state.Aside[0].Incident != "INC-0101-1" || !strings.Contains(state.Aside[0].Reason, "Message too long") {
		t.Errorf("waiting %v, set aside %+v", state.Outbox, state.Aside)
	}
}
