package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// Without any network, the built-in configuration still ends within its
// timeouts, and says of every endpoint where it failed.
func TestRunWithoutNetwork(t *testing.T) {
	command := exec.Command(os.Args[0], "run", "--output", "json")
	var stdout, stderr bytes.Buffer
	command.Env, command.Stdout, command.Stderr = asProcess(t), &stdout, &stderr
	command.SysProcAttr = withoutNetwork()
	started := time.Now()
	err := command.Run()
	took := time.Since(started)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI must be allowed to make a network namespace: %v", err)
		}
		t.Skipf("a network namespace is not permitted here (%v): run the test as root", err)
	}
	if status := command.ProcessState.ExitCode(); status != statusUnhealthy {
		t.Fatalf("status %d (%v): %s", status, err, stderr.String())
	}
	var document struct {
		Results []struct {
			Key, Class, Phase, Error string
			Healthy                  bool
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Results) < 14 {
		t.Errorf("%d endpoints", len(document.Results))
	}
	for _, r := range document.Results {
		if r.Healthy || r.Phase != "dns" && r.Phase != "tcp" || r.Class == "" || r.Error == "" {
			t.Errorf("%+v", r)
		}
	}
	if took > 15*time.Second {
		t.Errorf("it took %s, longer than the longest timeout", took)
	}
}

// withoutNetwork puts a process into a namespace whose only interface is a
// loopback that is down.
func withoutNetwork() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if id := os.Getuid(); id != 0 {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return attributes
}
