package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// poster posts to the webhook. No error of it holds the webhook's URL, which
// is a secret: who knows it can post.
type poster struct {
	address func(context.Context) (string, error)
	renew   func() // asks for the address again, at the next post
	client  *http.Client
	pause   func(context.Context, time.Duration) error
}

// attempt bounds one try, and spare is the time that is left alone at the end
// of the invocation, to say what happened.
const (
	attempt = 8 * time.Second
	spare   = time.Second
)

// backoffs are the pauses after failures that may pass. After the last, Lambda
// tries the message again, a minute and two minutes later.
var backoffs = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}

// newPoster returns a poster to the webhook of an address.
func newPoster(address func(context.Context) (string, error), renew func()) *poster {
	return &poster{address: address, renew: renew, pause: pause, client: &http.Client{
		Timeout: attempt,
		// A redirect would carry the message to whoever answers.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// pause waits, but not longer than there is time.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// post sends a message, and tries again as long as that can help and there is
// time. Where Slack refuses the blocks, it gets the text alone.
func (p *poster) post(ctx context.Context, m message) error {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-spare))
		defer cancel()
	}
	for tries := 0; ; tries++ {
		refused := p.send(ctx, m)
		if refused == nil {
			return nil
		}
		switch {
		case refused.blocks() && m.Blocks != nil:
			m.Blocks = nil
			continue
		case !refused.passing() || tries >= len(backoffs):
			if refused.gone() {
				p.renew()
			}
			return refused
		}
		wait := max(backoffs[tries], refused.after)
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
			return fmt.Errorf("%w; there is no time left to try again in %v", refused, wait)
		}
		if err := p.pause(ctx, wait); err != nil {
			return fmt.Errorf("%w; there was no time to try again", refused)
		}
	}
}

// send makes one attempt.
func (p *poster) send(ctx context.Context, m message) *refusal {
	address, err := p.address(ctx)
	if err != nil {
		return &refusal{problem: "the webhook's URL cannot be read: " + err.Error()}
	}
	if err := usable(address); err != nil {
		return &refusal{problem: err.Error()}
	}
	body, err := m.encode()
	if err != nil {
		return &refusal{problem: "the message is no JSON: " + err.Error()}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSpace(address), bytes.NewReader(body))
	if err != nil {
		return &refusal{problem: "the webhook's secret holds no URL"}
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	answer, err := p.client.Do(request)
	if err != nil {
		return &refusal{problem: "Slack was not reached: " + withoutURL(err), temporary: true}
	}
	defer answer.Body.Close()
	word, _ := io.ReadAll(io.LimitReader(answer.Body, 100)) // it only adds to what the status says
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &refusal{status: answer.StatusCode, word: clean(string(word)), after: retryAfter(answer.Header.Get("Retry-After"), time.Now())}
}

// usable reports whether the secret holds the URL of a webhook. Plain HTTP
// would show it on the way, so it is for this machine only.
func usable(address string) error {
	u, err := url.Parse(strings.TrimSpace(address))
	if err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && net.ParseIP(u.Hostname()).IsLoopback()) {
		return nil
	}
	return errors.New("the webhook's secret holds no https URL; expected that of an incoming webhook, alone or under the key that slackWebhookSecret names")
}

// withoutURL is the error of a request without its URL.
func withoutURL(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err.Error()
	}
	return "the request failed"
}

// longest is what any longer wish comes to: no invocation lasts so long.
const longest = time.Hour

// retryAfter reads how long Slack wants to be left alone: seconds, or a time.
// 0 stands for what cannot be read.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	n, err := strconv.Atoi(text)
	switch at, noTime := http.ParseTime(text); {
	case noTime == nil:
		return min(max(at.Sub(now), 0), longest)
	case errors.Is(err, strconv.ErrRange) && text[0] != '-', err == nil && n > int(longest/time.Second):
		return longest
	case err != nil || n < 0:
		return 0
	}
	return time.Duration(n) * time.Second
}

// clean is the word with which Slack explains itself, such as no_service. What
// is no word is a page of something in between.
func clean(word string) string {
	word = strings.TrimSpace(word)
	if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return ""
	}
	return word
}
