package awsapi

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/redact"
)

// plantedKey is the secret access key of all tests; no error may show it.
const plantedKey = "planted/SecretAccessKey/7f3a91"

// asked gathers what every test asked AWS for.
var asked struct {
	sync.Mutex
	actions map[string]bool
}

// TestMain holds what was really sent against access.Actions.
func TestMain(m *testing.M) {
	asked.actions = map[string]bool{}
	code := m.Run()
	mototest.Stop()
	for _, action := range slices.Sorted(maps.Keys(asked.actions)) {
		if !access.Listed(action) {
			fmt.Printf("FAIL: %s was asked for and is not listed in access.Actions\n", action)
			code = 1
		}
	}
	os.Exit(code)
}

// Limits for tests: patient ones for moto, which loads a service when it is asked
// for the first time, calm ones for what is answered here, and quick ones where
// nothing will ever answer.
var (
	patient = Config{Region: mototest.Region, Timeout: 2 * time.Minute, Attempt: time.Minute}
	calm    = Config{Region: mototest.Region, Timeout: 30 * time.Second, Attempt: 3 * time.Second}
	quick   = Config{Region: mototest.Region, Timeout: 30 * time.Second, Attempt: 300 * time.Millisecond}
)

// open returns a client whose requests go through a door.
func open(t *testing.T, config Config) (*Client, *mototest.Door) {
	t.Helper()
	door := mototest.Open(t)
	config.Endpoint = door.URL
	config.Keys = fakeKeys
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		door.Set(nil)
		noteAsked(door.Asked())
	})
	return c, door
}

func fakeKeys(context.Context) (Keys, error) {
	return Keys{ID: "AKIAEXAMPLEEXAMPLE00", Secret: plantedKey, Token: "planted-session-token"}, nil
}

func noteAsked(actions []string) {
	asked.Lock()
	defer asked.Unlock()
	for _, action := range actions {
		asked.actions[action] = true
	}
}

// behind is the configuration of the SDK for what tests prepare: straight to
// the server, past the door.
func behind(t *testing.T) aws.Config {
	t.Helper()
	url := mototest.URL(t)
	return aws.Config{
		Region: mototest.Region, BaseEndpoint: &url,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}

var tables atomic.Int64

// newTable makes a table for one test, as the stack does.
func newTable(t *testing.T) (name string, raw *dynamodb.Client) {
	t.Helper()
	raw = dynamodb.NewFromConfig(behind(t))
	name = fmt.Sprintf("table-%d", tables.Add(1))
	_, err := raw.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := raw.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
			t.Error(err)
		}
	})
	return name, raw
}

// newStore has a store on a table of its own, and the door before it.
func newStore(t *testing.T) (*Store, *mototest.Door, *dynamodb.Client) {
	t.Helper()
	return newStoreWith(t, calm)
}

func newStoreWith(t *testing.T, config Config) (*Store, *mototest.Door, *dynamodb.Client) {
	t.Helper()
	client, door := open(t, config)
	table, raw := newTable(t)
	return client.Store(table, "prod"), door, raw
}

func stateWith(counter int) incident.State {
	at := time.Date(2026, 11, 20, 7, 5, 0, 0, time.UTC)
	return incident.State{
		Version: incident.Version, Counter: counter, Updated: at,
		Endpoints: map[string]*incident.Endpoint{"web/home": {Last: at, Since: at, Failing: counter}},
		Outbox:    []*incident.Notice{{ID: "n1", Kind: incident.KindOpened, At: at}},
	}
}

// save saves and fails the test if that does.
func save(t *testing.T, s *Store, state incident.State, revision int64) int64 {
	t.Helper()
	next, err := s.Save(t.Context(), state, revision)
	if err != nil {
		t.Fatalf("saving over revision %d: %v", revision, err)
	}
	return next
}

// sentence checks an error's text: what it holds, and that it is clean.
func sentence(t *testing.T, err error, wanted ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	t.Log(err)
	for _, want := range wanted {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
	shown := fmt.Sprintf("%v %+v %#v", err, err, err)
	for _, secret := range []string{plantedKey, "planted-session-token", plantedSecret} {
		if strings.Contains(shown, secret) {
			t.Errorf("the error shows the secret %q: %s", secret, shown)
		}
	}
	// But for the names of ARNs, which look like secrets.
	if shown := redact.Text(err.Error()); shown != err.Error() && !strings.Contains(err.Error(), ":secret:") {
		t.Errorf("of %q a report leaves %q", err, shown)
	}
	if strings.ContainsAny(err.Error(), "\n\r") {
		t.Errorf("the error is more than one line: %q", err)
	}
}

// facing makes a client with a configuration to whom a handler is AWS.
func facing(t testing.TB, config Config, aws http.Handler) *Client {
	t.Helper()
	at := httptest.NewServer(aws)
	t.Cleanup(at.Close)
	config.Endpoint, config.Keys = at.URL, fakeKeys
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// unpaced takes the pace off, for tests that measure something else.
func (c *Client) unpaced() {
	c.paces.all = map[string]*pace{}
	for service := range rates {
		c.paces.all[service] = nil
	}
}
