package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
	"hokus.ai/tidewatch/lambda/internal/scenario"
)

// The secrets that stand in what AWS, endpoints and the configuration say.
var plantedAnywhere = []string{"hunter2-planted", "AKIAIOSFODNN7EXAMPLE", "ghp_0123456789abcdefghijABCDEFGHIJ012345", "planted-token-4711"}

const plantedText = "password=hunter2-planted key AKIAIOSFODNN7EXAMPLE token ghp_0123456789abcdefghijABCDEFGHIJ012345"

// plants are changes to answers of AWS: what stands there, and what stands
// there then.
var plants = [][2]string{
	{`"taskArns": []`, `"taskArns": ["arn:aws:ecs:us-east-1:123456789012:task/dev/s1"]`},
	{`"tasks": [`, `"tasks": [{"taskArn": "arn:aws:ecs:us-east-1:123456789012:task/dev/s1", "group": "service:api", "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/api:114", "lastStatus": "STOPPED", "stoppedAt": 1772366280, "overrides": {"containerOverrides": [{"environment": [{"name": "A", "value": "hunter2-planted"}]}]}, "stopCode": "EssentialContainerExited", "stoppedReason": "` + plantedText + `", "containers": [{"name": "api", "exitCode": 1, "reason": "` + plantedText + `"}]}, `},
	{`"environment": [`, `"command": ["serve", "--store=postgres://u:hunter2-planted@db.dev.local:5432/x"], "dockerLabels": {"note": "` + plantedText + `"}, "environment": [{"name": "DB_PASSWORD", "value": "hunter2-planted"}, {"name": "SOME_KEY", "value": "hunter2-planted.example.org:1"}, {"name": "DATABASE_URL", "value": "postgres://u:hunter2-planted@10.0.3.219:5432/x?token=ghp_0123456789abcdefghijABCDEFGHIJ012345"}, `},
	{"(connect timeout=120)", "(connect timeout=120) " + plantedText + " https://u:hunter2-planted@x.example/"},
	{`"stoppedReason": "`, `"tags": [{"key": "note", "value": "` + plantedText + `"}], "stoppedReason": "` + plantedText + " "},
	{`"events": []`, `"events": [{"id": "1", "createdAt": 1772366280, "message": "` + plantedText + `"}], "tags": [{"key": "note", "value": "` + plantedText + `"}]`},
	{"<description>", "<tagSet><item><key>note</key><value>" + plantedText + "</value></item></tagSet><description>" + plantedText + " "},
	{"<groupDescription>", "<groupDescription>" + plantedText + " "},
	{"<Description>", "<Description>" + plantedText + " "},
	{"<MessageBody>not found", "<MessageBody>" + plantedText},
	{"<DNSName>main-1", "<Tags><member><Key>note</Key><Value>" + plantedText + "</Value></member></Tags><DNSName>main-1"},
	{"<Priority>10</Priority>", "<Priority>10</Priority><Tags><member><Value>" + plantedText + "</Value></member></Tags>"},
	{"<Value>60</Value>", "<Value>1</Value>"}, // so that nobody waits a minute
	{`"rolloutStateReason": ""`, `"rolloutStateReason": "` + plantedText + `"`},
}

// leaky is the server of a scenario with all plants; what was planted is noted.
// What it is asked of DynamoDB is for the store.
func leaky(t *testing.T, name string, store http.Handler) (at string, planted func() []string) {
	t.Helper()
	s, err := scenario.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	behind := scenario.NewServer(s)
	var mu sync.Mutex
	done := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_") && store != nil {
			store.ServeHTTP(w, r)
			return
		}
		kept := httptest.NewRecorder()
		behind.ServeHTTP(kept, r)
		text := kept.Body.String()
		mu.Lock()
		for _, plant := range plants {
			if strings.Contains(text, plant[0]) {
				done[plant[0]], text = true, strings.ReplaceAll(text, plant[0], plant[1])
			}
		}
		mu.Unlock()
		maps.Copy(w.Header(), kept.Header())
		w.Header().Set("X-Amzn-Note", plantedText)
		w.WriteHeader(kept.Code)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []string { mu.Lock(); defer mu.Unlock(); return slices.Sorted(maps.Keys(done)) }
}

