package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"hokus.ai/tidewatch/lambda/internal/awsapi"
	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
	"hokus.ai/tidewatch/lambda/internal/incident"
)

// signedIn is the environment of somebody who is signed in to moto. The chain
// of the SDK reads that of the process.
func signedIn(t *testing.T) map[string]string {
	t.Helper()
	env := map[string]string{"AWS_ENDPOINT_URL": mototest.URL(t), "AWS_REGION": mototest.Region}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "planted/SecretAccessKey/7f3a91")
	return env
}

// signedOut takes away what the machine of whoever runs the tests may have.
func signedOut(t *testing.T) {
	t.Helper()
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
}

func moto(t *testing.T) aws.Config {
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

// newTable makes a table as the stack does, and returns its name and a store
// as the function has it.
func newTable(t *testing.T) (name string, store *awsapi.Store) {
	t.Helper()
	raw := dynamodb.NewFromConfig(moto(t))
	name = fmt.Sprintf("tidewatch-%d", tables.Add(1))
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
	client, err := awsapi.New(awsapi.Config{Region: mototest.Region, Endpoint: mototest.URL(t), Keys: func(context.Context) (awsapi.Keys, error) {
		return awsapi.Keys{ID: "test", Secret: "test"}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return name, client.Store(name, "default")
}

// guarded is a server that wants a token.
func guarded(t *testing.T, token string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			http.Error(w, "who are you?", http.StatusUnauthorized)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func guardedConfig(t *testing.T, url string) string {
	t.Helper()
	return configFile(t, "endpoints:\n  - {name: a, url: \""+url+"\", headers: {Authorization: \"Bearer secretsmanager:shop/token#probe\"}, conditions: [\"[STATUS] == 200\"]}\n")
}

func TestSecretsOfTheConfiguration(t *testing.T) {
	env := signedIn(t)
	const token = "planted-token-4711"
	raw := secretsmanager.NewFromConfig(moto(t))
	if _, err := raw.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("shop/token"), SecretString: aws.String(`{"probe":"` + token + `"}`)}); err != nil {
		t.Fatal(err)
	}
	got := tidewatchIn(t.Context(), env, "run", "--config", guardedConfig(t, guarded(t, token)), "--output", "json")
	if got.status != statusHealthy || got.err != "" || strings.Contains(got.out, token) {
		t.Errorf("%+v", got)
	}
	// As environment of the process it is the same.
	for name, value := range env {
		t.Setenv(name, value)
	}
	if got := tidewatchIn(t.Context(), env, "run", "--config", guardedConfig(t, guarded(t, "another"))); got.status != statusUnhealthy || !strings.Contains(got.out, "answered 401") {
		t.Errorf("a wrong token: %+v", got)
	}
}

// Somebody who is not signed in waits a second at most, whatever the metadata
// service does that is not there, and is told what to do.
func TestNobodyIsSignedIn(t *testing.T) {
	signedOut(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	var asked atomic.Int64
	go func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			defer conn.Close()
		}
	}()
	const remedy = "there are no AWS credentials; sign in as for the AWS command line, with `aws sso login` or `aws configure`, and name the profile in AWS_PROFILE"
	env := map[string]string{"AWS_REGION": mototest.Region}
	config := guardedConfig(t, "http://127.0.0.1:1/")
	for disabled, most := range map[string]int64{"true": 0, "false": 2} {
		t.Setenv("AWS_EC2_METADATA_DISABLED", disabled)
		t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://"+silent.Addr().String())
		before := asked.Load()
		got := tidewatchIn(t.Context(), env, "run", "--config", config)
		if got.status != statusUnhealthy || !strings.Contains(got.out, "probe.skipped") || !strings.Contains(got.out, remedy) {
			t.Errorf("%+v", got)
		}
		// One attempt, with a token and without, takes a second; each further one
		// would take another.
		if n := asked.Load() - before; n > most || most > 0 && n == 0 {
			t.Errorf("metadata service disabled %s: it was asked %d times, want at most %d", disabled, n, most)
		}
		got = tidewatchIn(t.Context(), env, "run", "--config", configOf(t, 1), "--state", "dynamodb:tidewatch")
		if got.status != statusFailed || !strings.Contains(got.err, "--state dynamodb:tidewatch could not be used: reading the state from table tidewatch, environment default: "+remedy) {
			t.Errorf("%+v", got)
		}
	}
	if got := tidewatch(t, "run", "--config", config); !strings.Contains(got.out, "no AWS region is set: set AWS_REGION, such as us-east-1") {
		t.Errorf("without a region: %+v", got)
	}
}

// configOf has an endpoint that is down.
func configOf(t *testing.T, port int) string {
	t.Helper()
	return configFile(t, fmt.Sprintf("endpoints:\n  - {name: a, url: \"tcp://127.0.0.1:%d\", conditions: [\"[CONNECTED] == true\"]}\n", port))
}

func TestKeyless(t *testing.T) {
	for cause, want := range map[string]string{
		"failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata": "there are no AWS credentials; sign in",
		"the SSO session has expired or is invalid\x1b[0m":                                                   "the AWS credentials of this machine cannot be used: sign in as for the AWS command line, with `aws sso login` or `aws configure`, and name the profile in AWS_PROFILE (the SSO session has expired or is invalid␛[0m)",
	} {
		if got := keyless(errors.New(cause)); !strings.HasPrefix(got.Error(), want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// In a keyring failures are remembered for a moment, and no longer.
func TestKeyring(t *testing.T) {
	asked := 0
	chain := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		if asked++; asked == 1 {
			return aws.Credentials{}, errors.New("no")
		}
		return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret", SessionToken: "token"}, nil
	})
	k := keyring{chain: chain}
	for range 3 {
		if _, err := k.keys(t.Context()); err == nil {
			t.Error("there are keys")
		}
	}
	k.failed = k.failed.Add(-keysAgain)
	if got, err := k.keys(t.Context()); err != nil || got != (awsapi.Keys{ID: "id", Secret: "secret", Token: "token"}) || asked != 2 {
		t.Errorf("%+v, %v, asked %d times", got, err, asked)
	}
}

// On the function's table, a run takes part and leaves the messages to the
// function.
func TestRunOnTheFunctionsTable(t *testing.T) {
	env := signedIn(t)
	table, store := newTable(t)
	config := configOf(t, 1)
	for range 3 {
		if got := tidewatchIn(t.Context(), env, "run", "--config", config, "--state", "dynamodb:"+table); got.status != statusUnhealthy || got.err != "" {
			t.Fatalf("%+v", got)
		}
	}
	state, _, err := store.Load(t.Context())
	if err != nil || len(state.Active()) != 1 {
		t.Fatalf("%+v, error %v", state, err)
	}
	var kinds []incident.Kind
	for _, n := range state.Outbox {
		kinds = append(kinds, n.Kind)
		if n.ClaimedBy != "" {
			t.Errorf("message %s is claimed by %s", n.ID, n.ClaimedBy)
		}
	}
	if len(kinds) == 0 || kinds[len(kinds)-1] != incident.KindOpened {
		t.Errorf("messages that wait: %v", kinds)
	}
	if records, err := store.Records(t.Context(), 9); err != nil || len(records) != 1 || records[0].Incident.ID != state.Incidents[0].ID {
		t.Errorf("records %+v, error %v", records, err)
	}
}

// Another configuration than the function's must not take anything from it.
func TestAnotherConfigurationOnTheFunctionsTable(t *testing.T) {
	env := signedIn(t)
	table, store := newTable(t)
	withIncidents(t, store)
	got := tidewatchIn(t.Context(), env, "run", "--config", configOf(t, 1), "--state", "dynamodb:"+table)
	want := "it knows 1 endpoint that this configuration has not, such as web/down, and would lose them: take the configuration of the function, or --state none\n"
	if got.status != statusFailed || !strings.HasSuffix(got.err, want) || !strings.Contains(got.out, "0 of 1 healthy") {
		t.Errorf("%+v", got)
	}
	if state, revision, err := store.Load(t.Context()); err != nil || revision != 1 || len(state.Active()) != 1 || state.Endpoints["web/down"] == nil {
		t.Errorf("%+v, revision %d, error %v", state, revision, err)
	}
}

// In a local file nobody waits for messages.
func TestNoMessageWaitsInAFile(t *testing.T) {
	path, place := stateFileIn(t)
	for range 2 {
		tidewatch(t, "run", place, "--config", configOf(t, 1))
	}
	if s := kept(t, path); len(s.Active()) != 1 || len(s.Outbox) != 0 || len(s.Unrecorded) != 0 {
		t.Errorf("%+v", s)
	}
}
