package filestate

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain plays the other process where a test starts one.
func TestMain(m *testing.M) {
	if path := os.Getenv("TIDEWATCH_TEST_LOCK"); path != "" {
		if _, err := lock(context.Background(), path, time.Second); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("held")
		time.Sleep(time.Minute) // until it is killed
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// hold has another process take the lock of a store, and returns its id and
// what kills it.
func hold(t *testing.T, s *Store) (pid int, kill func()) {
	t.Helper()
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), "TIDEWATCH_TEST_LOCK="+s.path+".lock")
	output, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() { _ = other.Process.Kill(); _ = other.Wait() })
	t.Cleanup(kill)
	said := make([]byte, 200)
	if n, _ := output.Read(said); strings.TrimSpace(string(said[:n])) != "held" {
		t.Fatalf("the other process said %q", said[:n])
	}
	return other.Process.Pid, kill
}

func TestLockedByAnotherProcess(t *testing.T) {
	s := newStore(t)
	revision := save(t, s, stateWith(1), 0)
	pid, kill := hold(t, s)
	s.patience = 100 * time.Millisecond
	started := time.Now()
	_, err := s.Save(t.Context(), stateWith(2), revision)
	sentence(t, err, fmt.Sprintf("the state is locked with %s.lock by process %d, and was not given back in time: if that process hangs, end it", s.path, pid))
	if took := time.Since(started); took < s.patience || took > s.patience+20*time.Second {
		t.Errorf("it waited for %v", took)
	}
	s.patience = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = s.Save(ctx, stateWith(2), revision)
	sentence(t, err, "the state is locked with")

	if _, found, err := s.Load(t.Context()); err != nil || found != revision {
		t.Errorf("a reader waits for the lock: revision %d, error %v", found, err)
	}
	// The lock ends with its process, and a waiting one goes on.
	time.AfterFunc(100*time.Millisecond, kill)
	if next := save(t, s, stateWith(2), revision); next != revision+1 {
		t.Errorf("revision %d", next)
	}
}

func TestHolderThatIsNotKnown(t *testing.T) {
	s := newStore(t)
	save(t, s, stateWith(1), 0)
	release, err := lock(t.Context(), s.path+".lock", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(s.path + ".lock"); strings.TrimSpace(string(text)) != fmt.Sprint(os.Getpid()) {
		t.Errorf("the lock names process %q", text)
	}
	if err := os.WriteFile(s.path+".lock", []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.patience = 0
	_, err = s.Save(t.Context(), stateWith(2), 1)
	sentence(t, err, "by another process, and was not given back")
	release()
	save(t, s, stateWith(2), 1)
}

func TestNoPlaceForTheLock(t *testing.T) {
	_, err := lock(t.Context(), t.TempDir(), time.Second)
	sentence(t, err, "the state cannot be locked: ")
}
