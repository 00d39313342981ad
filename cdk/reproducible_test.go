package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The same source gives the same template, hashes of programs included,
// wherever it stands: what is not changed is not deployed.
func TestReproducible(t *testing.T) {
	needsNode(t)
	context := existingWith(map[string]any{"config": "cdk/testdata/fleet.yaml", "variables": "API_HOST=api.example.com", "slackWebhookSecret": "slack"})
	var first, firstProgram string
	for i, root := range []string{"..", copySource(t)} {
		c, err := readContext(context, "", root)
		if err != nil {
			t.Fatal(err)
		}
		made, err := build(c, root, t.TempDir(), arm64)
		if err != nil {
			t.Fatal(err)
		}
		_, raw := synthesizeBuilt(t, c, made)
		program := digest(t, filepath.Join(made.function, "bootstrap"))
		if i == 0 {
			first, firstProgram = string(raw), program
		} else if program != firstProgram || string(raw) != first {
			t.Errorf("programs %s and %s, templates alike: %v", firstProgram, program, string(raw) == first)
		}
		if !strings.Contains(string(raw), `"TIDEWATCH_CONFIG": "config/fleet.yaml"`) {
			t.Error("the function is not told where its configuration is")
		}
		if mode, err := os.Stat(filepath.Join(made.slack, "bootstrap")); err != nil || mode.Mode().Perm() != 0o755 {
			t.Errorf("the forwarder: %v, %v", mode, err)
		}
	}
}

// A program that changed has another hash, and so has the version that the
// aliases point to.
func TestChangedProgramIsDeployed(t *testing.T) {
	needsNode(t)
	made := placeholders(t)
	c := settings(t, contexts["quiet"])
	_, before := synthesize(t, c, made)
	if err := os.WriteFile(filepath.Join(made.function, "bootstrap"), []byte("another"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, after := synthesize(t, c, made)
	found := [2]string{strings.Join(hashes.FindAllString(string(before), -1), " "), strings.Join(hashes.FindAllString(string(after), -1), " ")}
	if found[0] == found[1] || found[0] == "" || !strings.Contains(found[0], "CurrentVersion") {
		t.Errorf("hashes before %q and after %q", found[0], found[1])
	}
}

func TestBuildTellsWhatFails(t *testing.T) {
	err := compile("..", "./lambda/cmd/none", t.TempDir(), arm64)
	if err == nil || !strings.HasPrefix(err.Error(), "building ./lambda/cmd/none in ..: exit status 1") {
		t.Error(err)
	}
}

// copySource makes another folder with all that the functions are built from.
func copySource(t *testing.T) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		if err := copyFile(filepath.Join("..", name), filepath.Join(to, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := copyFile("testdata/fleet.yaml", filepath.Join(to, "cdk", "testdata", "fleet.yaml")); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir("../lambda", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if entry.IsDir() {
			if entry.Name() == "testdata" {
				return fs.SkipDir
			}
			return nil
		}
		return copyFile(path, filepath.Join(to, strings.TrimPrefix(path, "../")))
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func digest(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(data))
}
