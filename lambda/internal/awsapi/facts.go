package awsapi

import (
	"context"
	"errors"
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// FactReader meets the wants of a diagnosis. One is made for each diagnosis:
// it counts its calls.
type FactReader struct {
	client *Client
	limits FactLimits

	mu    sync.Mutex
	calls int
}

// FactLimits bound what one diagnosis asks of AWS.
type FactLimits struct {
	Calls int              // 0: 80
	Now   func() time.Time // nil: time.Now
}

// Facts makes a reader.
func (c *Client) Facts(limits FactLimits) *FactReader {
	if limits.Calls <= 0 {
		limits.Calls = 80
	}
	if limits.Now == nil {
		limits.Now = time.Now
	}
	return &FactReader{client: c, limits: limits}
}

// readers has the function for each kind of fact. It gets all keys of its kind
// at once, to batch them, and puts a fact or a failure for each.
var readers = map[topology.Kind]func(context.Context, *reading, []string){
	topology.LoadBalancers: readLoadBalancers,
	topology.Listeners:     readListeners,
	topology.Rules:         readRules,
	topology.TargetGroups:  readTargetGroups,
	topology.Zones:         readZones,
	topology.Records:       readRecords,
}

// reading is one round: where the facts go.
type reading struct {
	*FactReader
	to *topology.Snapshot
}

// Read meets wants, kind by kind. Wants for probes are left alone; a kind that
// has no reader is unsupported.
func (r *FactReader) Read(ctx context.Context, to *topology.Snapshot, wants []topology.Want) {
	keys := map[topology.Kind][]string{}
	var order []topology.Kind
	for _, want := range wants {
		if info, ok := want.Kind.Info(); ok && info.IsProbe() {
			continue
		}
		if keys[want.Kind] == nil {
			order = append(order, want.Kind)
		}
		keys[want.Kind] = append(keys[want.Kind], want.Key)
	}
	at := &reading{r, to}
	for _, kind := range order {
		read := readers[kind]
		if read == nil {
			read = func(_ context.Context, at *reading, keys []string) {
				for _, key := range keys {
					at.to.Fail(topology.Want{Kind: kind, Key: key}, topology.Unsupported, "")
				}
			}
		}
		read(ctx, at, keys[kind])
	}
}

// errSpent is the answer to a call beyond the budget.
var errSpent = errors.New("the diagnosis has made as many calls as it may")

// call asks once within the budget.
func (r *FactReader) call(ctx context.Context, q request) error {
	r.mu.Lock()
	r.calls++
	spent := r.calls > r.limits.Calls
	r.mu.Unlock()
	if spent || ctx.Err() != nil {
		return errSpent
	}
	if q.region == "" {
		q.region = r.client.config.Region
	}
	q.doing = "reading " + q.operation.action()
	return r.client.call(ctx, q)
}

// Calls is how many were wanted so far, those beyond the budget too.
func (r *FactReader) Calls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls
}

// fail notes an error for a want: absent only where AWS says that the thing
// does not exist.
func (r *reading) fail(kind topology.Kind, key string, err error) {
	want := topology.Want{Kind: kind, Key: key}
	f, answered := errors.AsType[*Failure](err)
	switch {
	case errors.Is(err, errSpent):
		r.to.Fail(want, topology.Budget, "")
	case !answered:
		r.to.Fail(want, topology.Failed, redact.Text(err.Error()))
	case f.kind == missing:
		r.to.Missing(want, r.limits.Now())
	default:
		r.to.Fail(want, whys[f.kind], f.Code)
	}
}

// whys has the reason for each kind of failure; others are Failed.
var whys = map[kind]topology.Why{
	keys: topology.Denied, denied: topology.Denied, sealed: topology.Denied, throttled: topology.Throttled,
	slow: topology.TimedOut, unreachable: topology.TimedOut, canceled: topology.Budget,
	other: topology.Failed, unavailable: topology.Failed, broken: topology.Failed,
}

// known makes a fact that the kind's own action told now.
func known[T any](r *reading, kind topology.Kind, value T) topology.Fact[T] {
	info, _ := kind.Info()
	return topology.KnownFact(value, info.Action, r.limits.Now())
}
