package pipeline

import (
	"runtime/debug"
	"testing"
)

func TestProbingPercent(t *testing.T) {
	for endpoints, want := range map[int]int{0: 250, 1000: 250, 1500: 155, 2000: 60, 5000: 60} {
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
	if probing := debug.SetGCPercent(100); reading != readingPercent || probing != 155 {
		t.Errorf("%d %% while reading, %d %% while probing; want %d and 155", reading, probing, readingPercent)
	}
}