// leakyConfig is the configuration of an endpoint that answers with secrets.
func leakyConfig(t *testing.T) (file string) {
	t.Helper()
	proxy := edge(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Internal-Token", plantedText)
		w.Header().Set("Location", "https://u:hunter2-planted@x.example/?token=ghp_0123456789abcdefghijABCDEFGHIJ012345")
		balancer(http.StatusGatewayTimeout, "text/html", "<html><center><h1>504 Gateway Time-out</h1></center> "+plantedText+" "+r.Header.Get("Authorization")+"</html>")(w, r)
	})
	file = filepath.Join(t.TempDir(), "t.yaml")
	text := fmt.Sprintf(`environment: test
aws: {region: us-east-1, clusters: [dev]}
endpoints:
  - name: health
    group: api
    url: https://api.hokus.ai/api/v1/health?api_key=${API_TOKEN}
    headers: {Authorization: "Bearer ${API_TOKEN}", X-Tenant: blue}
    conditions: ["[STATUS] == 200", "[BODY].token == ${API_TOKEN}"]
    client: {insecure: true, timeout: 10s, proxy-url: "%s"}
`, proxy)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Whatever form a diagnosis is asked for in, and in what it keeps: no secret is
// in it, wherever it stood.
func TestDiagnoseShowsNoSecrets(t *testing.T) {
	aws, planted := leaky(t, "d30-dead-address", nil)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "planted-token-4711/7f3a91")
	env := map[string]string{"AWS_ENDPOINT_URL": aws, "AWS_REGION": "us-east-1", "XDG_STATE_HOME": t.TempDir(), "API_TOKEN": "planted-token-4711"}
	file, kept := leakyConfig(t), filepath.Join(t.TempDir(), "case.json")
	shown := map[string]string{}
	for _, form := range []string{"text", "markdown", "json", "slack"} {
		got := tidewatchIn(t.Context(), env, "diagnose", "--config", file, "--output", form, "--save", kept)
		if got.status != statusUnhealthy || !strings.Contains(got.out, "10.0.3.219") {
			t.Fatalf("%s: %+v", form, got)
		}
		again := tidewatch(t, "diagnose", "--facts", kept, "--output", form)
		shown[form], shown[form+" again"] = got.out+got.err, again.out+again.err
	}
	for _, form := range []string{"text", "markdown", "json"} {
		got := tidewatchIn(t.Context(), env, "run", "--config", file, "--diagnose", "--state", "file", "--output", form)
		shown["run "+form] = got.out + got.err
	}
	saved, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	shown["what is kept"] = string(saved)
	err = filepath.WalkDir(env["XDG_STATE_HOME"], func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			content, _ := os.ReadFile(path)
			shown["state "+filepath.Base(path)] = string(content)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(shown) < 8+3+1+1 || !strings.Contains(shown["text"], "[redacted]") {
		t.Errorf("what is shown lacks something: %v", slices.Sorted(maps.Keys(shown)))
	}
	showNoSecrets(t, shown)
	for _, plant := range plants {
		if !slices.Contains(planted(), plant[0]) {
			t.Errorf("nothing was planted at %q", plant[0])
		}
	}
}

func showNoSecrets(t *testing.T, shown map[string]string) {
	t.Helper()
	for what, all := range shown {
		for _, secret := range plantedAnywhere {
			if i := strings.Index(all, secret); i >= 0 {
				t.Errorf("%s shows %q: …%s…", what, secret, all[max(0, i-160):min(len(all), i+80)])
			}
		}
	}
}

// Nor is one in what stands in the table, as it stands there, nor in what
// commands make of that.
func TestItemsHoldNoSecrets(t *testing.T) {
	signedIn(t)
	at, err := url.Parse(mototest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	aws, planted := leaky(t, "d30-dead-address", httputil.NewSingleHostReverseProxy(at))
	table, _ := newTable(t)
	env := map[string]string{"AWS_ENDPOINT_URL": aws, "AWS_REGION": "us-east-1", "API_TOKEN": "planted-token-4711"}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "planted-token-4711/7f3a91")
	file, state := leakyConfig(t), "dynamodb:"+table
	shown := map[string]string{}
	for i := range 3 {
		got := tidewatchIn(t.Context(), env, "run", "--config", file, "--diagnose", "--state", state)
		shown[fmt.Sprint("run ", i)] = got.out + got.err
	}
	for _, form := range []string{"text", "markdown", "json", "slack"} {
		got := tidewatchIn(t.Context(), env, "report", "--config", file, "--state", state, "--output", form)
		if got.status != statusHealthy || !strings.Contains(got.out, "10.0.3.219") {
			t.Fatalf("%s: %+v", form, got)
		}
		shown["report "+form] = got.out + got.err
	}
	for _, form := range []string{"text", "json"} {
		got := tidewatchIn(t.Context(), env, "incidents", "--config", file, "--state", state, "--output", form)
		if got.status == statusFailed || !strings.Contains(got.out, "INC-") {
			t.Fatalf("%s: %+v", form, got)
		}
		shown["incidents "+form] = got.out + got.err
	}
	items := itemsIn(t, table)
	maps.Copy(shown, items)
	if all := strings.Join(slices.Collect(maps.Values(items)), " "); !strings.Contains(all, "10.0.3.219") || !strings.Contains(all, "[redacted]") || len(planted()) < 5 {
		t.Errorf("the items lack the report: %v", slices.Sorted(maps.Keys(items)))
	}
	showNoSecrets(t, shown)
}

// itemsIn is everything that a table holds, unpacked, by key and attribute.
func itemsIn(t *testing.T, table string) map[string]string {
	t.Helper()
	found, err := dynamodb.NewFromConfig(moto(t)).Scan(t.Context(), &dynamodb.ScanInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, item := range found.Items {
		for name, value := range item {
			key := item["sk"].(*types.AttributeValueMemberS).Value + " " + name
			switch value := value.(type) {
			case *types.AttributeValueMemberS:
				all[key] = value.Value
			case *types.AttributeValueMemberB:
				packed, err := gzip.NewReader(bytes.NewReader(value.Value))
				if err != nil {
					t.Fatalf("%s: %v", key, err)
				}
				text, err := io.ReadAll(packed)
				if err != nil {
					t.Fatalf("%s: %v", key, err)
				}
				all[key] = string(text)
			}
		}
	}
	return all
}
