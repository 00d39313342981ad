package awsapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/diagnose"
)

// advised are the commands of all scenarios, with those that only find what
// nobody notices; true: it is called read-only.
func advised(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, s := range wire(t) {
		out, in, _ := playAll(t, s)
		stock, _ := takeInventory(t, s)
		for _, f := range slices.Concat(out.Findings, diagnose.Latents(in), stock) {
			for _, command := range f.Verify {
				all[command] = true
			}
			for _, a := range f.Actions {
				if a.Command != "" {
					all[a.Command] = all[a.Command] || !a.Mutates
				}
			}
		}
	}
	return all
}

// standIns replace what a reader has to fill in, as each is written in capitals.
var standIns = strings.NewReplacer("TARGET_OF_THE_ROUTE", "--gateway-id igw-1", "GIB", "100", "PUBLIC_ADDRESS_OF_THE_CHECKER", "203.0.113.7")

// xargs gives a tool what it would read.
const xargs = `#!/bin/sh
[ "$1" = -r ] && shift
exec "$@" arn:answer
`

// tools are what commands use; in a test each only notes what it is given.
var tools = []string{"aws", "curl", "dig", "openssl", "nc", "jq", "tidewatch"}

// readOnly are the first words of operations that change nothing.
var readOnly = regexp.MustCompile(`^(describe|list|get|simulate|lookup|filter)-`)

// Every command that a report advises is one for a shell, is made of tools that
// people have, and changes something only if that is said. Those of the AWS CLI
// are taken by it as they stand, and their queries name what the answers have.
func TestCommandsCanBeRun(t *testing.T) {
	t.Parallel()
	all := advised(t)
	if len(all) < 100 {
		t.Fatalf("only %d commands", len(all))
	}
	commands := slices.Sorted(maps.Keys(all))
	dir := shims(t)
	var asked [][]string
	var of []string
	for _, command := range commands {
		for _, call := range called(t, dir, standIns.Replace(command)) {
			if call[0] == "aws" {
				asked, of = append(asked, call[1:]), append(of, command)
				if all[command] && (len(call) < 3 || !readOnly.MatchString(call[2])) {
					t.Errorf("called read-only: %s", command)
				}
			}
		}
	}
	for i, wrong := range parsed(t, dir, asked) {
		if wrong != "" {
			t.Errorf("%s\n\t%s", of[i], wrong)
		}
	}
}

// shims is a directory with a stand-in for every tool, and the files that
// commands read. Each call is noted in a file of its own, as those of a pipeline
// run at once.
func shims(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range tools {
		script := "#!/bin/sh\nprintf '%s\\0' " + name + " \"$@\" >\"$CALLS/$$\"\necho arn:answer\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "xargs"), []byte(xargs), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"certificate.pem", "key.pem", "chain.pem"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// called lets a shell read a command, and returns the words of each call.
func called(t *testing.T, dir, command string) (calls [][]string) {
	t.Helper()
	notes := t.TempDir()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	shell := exec.CommandContext(t.Context(), bash, "-euc", command)
	shell.Dir, shell.Env = dir, []string{"PATH=" + dir, "CALLS=" + notes}
	if said, err := shell.CombinedOutput(); err != nil {
		t.Errorf("%s\n\t%v: %s", command, err, said)
		return nil
	}
	files, err := os.ReadDir(notes)
	if err != nil || len(files) == 0 {
		t.Errorf("%s calls nothing: %v", command, err)
	}
	for _, f := range files {
		words, err := os.ReadFile(filepath.Join(notes, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		calls = append(calls, strings.Split(strings.TrimSuffix(string(words), "\x00"), "\x00"))
	}
	return calls
}

// parsed is what the AWS CLI says against each call; "" where it would make it.
func parsed(t *testing.T, dir string, calls [][]string) []string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil || exec.CommandContext(t.Context(), python, "-c", "import awscli").Run() != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the AWS CLI is not installed for python3: python3 -m pip install awscli==1.45.11")
		}
		t.Skip("needs the AWS CLI for python3: python3 -m pip install awscli==1.45.11")
	}
	script, err := filepath.Abs("testdata/parse_commands.py")
	if err != nil {
		t.Fatal(err)
	}
	in, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), python, script)
	run.Dir, run.Stdin, run.Env = dir, bytes.NewReader(in), []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")} // nothing that is set for AWS
	var said bytes.Buffer
	run.Stderr = &said
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	wrong := make([]string, 0, len(calls)) // null becomes ""
	if err := json.Unmarshal(out, &wrong); err != nil || len(wrong) != len(calls) {
		t.Fatalf("%v: %s", err, out)
	}
	return wrong
}
