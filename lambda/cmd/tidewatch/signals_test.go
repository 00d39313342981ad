package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// While the configuration is read, nothing would heed a signal but the
// process.
func TestSignalWhileReading(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe.yaml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"run", "watch"} {
		command := exec.Command(os.Args[0], name, "--config", pipe)
		command.Env = asProcess(t)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		// A writer can open the pipe without waiting once its reader is there.
		writer := openWhenRead(t, pipe)
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		late := time.AfterFunc(10*time.Second, func() { _ = command.Process.Kill() })
		err := command.Wait()
		late.Stop()
		writer.Close()
		if ended, ok := command.ProcessState.Sys().(syscall.WaitStatus); !ok || ended.Signal() != syscall.SIGTERM {
			t.Errorf("%s: %v, want the end by SIGTERM", name, err)
		}
	}
}

func openWhenRead(t *testing.T, pipe string) *os.File {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if writer, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			return writer
		}
	}
	t.Fatal("nobody reads the pipe")
	return nil
}
