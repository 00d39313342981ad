package filestate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

func newStore(t *testing.T) *Store {
	t.Helper()
	return Open(filepath.Join(t.TempDir(), "state", "tidewatch", "prod.json"))
}

func stateWith(counter int) incident.State {
	at := time.Date(2026, 11, 20, 7, 5, 0, 0, time.UTC)
	return incident.State{
		Version: incident.Version, Counter: counter, Updated: at,
		Endpoints: map[string]*incident.Endpoint{"web/home": {Last: at, Since: at, Failing: counter}},
		Outbox:    []*incident.Notice{{ID: "n1", Kind: incident.KindOpened, At: at}},
	}
}

func save(t *testing.T, s *Store, state incident.State, revision int64) int64 {
	t.Helper()
	next, err := s.Save(t.Context(), state, revision)
	if err != nil {
		t.Fatalf("saving over revision %d: %v", revision, err)
	}
	return next
}

// sentence checks what an error says.
func sentence(t *testing.T, err error, wanted ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	t.Log(err)
	for _, want := range wanted {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
}

// files are the names beside the state.
func files(t *testing.T, s *Store) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(s.path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestPath(t *testing.T) {
	for _, c := range []struct{ environment, xdg, home, want, problem string }{
		{"prod", "/var/state", "/home/me", "/var/state/tidewatch/prod.json", ""},
		{"prod", "", "/home/me", "/home/me/.local/state/tidewatch/prod.json", ""},
		{"prod", "relative", "/home/me", "/home/me/.local/state/tidewatch/prod.json", ""},
		{"../prod", "/var/state", "", "", `"../prod" cannot be the name of a file`},
		{"..", "/var/state", "", "", `".." cannot be the name of a file`},
		{"", "/var/state", "", "", `"" cannot be the name of a file`},
	} {
		path, err := Path(c.environment, func(name string) string {
			return map[string]string{"XDG_STATE_HOME": c.xdg, "HOME": c.home}[name]
		})
		if c.problem != "" {
			sentence(t, err, c.problem)
			continue
		}
		if err != nil || filepath.ToSlash(path) != c.want {
			t.Errorf("%+v: %s, error %v", c, path, err)
		}
	}
}

func TestPathWithoutAHome(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("USERPROFILE", "")
	_, err := Path("prod", os.Getenv)
	if os.Getenv("XDG_STATE_HOME") == "" {
		sentence(t, err, "there is no home directory for the state: set XDG_STATE_HOME")
	}
}

func TestSaveAndLoad(t *testing.T) {
	s := newStore(t)
	state, revision, err := s.Load(t.Context())
	if err != nil || revision != 0 || !reflect.DeepEqual(state, incident.State{}) {
		t.Fatalf("without a file: %+v, revision %d, error %v", state, revision, err)
	}
	for i := range 3 {
		if revision = save(t, s, stateWith(i), revision); revision != int64(i+1) {
			t.Errorf("save %d has revision %d", i, revision)
		}
	}
	state, revision, err = Open(s.path).Load(t.Context())
	if err != nil || revision != 3 || !reflect.DeepEqual(state, stateWith(2)) {
		t.Errorf("loaded %+v, revision %d, error %v", state, revision, err)
	}
	if names := files(t, s); !reflect.DeepEqual(names, []string{"prod.json", "prod.json.lock"}) {
		t.Errorf("files %v", names)
	}
}

func TestOnlyTheOwnerMayRead(t *testing.T) {
	s := newStore(t)
	save(t, s, stateWith(1), 0)
	if err := s.Keep(t.Context(), record("a", today, time.Time{})); err != nil {
		t.Fatal(err)
	}
	_ = filepath.WalkDir(filepath.Dir(s.path), func(path string, e os.DirEntry, err error) error {
		about, _ := e.Info()
		if about.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, about.Mode())
		}
		return err
	})
}

func TestSaveOverAnotherRevision(t *testing.T) {
	s := newStore(t)
	if _, err := s.Save(t.Context(), stateWith(9), 4); !errors.Is(err, incident.ErrConflict) {
		t.Errorf("saving over what is not there: %v", err)
	}
	save(t, s, stateWith(1), 0)
	for _, revision := range []int64{0, 2} {
		_, err := s.Save(t.Context(), stateWith(9), revision)
		if !errors.Is(err, incident.ErrConflict) {
			t.Errorf("saving over revision %d: %v", revision, err)
		}
		sentence(t, err, fmt.Sprintf("has revision 1 by now, not %d", revision))
	}
	if state, revision, _ := s.Load(t.Context()); state.Counter != 1 || revision != 1 {
		t.Errorf("a refused save changed the state: %d, revision %d", state.Counter, revision)
	}
}

func TestEightWritersOneWins(t *testing.T) {
	path := newStore(t).path
	for revision := range int64(20) {
		var mu sync.Mutex
		var winners []int
		var wg sync.WaitGroup
		for writer := range 8 {
			wg.Go(func() {
				_, err := Open(path).Save(t.Context(), stateWith(writer), revision)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					winners = append(winners, writer)
				case !errors.Is(err, incident.ErrConflict):
					t.Errorf("writer %d: %v", writer, err)
				}
			})
		}
		wg.Wait()
		state, found, err := Open(path).Load(t.Context())
		if len(winners) != 1 || err != nil || found != revision+1 || state.Counter != winners[0] {
			t.Fatalf("writers %v won over revision %d; loaded writer %d, revision %d, error %v", winners, revision, state.Counter, found, err)
		}
	}
}

// Readers see a whole state at any moment.
func TestReadersAndAWriter(t *testing.T) {
	s := newStore(t)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for last := int64(0); ctx.Err() == nil; {
			state, revision, err := s.Load(t.Context())
			if err != nil || revision < last || (revision > 0 && int64(state.Counter) != revision) {
				t.Errorf("counter %d, revision %d after %d, error %v", state.Counter, revision, last, err)
				return
			}
			last = revision
		}
	})
	for i := range int64(100) {
		save(t, s, stateWith(int(i+1)), i)
	}
	stop()
	wg.Wait()
}

func TestNoTime(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := newStore(t)
	if _, _, err := s.Load(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Load: %v", err)
	}
	if _, err := s.Save(ctx, stateWith(1), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("Save: %v", err)
	}
	if err := s.Keep(ctx, record("a", today, today)); !errors.Is(err, context.Canceled) {
		t.Errorf("Keep: %v", err)
	}
}

func TestNoPlaceForTheState(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := Open(filepath.Join(blocked, "prod.json"))
	_, err := s.Save(t.Context(), stateWith(1), 0)
	sentence(t, err, "the state cannot be saved: ", blocked)
	_, _, err = Open(t.TempDir()).Load(t.Context())
	sentence(t, err, "the state cannot be read: ")
	sentence(t, s.Keep(t.Context(), record("a", today, today)), "incident a cannot be kept: ", blocked)
}
