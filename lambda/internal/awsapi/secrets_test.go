package awsapi

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
)

const plantedSecret = "planted-hunter2"

// newSecrets has a reader with a clock that tests move.
func newSecrets(t *testing.T) (*Secrets, *mototest.Door, func(time.Duration)) {
	t.Helper()
	return newSecretsWith(t, calm)
}

func newSecretsWith(t *testing.T, config Config) (*Secrets, *mototest.Door, func(time.Duration)) {
	t.Helper()
	client, door := open(t, config)
	s := client.Secrets(10 * time.Minute)
	var mu sync.Mutex
	at := time.Now()
	s.now = func() time.Time { mu.Lock(); defer mu.Unlock(); return at }
	return s, door, func(d time.Duration) { mu.Lock(); defer mu.Unlock(); at = at.Add(d) }
}

// secretNamed makes a secret, and returns what changes it.
func secretNamed(t *testing.T, name, value string) (change func(string)) {
	t.Helper()
	raw := secretsmanager.NewFromConfig(behind(t))
	if _, err := raw.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: &name, SecretString: &value}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { deleteSecret(t, name) })
	return func(value string) {
		if _, err := raw.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: &name, SecretString: &value}); err != nil {
			t.Fatal(err)
		}
	}
}

func deleteSecret(t *testing.T, name string) {
	t.Helper()
	_, err := secretsmanager.NewFromConfig(behind(t)).DeleteSecret(context.Background(),
		&secretsmanager.DeleteSecretInput{SecretId: &name, ForceDeleteWithoutRecovery: aws.Bool(true)})
	if err != nil {
		t.Error(err)
	}
}

func manager(name, key string) check.Reference {
	return check.Reference{Store: "secretsmanager", Name: name, Key: key}
}

func TestSecretsManager(t *testing.T) {
	t.Parallel()
	s, door, _ := newSecrets(t)
	document := `{"token":"` + plantedSecret + `","port":5432,"large":12345678901234567890,"on":true,"list":["` + plantedSecret + `"],"none":null}`
	secretNamed(t, "shop/api", document)
	for key, want := range map[string]string{"": document, "token": plantedSecret, "port": "5432", "large": "12345678901234567890", "on": "true"} {
		if got, err := s.Get(t.Context(), manager("shop/api", key)); err != nil || got != want {
			t.Errorf("key %q: %q, error %v", key, got, err)
		}
	}
	for key, want := range map[string]string{"x": `its JSON has no key "x"`, "list": `the key "list" of its JSON holds neither a text nor a number`, "none": "neither a text"} {
		_, err := s.Get(t.Context(), manager("shop/api", key))
		sentence(t, err, want)
	}
	if asked := door.Asked(); len(asked) != 1 {
		t.Errorf("one secret with several keys was read %d times", len(asked))
	}
}

func TestSecretThatIsNoJSON(t *testing.T) {
	t.Parallel()
	s, _, _ := newSecrets(t)
	for i, value := range []string{plantedSecret, `"` + plantedSecret + `"`, "null", `{"` + plantedSecret} {
		name := fmt.Sprintf("plain-%d", i)
		secretNamed(t, name, value)
		_, err := s.Get(t.Context(), manager(name, "token"))
		sentence(t, err, `it is not a JSON object, so it has no key "token"`)
	}
}

func TestBinarySecret(t *testing.T) {
	t.Parallel()
	s, _, _ := newSecrets(t)
	raw := secretsmanager.NewFromConfig(behind(t))
	if _, err := raw.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("binary"), SecretBinary: []byte(plantedSecret)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { deleteSecret(t, "binary") })
	_, err := s.Get(t.Context(), manager("binary", ""))
	sentence(t, err, "it is binary, and only text can be sent")
}

func TestParameters(t *testing.T) {
	t.Parallel()
	s, _, _ := newSecrets(t)
	raw := ssm.NewFromConfig(behind(t))
	_, err := raw.PutParameter(t.Context(), &ssm.PutParameterInput{Name: aws.String("/shop/token"), Value: aws.String(plantedSecret), Type: ssmtypes.ParameterTypeSecureString, Overwrite: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), check.Reference{Store: "ssm", Name: "/shop/token"}); err != nil || got != plantedSecret {
		t.Errorf("%q, error %v", got, err)
	}
	_, err = s.Get(t.Context(), check.Reference{Store: "ssm", Name: "/shop/nothing"})
	sentence(t, err, "reading ssm:/shop/nothing (us-east-1): it does not exist in us-east-1 (ParameterNotFound")
	_, err = s.Get(t.Context(), check.Reference{Store: "vault", Name: "x"})
	sentence(t, err, `there is no store "vault": accepted: secretsmanager, ssm`)
}

