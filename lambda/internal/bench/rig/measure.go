package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// usage is what a command took.
type usage struct {
	CPU  time.Duration `json:"cpu_ns"`
	Wall time.Duration `json:"wall_ns"`
	RSS  int64         `json:"rss_bytes"`
	Exit int           `json:"exit"`
	Out  int64         `json:"out_bytes"`
}

// measure runs a command with its output counted and thrown away. A process of
// its own does this because the peak memory of a child begins at that of the
// process that started it, and this one is small.
func measure(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("measure: expected a command")
	}
	out, err := os.CreateTemp("", "rig")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	command := exec.Command(args[0], args[1:]...)
	command.Stdout, command.Stderr = out, os.Stderr
	began := time.Now()
	if err := command.Run(); command.ProcessState == nil {
		return err
	}
	u := usage{Wall: time.Since(began), Exit: command.ProcessState.ExitCode()}
	u.CPU = command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	if rusage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.RSS = rusage.Maxrss << 10
	}
	if info, err := out.Stat(); err == nil {
		u.Out = info.Size()
	}
	return json.NewEncoder(os.Stdout).Encode(u)
}
