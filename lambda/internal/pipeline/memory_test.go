package pipeline

import (
	"runtime/debug"
	"testing"
)

func TestProbingPercent(t *testing.T) {
	for endpoints, want := range map[int]int{0: 200, 1000: 200, 1500: 150, 2000: 100, 5000: 100} {
		if got := probingPercent(endpoints); got != want {
			t.Errorf("%d endpoints: %d %%, want %d %%", endpoints, got, want)
		}
	}
}

func TestMemorySetsTheCollector(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	settle := Memory()
	reading := debug.SetGCPercent(readingPercent)
	settle(1500)
	if probing := debug.SetGCPercent(100); reading != readingPercent || probing != 150 {
		t.Errorf("%d %% while reading, %d %% while probing; want %d and 150", reading, probing, readingPercent)
	}
}
