package awsapi

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// reading is one job under way: where its facts go, and what it may ask.
type reading struct {
	*FactReader
	to       *topology.Snapshot
	reserved int // calls that only this job may make
}

// errSpent is the answer to a call beyond the budget of calls or of time; what
// wraps it says which, and how much that was.
var errSpent = errors.New("the budget is spent")

// spentError is an errSpent in words for the report.
type spentError string

func (e spentError) Error() string { return string(e) }
func (e spentError) Unwrap() error { return errSpent }

func (r *FactReader) noCalls() error {
	return spentError(fmt.Sprintf("all %d calls that were left to it are made", r.limits.Calls))
}

func (r *FactReader) noTime() error {
	return spentError(fmt.Sprintf("the %s that it had for this are over", r.limits.Time.Round(time.Second/10)))
}

// call asks once, within the budget, no faster than the service likes, and
// with no more calls under way than are allowed.
func (r *reading) call(ctx context.Context, q request) error {
	if !r.take() {
		return r.noCalls()
	}
	if q.region == "" {
		q.region = r.client.config.Region
	}
	q.doing = "reading " + q.operation.action()
	q.pace = r.client.paceOf(q.operation.service)
	if q.pace.wait(ctx) != nil {
		return r.noTime()
	}
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return r.noTime()
	}
	r.mu.Lock()
	r.made++
	r.mu.Unlock()
	err := r.client.call(ctx, q)
	if r.tried != nil {
		r.tried(q.operation.action(), err)
	}
	return err
}

// take takes a call out of what the job has reserved, else out of what is left.
func (r *reading) take() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.reserved > 0:
		r.reserved--
	case r.left > 0:
		r.left--
	default:
		r.out = true
		return false
	}
	return true
}

// reserve keeps calls for a job that is about to start.
func (r *reading) reserve(calls int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.out = r.out || r.left < calls; r.out {
		return false
	}
	r.left -= calls
	r.reserved = calls
	return true
}

// maxPages bounds how long a list may be.
const maxPages = 20

// turning is how a service is asked for the next page.
type turning struct {
	size  string // name of the parameter with the size of a page
	items int    // the most that AWS allows
	least int
	token string // name of the parameter that says where to go on
}

var turnings = map[string]turning{
	"elasticloadbalancing": {"PageSize", 400, 1, "Marker"},
	"ec2":                  {"MaxResults", 1000, 5, "NextToken"},
	"rds":                  {"MaxRecords", 100, 20, "Marker"},
	"ecs":                  {"maxResults", 100, 1, "nextToken"},
	"servicediscovery":     {"MaxResults", 100, 1, "NextToken"},
	"cloudtrail":           {"MaxResults", 50, 1, "NextToken"},
}

// pages asks for one page after the other: page takes what a page holds and
// says where to go on. A list that does not end is an error, never a part of it.
func pages[Page, Item any](ctx context.Context, r *reading, q request, page func(Page) ([]Item, string)) ([]Item, error) {
	all := []Item{}
	turn := turnings[q.operation.service]
	if r.limits.sample {
		q.set(turn.size, turn.least)
	} else if !q.has(turn.size) {
		q.set(turn.size, turn.items)
	}
	last := ""
	for range maxPages {
		var answer Page
		q.out = &answer
		if err := r.call(ctx, q); err != nil {
			return nil, err
		}
		items, next := page(answer)
		all = append(all, items...)
		switch {
		case next == "" || r.limits.sample:
			return all, nil
		case next == last:
			return nil, fmt.Errorf("%s gives the same page again and again", q.operation.action())
		}
		last = next
		q.set(turn.token, next)
	}
	return nil, fmt.Errorf("%s lists more than %d pages", q.operation.action(), maxPages)
}

// set gives a parameter to a request of either protocol that has pages.
func (r request) set(name string, value any) {
	if r.form == nil {
		r.in.(map[string]any)[name] = value
		return
	}
	text, ok := value.(string)
	if n, isNumber := value.(int); isNumber {
		text, ok = strconv.Itoa(n), true
	}
	if ok {
		r.form.Set(name, text)
	}
}

func (r request) has(name string) bool {
	if r.form == nil {
		_, ok := r.in.(map[string]any)[name]
		return ok
	}
	return r.form.Has(name)
}
