package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// shop is an endpoint that runs on an ECS service, and counts who asks.
func shop(t *testing.T) (config string, asked *atomic.Int64) {
	asked = &atomic.Int64{}
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(site.Close)
	return fmt.Sprintf(`
environment: shop
aws: {region: us-east-1, clusters: [prod]}
summary: {every: never}
endpoints:
  - {name: shop, url: "%s/", runs-on: {service: shop}, conditions: ["[STATUS] == 200"]}
`, site.URL), asked
}

// ecs is an event of ECS about the service of the shop.
func ecs(kind, id, resource, detail string) string {
	return fmt.Sprintf(`{"version":"0","id":%q,"detail-type":%q,"source":"aws.ecs","account":"123456789012","time":%q,"region":"us-east-1","resources":["arn:aws:ecs:us-east-1:123456789012:%s"],"detail":{"clusterArn":"arn:aws:ecs:us-east-1:123456789012:cluster/prod",%s}}`,
		id, kind, time.Now().UTC().Format(time.RFC3339), resource, detail)
}

func taskStopped(id string) string {
	return ecs("ECS Task State Change", id, "task/prod/"+id, `"group":"service:shop","lastStatus":"STOPPED","desiredStatus":"STOPPED","stopCode":"EssentialContainerExited","stoppedReason":"Essential container in task exited","startedBy":"ecs-svc/1"`)
}

func deployment(id, name string) string {
	return ecs("ECS Deployment State Change", id, "service/prod/shop", `"eventType":"INFO","eventName":"`+name+`","deploymentId":"ecs-svc/1","updatedAt":"2026-03-01T03:12:22Z","reason":"r"`)
}

// Events that say the same twice are handled once, a stream of stopped tasks
// probes once a minute, and what is not for us does nothing.
func TestEvents(t *testing.T) {
	config, asked := shop(t)
	i := install(t, config)
	f := start(t, i.env...)
	for _, tt := range []struct {
		what, event string
		probes      int64
		says        string
	}{
		{"a deployment completes", deployment("d-1", "SERVICE_DEPLOYMENT_COMPLETED"), 1, `"trigger":"deployment"`},
		{"the same event again", deployment("d-1", "SERVICE_DEPLOYMENT_COMPLETED"), 0, "event was handled before"},
		{"a task stops", taskStopped("t-1"), 1, `"trigger":"task-stopped"`},
		{"the next one", taskStopped("t-2"), 0, `"probed":0`},
		{"and the next", taskStopped("t-3"), 0, `"probed":0`},
		{"one of another service", strings.ReplaceAll(taskStopped("t-4"), "service:shop", "service:other"), 0, `"probed":0`},
		{"a tick", tick("1"), 1, `"Heartbeat":1`},
		{"a manual event", `{"only":"sh*"}`, 1, `"trigger":"manual"`},
		{"of another source", `{"source":"aws.s3","detail-type":"Object Created"}`, 0, "event ignored"},
		{"of an unknown name", ecs("ECS Something New", "n-1", "service/prod/shop", `"x":1`), 0, "event ignored"},
	} {
		before, shown := asked.Load(), len(f.written(t))
		f.succeed(t, tt.event)
		if got := asked.Load() - before; got != tt.probes {
			t.Errorf("%s: probed %d times, want %d", tt.what, got, tt.probes)
		}
		if said := f.written(t)[shown:]; !strings.Contains(said, tt.says) {
			t.Errorf("%s: it wrote %s, want %s", tt.what, said, tt.says)
		}
	}
	state, _, err := i.client.Store(i.table, "shop").Load(t.Context())
	if err != nil || len(state.Services["prod/shop"].News) == 0 {
		t.Fatalf("%+v, error %v", state.Services, err)
	}
	counted := 0
	for _, n := range state.Services["prod/shop"].News {
		if strings.Contains(n.Name, "Essential") || n.Count == 3 {
			counted = n.Count
		}
	}
	if counted != 3 {
		t.Errorf("the stopped tasks are counted as %+v, want 3", state.Services["prod/shop"].News)
	}
}

