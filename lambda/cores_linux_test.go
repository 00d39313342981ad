package main

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// useOneCore has the processes that this goroutine starts run on one core; the
// test's own servers keep all of them.
func useOneCore(b *testing.B) {
	b.Helper()
	runtime.LockOSThread()
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		b.Fatal(err)
	}
	for cpu := range 1024 {
		if before.IsSet(cpu) {
			one.Set(cpu)
			break
		}
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := unix.SchedSetaffinity(0, &before); err == nil {
			runtime.UnlockOSThread() // otherwise the thread ends with the goroutine
		}
	})
}
