package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/nettest"
)

// slack is a webhook on this machine. It answers in turn, and keeps what it
// was sent.
type slack struct {
	*httptest.Server
	answers []func(http.ResponseWriter)
	got     []message
}

func answer(status int, word string, headers ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, word)
	}
}

func listen(t *testing.T, answers ...func(http.ResponseWriter)) *slack {
	t.Helper()
	s := &slack{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m message
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil || r.Method != http.MethodPost || r.URL.Path != "/services/T0/B0/secret" {
			t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
		s.got = append(s.got, m)
		s.answers[min(len(s.got), len(s.answers))-1](w)
	}))
	t.Cleanup(s.Close)
	return s
}

// to posts to the webhook without waiting, and returns for how long it would
// have waited.
func (s *slack) to(t *testing.T, ctx context.Context) ([]time.Duration, error) {
	t.Helper()
	var pauses []time.Duration
	p := newPoster(func(context.Context) (string, error) { return s.URL + "/services/T0/B0/secret\n", nil }, func() {})
	p.pause = func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil }
	err := p.post(ctx, compose("it is so", header("head"), footer("foot")))
	if err != nil && (strings.Contains(err.Error(), "secret") && !strings.Contains(err.Error(), "the secret") || strings.Contains(err.Error(), s.URL)) {
		t.Errorf("the error shows the URL: %v", err)
	}
	return pauses, err
}

func TestPost(t *testing.T) {
	s := listen(t, answer(200, "ok"))
	pauses, err := s.to(t, t.Context())
	if err != nil || len(pauses) != 0 || len(s.got) != 1 || s.got[0].Text != "it is so" || len(s.got[0].Blocks) != 2 {
		t.Errorf("%v, %v, %+v", err, pauses, s.got)
	}
}

