package filestate

import (
	"errors"
	"os"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

func TestDamagedStateIsKeptAsideOnce(t *testing.T) {
	for name, text := range map[string]string{
		"empty":         "",
		"cut short":     `{"revision": 3, "state": {"ver`,
		"not an object": `7`,
		"no revision":   `{"state":{"version":1}}`,
		"no state":      `{"revision":3}`,
		"no format":     `{"revision":3,"state":{}}`,
		"a wrong type":  `{"revision":3,"state":{"version":1,"outbox":7}}`,
		"a null":        `{"revision":3,"state":{"version":1,"endpoints":{"a":null}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			save(t, s, stateWith(1), 0)
			if err := os.WriteFile(s.path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				state, revision, err := s.Load(t.Context())
				sentence(t, err, "the state is damaged: ", s.path+" is left as it is, with a copy at "+s.path+".damaged-20", "repair it, or delete it")
				if !errors.Is(err, incident.ErrDamaged) || revision != 0 || state.Endpoints != nil {
					t.Errorf("loaded %+v, revision %d", state, revision)
				}
			}
			for _, revision := range []int64{0, 1} {
				if _, err := s.Save(t.Context(), stateWith(2), revision); !errors.Is(err, incident.ErrDamaged) {
					t.Errorf("saving over revision %d of a damaged state: %v", revision, err)
				}
			}
			checkAside(t, s, text)
		})
	}
}

// checkAside wants the damaged file and one copy of it.
func checkAside(t *testing.T, s *Store, text string) {
	t.Helper()
	names := files(t, s)
	if len(names) != 3 {
		t.Errorf("files %v", names)
	}
	for _, name := range names {
		path := strings.TrimSuffix(s.path, "prod.json") + name
		if got, _ := os.ReadFile(path); string(got) != text && !strings.HasSuffix(name, ".lock") {
			t.Errorf("%s holds %q", name, got)
		}
	}
}

func TestDamagedStateThatCannotBeCopied(t *testing.T) {
	s := newStore(t)
	save(t, s, stateWith(1), 0)
	if err := os.Remove(s.path); err != nil {
		t.Fatal(err)
	}
	err := s.unusable([]byte("x"), incident.ErrDamaged) // gone meanwhile
	sentence(t, err, "the state is damaged; ", "could not be copied (")
	if !errors.Is(err, incident.ErrDamaged) {
		t.Errorf("not known as damaged: %v", err)
	}
}

func TestStateOfANewerVersion(t *testing.T) {
	s := newStore(t)
	save(t, s, stateWith(1), 0)
	newer := `{"revision":3,"state":{"version":2,"outbox":"another form"}}`
	if err := os.WriteFile(s.path, []byte(newer), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.Load(t.Context())
	sentence(t, err, "the state was written by a newer Tidewatch: format 2, this one knows formats up to 1; use the newer version again, or delete "+s.path)
	if _, saving := s.Save(t.Context(), stateWith(1), 3); !errors.Is(err, incident.ErrNewer) || !errors.Is(saving, incident.ErrNewer) {
		t.Errorf("not known as newer: %v, %v", err, saving)
	}
	if got, _ := os.ReadFile(s.path); string(got) != newer || len(files(t, s)) != 2 {
		t.Errorf("it became %q beside %v", got, files(t, s))
	}
}
