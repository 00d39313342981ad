package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"
)

// memo keeps what was costly to get, and gets the same thing only once at a
// time. The zero value is ready, and keeps things as long as registrations.
type memo[T any] struct {
	timeout time.Duration                                     // of a fetch; 0: rdapTimeout
	until   func(value T, err error, now time.Time) time.Time // when what was fetched is stale; nil: keptUntil

	mu   sync.Mutex
	kept map[string]*kept[T]
}

// kept is one thing, got or on its way.
type kept[T any] struct {
	done  chan struct{} // closed when the rest is known
	until time.Time
	value T
	err   error
}

// get returns what is kept under the key, or has it fetched and waits until
// ctx is done. The fetch goes on to its own end, since others may wait for it,
// and a probe with little time left says nothing about what is asked.
func (m *memo[T]) get(ctx context.Context, key string, now func() time.Time, fetch func(context.Context) (T, error)) (T, error) {
	m.mu.Lock()
	k := m.kept[key]
	if k == nil || k.stale(now()) {
		if ctx.Err() != nil {
			m.mu.Unlock()
			return *new(T), tooLate(ctx)
		}
		k = m.add(key, now())
		go m.fill(k, now, fetch)
	}
	m.mu.Unlock()
	if !k.known() {
		select {
		case <-k.done:
		case <-ctx.Done():
			return *new(T), tooLate(ctx)
		}
	}
	return k.value, k.err
}

// add makes room for the key, in place of what nobody may use any more.
func (m *memo[T]) add(key string, now time.Time) *kept[T] {
	if m.kept == nil {
		m.kept = map[string]*kept[T]{}
	}
	maps.DeleteFunc(m.kept, func(_ string, old *kept[T]) bool { return old.stale(now) })
	k := &kept[T]{done: make(chan struct{})}
	m.kept[key] = k
	return k
}

func tooLate(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return errors.New("the probe was stopped")
	}
	return errors.New("no answer in the time that was left")
}

func (k *kept[T]) known() bool {
	select {
	case <-k.done:
		return true
	default:
		return false
	}
}

func (k *kept[T]) stale(now time.Time) bool { return k.known() && !now.Before(k.until) }

// fill fetches the value. It runs on its own goroutine, whose panic would end
// the process.
func (m *memo[T]) fill(k *kept[T], now func() time.Time, fetch func(context.Context) (T, error)) {
	defer close(k.done)
	defer func() {
		if cause := recover(); cause != nil {
			k.err = fmt.Errorf("the checker itself failed (%v), please report it", cause)
		}
		until := m.until
		if until == nil {
			until = keptUntil
		}
		k.until = until(k.value, k.err, now())
	}()
	ctx, cancel := context.WithTimeout(context.Background(), cmp.Or(m.timeout, rdapTimeout))
	defer cancel()
	k.value, k.err = fetch(ctx)
}

func keptUntil[T any](_ T, err error, now time.Time) time.Time {
	if err != nil {
		return now.Add(keepFailed)
	}
	return now.Add(keepFound)
}
