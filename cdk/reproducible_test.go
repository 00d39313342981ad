package main

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The whole of it: programs built for Lambda, and an assembly to deploy. The
// same source gives the same, hashes of programs included, wherever it stands:
// what did not change is not deployed again.
func TestReproducible(t *testing.T) {
	needsNode(t)
	context := cdkJSON(t)
	maps.Copy(context, existingWith(map[string]any{
		"config": "cdk/testdata/fleet.yaml", "variables": "API_HOST=api.example.com", "email": "oncall@example.com", "operatorEmail": "ops@example.com",
	}))
	first, second := runApp(t, "..", context), runApp(t, copySource(t), context)
	for _, a := range []app{first, second} {
		if a.status != 0 || a.stdout != "" || a.stderr != "" {
			t.Fatalf("status %d, stdout %q, stderr:\n%s", a.status, a.stdout, a.stderr)
		}
	}
	if !bytes.Equal(first.template(t), second.template(t)) {
		t.Errorf("the templates differ:\n%s", strings.Join(compare(t, first.template(t), second.template(t)), "\n"))
	}
	program := first.program(t)
	if !bytes.Equal(program, second.program(t)) {
		t.Error("the programs differ")
	}
	const arm = 183 // EM_AARCH64, at its place in the head of an ELF file
	if len(program) < 1<<20 || string(program[:4]) != "\x7fELF" || program[18] != arm {
		t.Errorf("%d bytes that begin with %x", len(program), program[:20])
	}
	if !strings.Contains(string(first.template(t)), `"TIDEWATCH_CONFIG": "config/fleet.yaml"`) {
		t.Error("the function is not told where its configuration is")
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "tidewatch-build-*")); err != nil || len(left) != 0 {
		t.Errorf("it leaves %v, %v", left, err)
	}
}

func (a app) template(t *testing.T) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(a.assembly, "Tidewatch.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// program is the only one in the assembly, and can be started.
func (a app) program(t *testing.T) []byte {
	t.Helper()
	programs, err := filepath.Glob(filepath.Join(a.assembly, "asset.*", "bootstrap"))
	if err != nil || len(programs) != 1 {
		t.Fatalf("%v, %v", programs, err)
	}
	if info, err := os.Stat(programs[0]); err != nil || info.Mode().Perm() != 0o755 {
		t.Fatalf("%v, %v", info, err)
	}
	program, err := os.ReadFile(programs[0])
	if err != nil {
		t.Fatal(err)
	}
	return program
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
