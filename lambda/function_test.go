package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
)

func TestMain(m *testing.M) {
	status := m.Run()
	mototest.Stop()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(status)
}

// downConfig has one endpoint, where nothing listens.
const downConfig = `
environment: %s
endpoints:
  - {name: db, group: internal, url: "tcp://127.0.0.1:1", severity: critical, users-lose: everything, conditions: ["[CONNECTED] == true"]}
`

// The whole function, from the event to the message in a subscriber's queue:
// an endpoint that is down is told about after its second failing round, once.
func TestFunctionTellsOnce(t *testing.T) {
	t.Parallel() // it waits for confirmation
	i := install(t, fmt.Sprintf(downConfig, "e2e"))
	f := start(t, i.env...)
	f.succeed(t, tick("1"))
	if got := i.messages(t); len(got) != 0 {
		t.Fatalf("told after one failing round: %v", got)
	}
	f.succeed(t, tick("2"))
	got := i.messages(t)
	if len(got) != 1 || !strings.Contains(fmt.Sprint(got[0]["subject"]), "SEV1") || !strings.Contains(fmt.Sprint(got[0]), "tcp.refused") {
		t.Fatalf("messages %v, want one about the refused connection", got)
	}
	f.succeed(t, tick("2")) // the schedule may repeat itself
	f.succeed(t, tick("3"))
	if got := i.messages(t); len(got) != 0 {
		t.Fatalf("told again: %v", got)
	}
	metrics := 0
	for _, line := range f.documents(t) {
		if _, ok := line["_aws"]; ok {
			metrics++
		}
	}
	if metrics != 8 {
		t.Errorf("%d metric lines in 4 rounds, want one for the endpoint and one for the environment each", metrics)
	}
}

// A table that does not answer keeps nothing from being probed and measured,
// even if the function was called with little time left.
func TestTableHangs(t *testing.T) {
	t.Parallel()
	i := install(t, fmt.Sprintf(downConfig, "hanging"))
	i.door.Set(mototest.Hang())
	f := start(t, i.env...)
	f.api.left = 3 * time.Second
	<-f.api.ready // which may take its time
	began := time.Now()
	a, alive := f.invoke(t, tick("1"))
	if took := time.Since(began); !alive || !a.failed || took > f.api.left || !strings.Contains(a.body, "nothing was decided") {
		t.Errorf("after %v: %s", took, a.body)
	}
	lines := f.documents(t)
	if len(lines) != 3 || lines[2]["level"] != "ERROR" || lines[0]["class"] != "tcp.refused" || lines[1]["Unhealthy"] != 1.0 || lines[1]["OpenIncidents"] != nil {
		t.Errorf("it wrote %v", lines)
	}
}
