package filestate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// lock takes a lock that also ends with the process, and returns what gives it
// back. The file stays: removing it would let two processes hold two locks of
// one name.
func lock(ctx context.Context, path string, patience time.Duration) (release func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the state cannot be locked: %w", err)
	}
	end := time.Now().Add(patience)
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		held, err := tryLock(file)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("the state cannot be locked with %s: %w", path, err), file.Close())
		}
		if held {
			note(file)
			return func() { _ = file.Truncate(0); _ = file.Close() }, nil // closing unlocks
		}
		if ctx.Err() != nil || time.Now().After(end) {
			holder := holder(file)
			_ = file.Close()
			return nil, fmt.Errorf("the state is locked with %s by %s, and was not given back in time: if that process hangs, end it", path, holder)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// note writes down who holds the lock. It is for people only.
func note(file *os.File) {
	_ = file.Truncate(0)
	_, _ = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
}

func holder(file *os.File) string {
	text, _ := io.ReadAll(io.NewSectionReader(file, 0, 32))
	if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
		return fmt.Sprintf("process %d", pid)
	}
	return "another process"
}
