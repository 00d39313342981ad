// Command rig is the other side of the benchmarks: a target to probe, the
// plain clients to compare with, and a stopwatch for whole processes.
//
//	rig target [-tls DIR] [-delay D]   serves on a loopback port and prints its address
//	rig client [-ca FILE] URLS         asks each URL of a file with net/http, keep-alives off
//	rig floor  [-ca FILE] URLS         the same over bare connections: as cheap as it gets
//	rig measure COMMAND ARG…           runs a command and prints its CPU time and peak memory
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("expected target, client, floor or measure"))
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	dir := flags.String("tls", "", "directory to write ca.pem to; the target then speaks TLS")
	delay := flags.Duration("delay", 0, "how long the target waits before it answers")
	ca := flags.String("ca", "", "authority that the clients trust")
	_ = flags.Parse(os.Args[2:]) // exits on an error
	var err error
	switch os.Args[1] {
	case "target":
		err = target(*dir, *delay)
	case "client":
		err = ask(flags.Arg(0), netHTTP(*ca))
	case "floor":
		err = ask(flags.Arg(0), bare(*ca))
	case "measure":
		err = measure(flags.Args())
	default:
		err = fmt.Errorf("unknown command %q: expected target, client, floor or measure", os.Args[1])
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "rig:", err)
	os.Exit(2)
}
