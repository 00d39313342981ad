package awsapi

import (
	"context"
	"errors"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
	"hokus.ai/tidewatch/lambda/internal/incident"
)

func TestThrottledIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]mototest.Fault{
		"throughput": mototest.Refuse(400, "ProvisionedThroughputExceededException", "exceeded"),
		"throttled":  mototest.Refuse(400, "ThrottlingException", "exceeded"),
		"failing":    mototest.Refuse(500, "InternalServerError", "internal"),
		"no words":   mototest.Refuse(503, "", ""),
		"cut off":    mototest.Break(),
		"silent":     mototest.Hang(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, door, _ := newStore(t)
			door.Set(mototest.InTurn("dynamodb:PutItem", refusal, refusal))
			save(t, s, stateWith(1), 0)
			if n := len(door.Asked()); n != 3 {
				t.Errorf("%d attempts", n)
			}
		})
	}
}

func TestFailuresAreSentences(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault     mototest.Fault
		wanted    []string
		temporary bool
	}{
		"throttled": {mototest.Refuse(400, "ThrottlingException", "Rate exceeded"),
			[]string{"saving the state to table", "dynamodb takes no more requests at the moment (ThrottlingException, 3 attempts: Rate exceeded)"}, true},
		"broken": {mototest.Refuse(500, "InternalServerError", "oops"),
			[]string{"dynamodb has a problem (InternalServerError, 3 attempts: oops)"}, true},
		"denied": {mototest.Refuse(400, "AccessDeniedException", "User: arn:aws:sts::123456789012:assumed-role/x is not authorized"),
			[]string{"its policy needs dynamodb:PutItem (AccessDeniedException: User: arn:aws:sts"}, false},
		"no table": {mototest.Refuse(400, "ResourceNotFoundException", "Requested resource not found"),
			[]string{"it does not exist in us-east-1"}, false},
		"expired": {mototest.Refuse(400, "ExpiredTokenException", "The security token is expired"),
			[]string{"AWS does not accept the credentials (ExpiredTokenException"}, false},
		"cut off": {mototest.Break(), []string{"the connection to dynamodb gave no answer"}, true},
		"silent":  {mototest.Hang(), []string{"no answer from dynamodb within "}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := calm
			if name == "silent" {
				config = quick
			}
			s, door, _ := newStoreWith(t, config)
			door.Set(mototest.Always("dynamodb:PutItem", c.fault))
			_, err := s.Save(t.Context(), stateWith(1), 0)
			sentence(t, err, c.wanted...)
			if errors.Is(err, incident.ErrConflict) {
				t.Error("it is not a conflict")
			}
			if f, ok := errors.AsType[*Failure](err); !ok || f.Temporary() != c.temporary {
				t.Errorf("temporary should be %v: %#v", c.temporary, f)
			}
		})
	}
}

func TestDeadlineIsHonoured(t *testing.T) {
	t.Parallel()
	s, door, _ := newStore(t)
	door.Set(mototest.Always("dynamodb:PutItem", mototest.Hang()))
	for limit, want := range map[time.Duration]string{0: "no time was left to ask dynamodb", 300 * time.Millisecond: "no answer from dynamodb within 0.3 s"} {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		started := time.Now()
		_, err := s.Save(ctx, stateWith(1), 0)
		cancel()
		if took := time.Since(started); took > limit+calm.Attempt/2 { // an attempt may take longer, and three are made
			t.Errorf("with %v left it took %v", limit, took)
		}
		sentence(t, err, want)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("not a deadline: %v", err)
		}
	}
	s.client.config.Timeout = 300 * time.Millisecond // without one of the caller
	started := time.Now()
	_, err := s.Save(context.Background(), stateWith(1), 0)
	if took := time.Since(started); err == nil || took > calm.Attempt/2 {
		t.Errorf("the own deadline: %v after %v", err, took)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	config := calm
	config.Endpoint, config.Keys = "http://127.0.0.1:1", fakeKeys
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = client.Store("table", "prod").Load(t.Context())
	sentence(t, err, "reading the state from table table, environment prod: dynamodb cannot be reached from here", "connection refused", "VPC endpoint")
}
