// Command tidewatch probes the endpoints of a configuration file and says
// exactly what failed. It needs no account and no server.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(untilSignal(), os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.LookupEnv}))
}

// untilSignal returns the context that ends with the first signal.
func untilSignal() context.Context { return newLazy(catchSignals) }
