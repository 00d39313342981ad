package probe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// memo keeps what was costly to get, and gets the same thing only once at a
// time. The zero value is ready.
type memo[T any] struct {
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
		if m.kept == nil {
			m.kept = map[string]*kept[T]{}
		}
		k = &kept[T]{done: make(chan struct{})}
		m.kept[key] = k
		go k.fill(now, fetch)
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
func (k *kept[T]) fill(now func() time.Time, fetch func(context.Context) (T, error)) {
	defer close(k.done)
	defer func() {
		if cause := recover(); cause != nil {
			k.err = fmt.Errorf("the checker itself failed (%v), please report it", cause)
		}
		k.until = now().Add(keepFound)
		if k.err != nil {
			k.until = now().Add(keepFailed)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), rdapTimeout)
	defer cancel()
	k.value, k.err = fetch(ctx)
}
