package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// catchSignals returns a context that the first signal ends: the round under
// way ends in an orderly way. A second signal ends the process.
func catchSignals() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}

// lazy is a context that starts when somebody first asks whether it is done,
// which a round does before its first probe. Until then nothing would heed
// its end: a configuration on a pipe or a slow disk is read without it, and a
// signal ends the process there as it ends any other.
type lazy struct {
	context.Context // values, of which there are none
	started         func() context.Context
}

func newLazy(start func() context.Context) lazy {
	return lazy{context.Background(), sync.OnceValue(start)}
}

func (l lazy) Done() <-chan struct{} { return l.started().Done() }
func (l lazy) Err() error            { return l.started().Err() }
