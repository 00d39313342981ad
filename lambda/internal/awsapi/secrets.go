package awsapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hokus.ai/tidewatch/lambda/check"
)

// How long what is known of a secret is used.
const (
	DefaultSecretTTL = 15 * time.Minute
	secretRetry      = 30 * time.Second // after a failure, and between refreshes
)

// Secrets reads references to secrets, and keeps what it read. Many endpoints
// may name the same one: it is asked for once. While AWS has a problem the last
// value is used on.
type Secrets struct {
	client *Client
	ttl    time.Duration
	now    func() time.Time

	mu      sync.Mutex
	entries map[string]*secret // by store and name, whatever the key
}

// secret is one value in AWS. Whoever holds the lock may use its fields.
type secret struct {
	lock    chan struct{}
	suspect atomic.Bool // an endpoint did not accept it

	value  string
	read   time.Time // zero: there is no value
	doubt  time.Time // when it was last read again because it was suspect
	failed time.Time // last attempt, if that failed
	err    error
}

// Secrets returns a reader that asks again after ttl; 0: DefaultSecretTTL.
func (c *Client) Secrets(ttl time.Duration) *Secrets {
	if ttl <= 0 {
		ttl = DefaultSecretTTL
	}
	return &Secrets{client: c, ttl: ttl, now: time.Now, entries: map[string]*secret{}}
}

// Get returns the value of a reference. Its errors never contain one.
func (s *Secrets) Get(ctx context.Context, ref check.Reference) (string, error) {
	e := s.entry(ref)
	select {
	case e.lock <- struct{}{}:
	case <-ctx.Done():
		return "", errors.New("the probe's time was over before the secret was there")
	}
	value, err := s.current(ctx, e, ref)
	<-e.lock
	if err != nil {
		return "", err
	}
	return pick(value, ref)
}

// Refresh says that an endpoint did not accept the value: the next Get asks
// AWS again, unless it has just done so for the same reason.
func (s *Secrets) Refresh(ref check.Reference) { s.entry(ref).suspect.Store(true) }

func (s *Secrets) entry(ref check.Reference) *secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := check.Reference{Store: ref.Store, Name: ref.Name}.String()
	e, ok := s.entries[name]
	if !ok {
		e = &secret{lock: make(chan struct{}, 1)}
		s.entries[name] = e
	}
	return e
}

// current returns what is known if that is young enough, and asks otherwise.
func (s *Secrets) current(ctx context.Context, e *secret, ref check.Reference) (string, error) {
	now := s.now()
	age := now.Sub(e.read)
	if known := !e.read.IsZero(); known && age < s.ttl && (!e.suspect.Load() || now.Sub(e.doubt) < secretRetry) {
		return e.value, nil
	}
	if !e.failed.IsZero() && now.Sub(e.failed) < secretRetry {
		return e.lastKnown()
	}
	if e.suspect.Swap(false) {
		e.doubt = now
	}
	value, err := s.client.fetch(ctx, ref)
	switch {
	case err == nil:
		e.value, e.read, e.failed, e.err = value, now, time.Time{}, nil
		return value, nil
	case ctx.Err() != nil: // the caller had no time, which says nothing of the secret
		e.suspect.Store(!e.read.IsZero())
		e.doubt = time.Time{}
		if e.read.IsZero() {
			return "", err
		}
		return e.value, nil
	}
	e.failed, e.err = now, err
	return e.lastKnown()
}

// lastKnown is the value from before a failure that may pass, or the failure.
func (e *secret) lastKnown() (string, error) {
	if f, ok := errors.AsType[*Failure](e.err); ok && f.Temporary() && !e.read.IsZero() {
		return e.value, nil
	}
	return "", e.err
}

// pick takes the reference's key out of a value that holds JSON.
func pick(value string, ref check.Reference) (string, error) {
	if ref.Key == "" {
		return value, nil
	}
	var fields map[string]any
	decoder := json.NewDecoder(strings.NewReader(value))
	decoder.UseNumber()
	if decoder.Decode(&fields) != nil || fields == nil { // the decoder's error may quote the secret
		return "", fmt.Errorf("it is not a JSON object, so it has no key %q", ref.Key)
	}
	field, ok := fields[ref.Key]
	if !ok {
		return "", fmt.Errorf("its JSON has no key %q", ref.Key)
	}
	switch f := field.(type) {
	case string:
		return f, nil
	case json.Number:
		return f.String(), nil
	case bool:
		return fmt.Sprint(f), nil
	}
	return "", fmt.Errorf("the key %q of its JSON holds neither a text nor a number", ref.Key)
}

// fetch reads one value from its store.
func (c *Client) fetch(ctx context.Context, ref check.Reference) (string, error) {
	region := regionOf(ref.Name, c.config.Region)
	// The region keeps what follows from looking like the value of the name:
	// of "token: denied" nothing would be left.
	r := request{region: region, doing: "reading " + ref.Store + ":" + ref.Name + " (" + region + ")"}
	switch ref.Store {
	case "secretsmanager":
		var answer struct{ SecretString *string }
		r.operation, r.in, r.out = getSecretValue, map[string]any{"SecretId": ref.Name}, &answer
		if err := c.call(ctx, r); err != nil {
			return "", err
		}
		if answer.SecretString == nil {
			return "", errors.New("it is binary, and only text can be sent")
		}
		return *answer.SecretString, nil
	case "ssm":
		var answer struct{ Parameter struct{ Value string } }
		r.operation, r.in, r.out = getParameter, map[string]any{"Name": ref.Name, "WithDecryption": true}, &answer
		err := c.call(ctx, r)
		return answer.Parameter.Value, err
	}
	return "", fmt.Errorf("there is no store %q: accepted: secretsmanager, ssm", ref.Store)
}