// What should be for us and is not understood is an error that says where.
func TestMalformedEvents(t *testing.T) {
	config, asked := shop(t)
	i := install(t, config)
	f := start(t, i.env...)
	for event, want := range map[string]string{
		`{"source":"tidewatch"}`: "trigger",
		`{"source":"aws.ecs","detail-type":"ECS Deployment State Change","id":"x","time":"2026-03-01T03:12:22Z"}`: "detail",
		`{"only":5}`:          "only",
		`{"detail-type":"x"}`: "source",
		`[]`:                  "object",
	} {
		a, alive := f.invoke(t, event)
		if !alive || !a.failed || !strings.Contains(a.body, want) || !strings.Contains(a.body, "xpected") {
			t.Errorf("%s: %v %s, want an error about %s", event, a.failed, a.body, want)
		}
	}
	if asked.Load() != 0 || len(i.door.Asked()) != 0 {
		t.Error("a malformed event did something")
	}
	f.succeed(t, tick("1"))
}

// A healthy run reads once, and asks for nothing but the state, except for the
// inventory of the hour. It writes when something has changed, or nothing was
// written for five minutes.
func TestHealthyRunReadsOnce(t *testing.T) {
	config, _ := shop(t)
	i := install(t, config)
	f := start(t, i.env...)
	read, write := "dynamodb:GetItem", "dynamodb:PutItem"
	for n := range 21 { // as many outcomes are kept, and one changes the state
		f.succeed(t, tick(fmt.Sprint(n)))
		beside := slices.DeleteFunc(i.door.Asked(), func(action string) bool { return action == read || action == write })
		if took := len(beside) > 0; took != (n == 0) { // the inventory, once an hour
			t.Errorf("round %d: it asked for %v beside the state", n, beside)
		}
	}
	for n, want := range [][]string{{read}, {read}, {read, write}, {read}} {
		if n == 2 {
			i.change(t, "shop", func(s *incident.State) { s.Updated = s.Updated.Add(-5 * time.Minute) })
		}
		i.door.Asked()
		f.succeed(t, tick(fmt.Sprint("healthy-", n)))
		if got := i.door.Asked(); !slices.Equal(got, want) {
			t.Errorf("round %d: it asked for %v, want %v", n, got, want)
		}
	}
}

// A secret is rotated: the endpoint refuses the old one, the confirming probe
// has the new one, and nobody is told. One that cannot be read is no failure of
// its endpoint.
func TestRotatedSecret(t *testing.T) {
	t.Parallel()
	var token atomic.Value
	token.Store("old-planted-token")
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Token") != token.Load() {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer site.Close()
	i := install(t, fmt.Sprintf(`
environment: secrets
summary: {every: never}
endpoints:
  - {name: api, url: "%[1]s/", headers: {X-Token: "secretsmanager:rotated#token"}, conditions: ["[STATUS] == 200"], alerts: [{type: sns, failure-threshold: 1}]}
  - {name: lost, url: "%[1]s/", headers: {X-Token: "secretsmanager:lost"}, conditions: ["[STATUS] == 200"], alerts: [{type: sns, failure-threshold: 1}]}
`, site.URL))
	manager := secretsmanager.NewFromConfig(i.aws)
	value := func() *string { return aws.String(fmt.Sprintf(`{"token":%q}`, token.Load())) }
	if _, err := manager.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("rotated"), SecretString: value()}); err != nil {
		t.Fatal(err)
	}
	f := start(t, i.env...)
	f.succeed(t, tick("1"))
	token.Store("new-planted-token")
	if _, err := manager.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String("rotated"), SecretString: value()}); err != nil {
		t.Fatal(err)
	}
	f.succeed(t, tick("2"))
	f.succeed(t, tick("3"))
	healthy, skipped := 0, 0
	for _, line := range f.documents(t) {
		switch {
		case line["Endpoint"] == "api" && line["state"] == "healthy":
			healthy++
		case line["Endpoint"] == "lost" && line["class"] == "probe.skipped" && strings.Contains(fmt.Sprint(line["error"]), "secretsmanager:lost"):
			skipped++
		}
	}
	if healthy != 3 || skipped != 3 {
		t.Errorf("%d healthy rounds of the one, %d skipped of the other, want 3 and 3:\n%s", healthy, skipped, f.written(t))
	}
	if got := i.messages(t); len(got) != 0 {
		t.Errorf("people were told %v", got)
	}
	if strings.Contains(f.written(t), "planted") {
		t.Error("a secret was written")
	}
}
