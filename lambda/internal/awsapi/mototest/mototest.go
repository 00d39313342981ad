// Package mototest runs a moto server, which answers like AWS, for the tests of
// a package, with a door in front of it through which faults come in.
package mototest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Account is the account that moto acts for.
const Account = "123456789012"

// Region is where tests work.
const Region = "us-east-1"

var server struct {
	start sync.Once
	url   string
	err   error
	stop  func()
}

// URL returns where the server of this test process listens, and starts it at
// the first call. Without moto the test is skipped, and fails where CI=true.
// The process must end with Stop.
func URL(t testing.TB) string {
	t.Helper()
	if _, err := exec.LookPath("moto_server"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("moto_server is not installed: pip install 'moto[server]'")
		}
		t.Skip("needs moto_server: pip install 'moto[server]'")
	}
	server.start.Do(func() { server.url, server.stop, server.err = start() })
	if server.err != nil {
		t.Fatal(server.err)
	}
	return server.url
}

// Stop ends the server, if there is one; TestMain calls it.
func Stop() {
	if server.stop != nil {
		server.stop()
	}
}

// guard ends the server also when the tests are killed: then its standard
// input ends.
const guard = `moto_server -H 127.0.0.1 -p 0 & moto=$!; cat >/dev/null; kill $moto; wait $moto`

var listening = regexp.MustCompile(`Running on (http://127\.0\.0\.1:\d+)`)

func start() (url string, stop func(), err error) {
	command := exec.Command("sh", "-c", guard)
	// What is set here for AWS or the network is not for it: it would answer all
	// with its trouble about a profile or a proxy that is not there.
	command.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(strings.ToUpper(variable), "=")
		return strings.HasPrefix(name, "AWS_") || strings.HasSuffix(name, "_PROXY")
	})
	leash, err := command.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	lines, output := io.Pipe()
	command.Stderr = output
	if err := command.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { _ = leash.Close(); _ = command.Wait() }
	found := make(chan string, 1)
	go func() {
		for scanner := bufio.NewScanner(lines); scanner.Scan(); {
			if m := listening.FindStringSubmatch(scanner.Text()); m != nil {
				found <- m[1]
			}
		}
		_, _ = io.Copy(io.Discard, lines)
	}()
	select {
	case url = <-found:
		return url, stop, nil
	case <-time.After(2 * time.Minute):
		stop()
		return "", nil, fmt.Errorf("moto_server did not say where it listens")
	}
}
