package awsapi

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// FactReader meets the wants of a diagnosis. One is made for each diagnosis:
// it counts its calls and its time. What it read stays in the snapshot, which
// is the only cache there is.
type FactReader struct {
	client *Client
	limits FactLimits
	slots  chan struct{} // one for each call under way

	mu       sync.Mutex // of what follows and of the snapshot while it is filled
	left     int        // calls that nobody has reserved
	out      bool       // somebody lacked a call in this round: then nobody behind it starts
	made     int
	deadline time.Time

	tried func(action string, err error) // told what came of each call; nil: nobody asks
}

// FactLimits bound what one diagnosis asks of AWS.
type FactLimits struct {
	Calls    int              // 0: 80
	Time     time.Duration    // from the first Read on; 0: 20 s
	Parallel int              // calls at a time; 0: 6
	Function string           // name of the Lambda function that the checker runs as; "": none
	Now      func() time.Time // nil: time.Now, in UTC

	sample bool // one item of each list is enough: for the doctor
}

// Facts makes a reader.
func (c *Client) Facts(limits FactLimits) *FactReader {
	if limits.Calls <= 0 {
		limits.Calls = 80
	}
	if limits.Time <= 0 {
		limits.Time = 20 * time.Second
	}
	if limits.Parallel <= 0 {
		limits.Parallel = 6
	}
	if limits.Now == nil {
		limits.Now = func() time.Time { return time.Now().UTC() }
	}
	return &FactReader{client: c, limits: limits, left: limits.Calls, slots: make(chan struct{}, limits.Parallel)}
}

// Calls is how many were made so far.
func (r *FactReader) Calls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.made
}

// job is what one reader does with some keys of its kind.
type job struct {
	kind   topology.Kind
	keys   []string
	reader reader
}

// Read meets wants: each gets a fact or a failure. Wants for probes are left
// alone. Jobs start in the order of topology.Kinds, a few at a time, so that a
// budget which does not suffice ends with the kinds that matter least,
// whatever the order of answers.
func (r *FactReader) Read(ctx context.Context, to *topology.Snapshot, wants []topology.Want) {
	ctx, cancel := context.WithDeadline(ctx, r.start())
	defer cancel()
	places := make(chan struct{}, r.limits.Parallel)
	var group sync.WaitGroup
	for _, j := range jobsOf(wants) {
		places <- struct{}{}
		at := &reading{FactReader: r, to: to}
		if ctx.Err() != nil || !at.reserve(j.reader.needs()) {
			at.spent(ctx, j)
			<-places
			continue
		}
		group.Go(func() {
			defer func() { <-places }()
			at.do(ctx, j)
		})
	}
	group.Wait()
}

// jobsOf takes wants apart into jobs, in the order of topology.Kinds.
func jobsOf(wants []topology.Want) []job {
	keys := map[topology.Kind][]string{}
	for _, want := range wants {
		if !slices.Contains(keys[want.Kind], want.Key) {
			keys[want.Kind] = append(keys[want.Kind], want.Key)
		}
	}
	var jobs []job
	for _, info := range topology.Kinds {
		if info.IsProbe() || len(keys[info.Kind]) == 0 {
			continue
		}
		one := readers[info.Kind]
		for _, some := range one.split(keys[info.Kind]) {
			jobs = append(jobs, job{kind: info.Kind, keys: some, reader: one})
		}
	}
	return jobs
}

// start begins a round and returns when time is over.
func (r *FactReader) start() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.deadline.IsZero() {
		r.deadline = time.Now().Add(r.limits.Time)
	}
	r.out = false
	return r.deadline
}

// do runs one job. Whatever happens in it, no want stays open.
func (at *reading) do(ctx context.Context, j job) {
	defer func() {
		problem := "the reader gave no outcome"
		if p := recover(); p != nil {
			problem = fmt.Sprintf("the answer could not be read: %v", p)
		}
		at.mu.Lock()
		defer at.mu.Unlock()
		at.left += at.reserved
		for _, key := range j.keys {
			if want := (topology.Want{Kind: j.kind, Key: key}); at.to.Status(want).Pending() {
				at.to.Fail(want, topology.Failed, problem)
			}
		}
	}()
	j.reader.read(ctx, at, j.keys)
}

// spent notes that a job could not be started.
func (at *reading) spent(ctx context.Context, j job) {
	why := at.noCalls()
	if ctx.Err() != nil {
		why = at.noTime()
	}
	for _, key := range j.keys {
		at.fail(j.kind, key, why)
	}
}
