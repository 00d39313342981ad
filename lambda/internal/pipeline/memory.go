package pipeline

import (
	"runtime"
	"runtime/debug"
)

// How hard the garbage collector works, in percent of what is alive. While a
// configuration is read nearly everything is alive, and letting the heap double
// on top would set the peak of the whole run. While probes run nearly
// everything is garbage, a TLS handshake alone leaves 70 KB of it, and a
// collection costs what is alive: with few endpoints, collecting more seldom
// saves a tenth of the CPU for a few MiB.
const (
	readingPercent = 25
	mostPercent    = 250
	leastPercent   = 60
	// From manyEndpoints on memory counts ever more, from twice as many on
	// it counts alone.
	manyEndpoints = 1000
)

// Memory sets the collector for reading a configuration, and returns what sets
// it for probing that many endpoints. Mains that must do with little memory
// call both around reading.
func Memory() (settle func(endpoints int)) {
	debug.SetGCPercent(readingPercent)
	return func(endpoints int) {
		runtime.GC() // what was read is garbage now, and its room is free for the probes
		Settle(endpoints)
	}
}

// Settle sets the collector for probing that many endpoints. It is all that the
// function does: it has memory to spare, and collecting what was read would
// take half of its start.
func Settle(endpoints int) { debug.SetGCPercent(probingPercent(endpoints)) }

func probingPercent(endpoints int) int {
	percent := mostPercent - (mostPercent-leastPercent)*(endpoints-manyEndpoints)/manyEndpoints
	return min(max(percent, leastPercent), mostPercent)
}