func TestSecretsFail(t *testing.T) {
	t.Parallel()
	s, door, _ := newSecrets(t)
	_, err := s.Get(t.Context(), manager("nothing", ""))
	sentence(t, err, "reading secretsmanager:nothing (us-east-1): it does not exist in us-east-1 (ResourceNotFoundException")
	_, err = s.Get(t.Context(), manager("arn:aws:secretsmanager:eu-west-1:123456789012:secret:nothing-AbCdEf", ""))
	sentence(t, err, "it does not exist in eu-west-1")
	for name, c := range map[string]struct {
		fault mototest.Fault
		want  string
	}{
		"denied":    {mototest.Refuse(400, "AccessDeniedException", "no"), "its policy needs secretsmanager:GetSecretValue (AccessDeniedException: no)"},
		"key":       {mototest.Refuse(400, "DecryptionFailure", "no"), "the role needs kms:Decrypt on it (DecryptionFailure: no)"},
		"throttled": {mototest.Refuse(400, "ThrottlingException", "no"), "takes no more requests at the moment (ThrottlingException, 3 attempts: no)"},
		"broken":    {mototest.Refuse(502, "", ""), "secretsmanager has a problem (HTTP status 502, 3 attempts)"},
		"cut off":   {mototest.Break(), "the connection to secretsmanager gave no answer (EOF)"},
		"nonsense":  {answer(`["` + plantedSecret + `"`), "the call to secretsmanager did not work (the answer is not JSON of the expected form)"},
	} {
		door.Set(mototest.Always("secretsmanager:GetSecretValue", c.fault))
		_, err := s.Get(t.Context(), manager(name, ""))
		sentence(t, err, "reading secretsmanager:"+name+" (", c.want)
	}
	door.Set(nil)
	_, err = s.Get(t.Context(), manager("app/token", "")) // a name that looks as if its value followed
	sentence(t, err, "reading secretsmanager:app/token (us-east-1): it does not exist in us-east-1 (")
}

func TestSecretsManagerIsSilent(t *testing.T) {
	t.Parallel()
	s, door, _ := newSecretsWith(t, quick)
	door.Set(mototest.Always("secretsmanager:GetSecretValue", mototest.Hang()))
	_, err := s.Get(t.Context(), manager("silent", ""))
	sentence(t, err, "reading secretsmanager:silent (us-east-1): no answer from secretsmanager within ")
	if n := len(door.Asked()); n != attempts {
		t.Errorf("%d attempts", n)
	}
}

func TestSecretsAreRetried(t *testing.T) {
	t.Parallel()
	s, door, _ := newSecrets(t)
	secretNamed(t, "retried", plantedSecret)
	door.Set(mototest.InTurn("secretsmanager:GetSecretValue", mototest.Hang(), mototest.Refuse(400, "ThrottlingException", "no")))
	if got, err := s.Get(t.Context(), manager("retried", "")); err != nil || got != plantedSecret {
		t.Errorf("%q, error %v", got, err)
	}
	if n := len(door.Asked()); n != 3 {
		t.Errorf("%d attempts", n)
	}
}

func TestSecretsAreKept(t *testing.T) {
	t.Parallel()
	s, door, pass := newSecrets(t)
	change := secretNamed(t, "kept", "one")
	ref := manager("kept", "")
	var step string
	expect := func(want string, requests int) {
		t.Helper()
		got, err := s.Get(t.Context(), ref)
		if n := len(door.Asked()); err != nil || got != want || n != requests {
			t.Errorf("%s: %q after %d requests, error %v", step, got, n, err)
		}
	}
	expect("one", 1)
	change("two")
	step = "young enough"
	pass(9 * time.Minute)
	expect("one", 0)
	step = "after its time"
	pass(time.Minute)
	expect("two", 1)

	change("three")
	step = "refused at once after it was read"
	s.Refresh(ref)
	expect("three", 1)
	expect("three", 0)
	change("four")
	step = "refused again at once"
	s.Refresh(ref)
	expect("three", 0)
	step = "and a while later"
	pass(secretRetry)
	expect("four", 1)
	expect("four", 0)

	step = "AWS has a problem"
	pass(10 * time.Minute)
	door.Set(mototest.Always("secretsmanager:GetSecretValue", mototest.Refuse(400, "ThrottlingException", "")))
	expect("four", 3)
	step = "and is not asked again at once"
	expect("four", 0)
	step = "but later"
	pass(secretRetry)
	door.Set(nil)
	expect("four", 1)

	pass(10 * time.Minute)
	door.Set(mototest.Always("secretsmanager:GetSecretValue", mototest.Refuse(400, "AccessDeniedException", "no")))
	for range 2 { // a secret that was taken away is not used on
		_, err := s.Get(t.Context(), ref)
		sentence(t, err, "its policy needs secretsmanager:GetSecretValue")
	}
}

// A thousand endpoints with one secret ask once, and also fail once.
func TestSecretsAreReadOnceForAll(t *testing.T) {
	t.Parallel()
	s, door, _ := newSecrets(t)
	secretNamed(t, "many", plantedSecret)
	for name, failing := range map[string]bool{"many": false, "missing": true} {
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := s.Get(t.Context(), manager(name, "")); (err != nil) != failing {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		// The one that asks tries again where the answer takes too long.
		if n := len(door.Asked()); n < 1 || n > 3 {
			t.Errorf("%s: %d requests for 100 callers, want those of one", name, n)
		}
	}
}

// A probe without time for it does not spoil the secret for the others.
func TestSecretAndAShortDeadline(t *testing.T) {
	t.Parallel()
	s, door, _ := newSecrets(t)
	secretNamed(t, "short", plantedSecret)
	door.Set(mototest.InTurn("secretsmanager:GetSecretValue", mototest.Hang()))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	for range 2 { // one asks, one waits for it
		wg.Go(func() {
			if _, err := s.Get(ctx, manager("short", "")); err == nil {
				t.Error("no error")
			} else if strings.Contains(err.Error(), plantedSecret) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, err := s.Get(t.Context(), manager("short", "")); err != nil || got != plantedSecret {
		t.Errorf("%q, error %v", got, err)
	}
}