// Slack's wish is obeyed: not before the time, and not at all if there is none.
func TestRateLimit(t *testing.T) {
	s := listen(t, answer(429, "rate_limited", "Retry-After", "7"), answer(429, "", "Retry-After", "0"), answer(200, "ok"))
	pauses, err := s.to(t, t.Context())
	if err != nil || len(s.got) != 3 || len(pauses) != 2 || pauses[0] != 7*time.Second || pauses[1] != 2*time.Second {
		t.Errorf("%v, pauses %v, %d posts", err, pauses, len(s.got))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s = listen(t, answer(429, "rate_limited", "Retry-After", "30"))
	pauses, err = s.to(t, ctx)
	if err == nil || len(pauses) != 0 || len(s.got) != 1 || !strings.Contains(err.Error(), "there is no time left to try again in 30s") {
		t.Errorf("%v, pauses %v, %d posts", err, pauses, len(s.got))
	}
}

// However long Slack wants to be left alone, it is not asked again before.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 3, 12, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"30": 30 * time.Second, " 1 ": time.Second, "3600": time.Hour, "3601": time.Hour, "99999999999999999999": time.Hour,
		"Sun, 01 Mar 2026 03:12:40 GMT": 40 * time.Second, "Sun, 01 Mar 2026 03:11:00 GMT": 0, "Wed, 01 Jan 2070 00:00:00 GMT": time.Hour,
		"": 0, "-5": 0, "-99999999999999999999": 0, "soon": 0, "1.5": 0,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// A webhook that hangs leaves the time to say so, before Lambda ends the process.
func TestHangingWebhookLeavesTime(t *testing.T) {
	over := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	defer hangs.Close()
	defer close(over)
	p := newPoster(func(context.Context) (string, error) { return hangs.URL, nil }, nil)
	ctx, cancel := context.WithTimeout(t.Context(), spare+200*time.Millisecond)
	defer cancel()
	err := p.post(ctx, message{Text: "x"})
	if deadline, _ := ctx.Deadline(); err == nil || !strings.HasPrefix(err.Error(), "Slack was not reached: ") || time.Until(deadline) <= 0 {
		t.Errorf("%v, %v before the end", err, time.Until(deadline))
	}
}

// The real pause ends when the time does.
func TestPause(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := pause(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := pause(t.Context(), time.Millisecond); err != nil {
		t.Error(err)
	}
}

func TestServerErrorsAreTriedAgain(t *testing.T) {
	s := listen(t, answer(503, "<html>busy</html>"), answer(500, ""), answer(200, "ok"))
	pauses, err := s.to(t, t.Context())
	if err != nil || len(s.got) != 3 || len(pauses) != 2 || pauses[0] != time.Second || pauses[1] != 2*time.Second {
		t.Errorf("%v, pauses %v, %d posts", err, pauses, len(s.got))
	}
	s = listen(t, answer(502, ""))
	if _, err = s.to(t, t.Context()); err == nil || err.Error() != "Slack answered 502: it has a problem itself" || len(s.got) != 5 {
		t.Errorf("%v after %d posts", err, len(s.got))
	}
	s.Close()
	s.URL, s.got = "http://"+nettest.Refused(t), nil
	if pauses, err = s.to(t, t.Context()); err == nil || !strings.HasPrefix(err.Error(), "Slack was not reached: ") || len(pauses) != 4 {
		t.Errorf("%v, pauses %v", err, pauses)
	}
}

// A refusal is not repeated, and says what to do.
func TestRefusals(t *testing.T) {
	for word, tt := range map[string]struct {
		status int
		want   string
	}{
		"no_service":          {404, "Slack refused it with 404 no_service: the webhook was removed; make a new one and put its URL into the secret"},
		"channel_is_archived": {410, "Slack refused it with 410 channel_is_archived: the channel is archived; restore it, or make a webhook for another"},
		"action_prohibited":   {403, "Slack refused it with 403 action_prohibited: an administrator has restricted who may post; ask them"},
		"<b>a proxy</b>":      {407, "Slack refused it with 407; see whether the webhook still exists"},
		"":                    {302, "the webhook answered 302, a redirect, which is not followed; expected the URL that Slack gave"},
	} {
		s := listen(t, answer(tt.status, word, "Location", "http://127.0.0.1:1/"))
		if pauses, err := s.to(t, t.Context()); err == nil || err.Error() != tt.want || len(s.got) != 1 || len(pauses) != 0 {
			t.Errorf("%v after %d posts, want %s", err, len(s.got), tt.want)
		}
	}
}

// Where Slack does not take the blocks, the text still arrives.
func TestTextAloneWhereBlocksAreRefused(t *testing.T) {
	for _, word := range []string{"invalid_blocks", "invalid_blocks_format", "msg_too_long", ""} {
		s := listen(t, answer(400, word), answer(200, "ok"))
		if _, err := s.to(t, t.Context()); err != nil || len(s.got) != 2 || s.got[1].Blocks != nil || s.got[1].Text != "it is so" {
			t.Errorf("%q: %v, %+v", word, err, s.got)
		}
	}
	s := listen(t, answer(400, "user_not_found"))
	if _, err := s.to(t, t.Context()); err == nil || len(s.got) != 1 {
		t.Errorf("%v after %d posts", err, len(s.got))
	}
	s = listen(t, answer(400, "invalid_payload"))
	if _, err := s.to(t, t.Context()); err == nil || len(s.got) != 2 {
		t.Errorf("%v after %d posts", err, len(s.got))
	}
}

func TestSecretsThatHoldNoWebhook(t *testing.T) {
	for _, address := range []string{"", "hunter2", "http://hooks.example.com/services/x", "https://", "{\"url\":\"https://x\"}", "ftp://127.0.0.1/"} {
		p := newPoster(func(context.Context) (string, error) { return address, nil }, nil)
		err := p.post(t.Context(), message{})
		if err == nil || !strings.HasPrefix(err.Error(), "the webhook's secret holds no https URL") || address != "" && strings.Contains(err.Error(), address) && address != "https://" {
			t.Errorf("%q: %v", address, err)
		}
	}
	p := newPoster(func(context.Context) (string, error) { return "", errors.New("access denied") }, nil)
	if err := p.post(t.Context(), message{}); err == nil || err.Error() != "the webhook's URL cannot be read: access denied" {
		t.Error(err)
	}
}

// A webhook that is gone may have been replaced: the secret is read again.
func TestGoneWebhookRenewsTheSecret(t *testing.T) {
	s := listen(t, answer(404, "no_service"))
	var renewed atomic.Int32
	p := newPoster(func(context.Context) (string, error) { return s.URL + "/services/T0/B0/secret", nil }, func() { renewed.Add(1) })
	if err := p.post(t.Context(), message{Text: "x"}); err == nil || renewed.Load() != 1 {
		t.Errorf("%v, renewed %d times", err, renewed.Load())
	}
}

func TestWire(t *testing.T) {
	env := map[string]string{"TIDEWATCH_SLACK_WEBHOOK": "secretsmanager:tidewatch/slack#url", "AWS_REGION": "us-east-1"}
	if _, err := wire(func(name string) string { return env[name] }); err != nil {
		t.Error(err)
	}
	env["TIDEWATCH_SLACK_WEBHOOK"] = "https://hooks.example.com/services/T0/B0/xyz"
	if _, err := wire(func(name string) string { return env[name] }); err == nil || strings.Contains(err.Error(), "xyz") {
		t.Errorf("%v", err)
	}
	ref, err := webhook("secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:slack-AbCdEf#url")
	if err != nil || ref.Name != "arn:aws:secretsmanager:us-east-1:123456789012:secret:slack-AbCdEf" || ref.Key != "url" {
		t.Errorf("%+v, %v", ref, err)
	}
}
