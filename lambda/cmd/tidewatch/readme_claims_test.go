package main

import (
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/diagnose"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/result"
)

var (
	commandInText = regexp.MustCompile("`(?:tidewatch )?((?:run|check|watch|incidents|schema|version)(?: [^`]+)?)`")
	commandInCode = regexp.MustCompile(`(?m)^(?:go run \./lambda/cmd/tidewatch|tidewatch) ([^#\n]+)`)
)

// Every command line that the README shows is one that the program takes.
func TestREADMECommands(t *testing.T) {
	document := readme(t)
	lines := commandInText.FindAllStringSubmatch(document, -1)
	for _, f := range fencesOf(document, "sh") {
		lines = append(lines, commandInCode.FindAllStringSubmatch(f.text, -1)...)
	}
	if len(lines) < 15 {
		t.Errorf("only %d command lines were found", len(lines))
	}
	for _, line := range lines {
		alone, _, _ := strings.Cut(line[1], " | ") // not what it is piped into
		args := strings.Fields(strings.NewReplacer("'", "", "[run|incidents|report]", "run").Replace(alone))
		c, rest, err := newRoot(streams{}).Find(args)
		if err == nil {
			err = c.ParseFlags(rest)
		}
		if err == nil {
			err = c.ValidateArgs(c.Flags().Args())
		}
		if err != nil || !c.HasParent() {
			t.Errorf("README.md: %q is no command line: %v", line[1], err)
		}
	}
}

func TestREADMEConfiguration(t *testing.T) {
	cfg, found := check.Load(check.Source{Name: "health.yaml", Data: []byte(fileOf(t, readme(t), "health.yaml"))})
	if len(found.Messages) > 0 || cfg == nil || len(cfg.Checks) == 0 {
		t.Errorf("the example is not without remarks: %s", found.Messages)
	}
}

// The README has a row for everything that may be wrong although nothing fails,
// in the order in which it is told.
func TestREADMELatents(t *testing.T) {
	_, section, _ := strings.Cut(readme(t), "### What nobody notices yet")
	section, _, _ = strings.Cut(section, "\n## ")
	at := 0
	for _, code := range diagnose.Gravity {
		next := strings.Index(section, "`"+string(code)+"`")
		if next < at {
			t.Errorf("README.md: %s is missing, or not in its order", code)
		}
		at = max(at, next)
	}
	if rows := strings.Count(section, "\n| `"); rows == 0 || rows > len(diagnose.Gravity) {
		t.Errorf("%d rows", rows)
	}
}

var code = regexp.MustCompile("`([a-z-]+)`")

func TestREADMEDocument(t *testing.T) {
	documents := fencesOf(readme(t), "json")
	if len(documents) != 1 {
		t.Fatalf("%d JSON documents", len(documents))
	}
	follows(t, report.Schema, documents[0].text)
}

var classes = regexp.MustCompile("(?m)`((?:dns|tcp|tls|http|assert|probe)\\.[a-z_]+)`|^  [✗?] +\\S+ +(\\S+)")

func TestREADMEClasses(t *testing.T) {
	known := map[string]bool{}
	for c := range result.Classes() {
		known[string(c.Class)] = true
	}
	for _, m := range classes.FindAllStringSubmatch(readme(t), -1) {
		if class := m[1] + m[2]; !known[class] && class != "failing" { // as an incident says it
			t.Errorf("README.md names the class %s, which there is not", class)
		}
	}
}

var statusRow = regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|(.*)\\|(.*)\\|(.*)\\|(.*)\\|(.*)\\|$")

// statuses are the columns of the table of exit statuses.
var statuses = []int{statusHealthy, statusUnhealthy, statusFailed, statusInterrupted, statusClosedPipe}

// Every cell of the table of exit statuses is what the commands do.
func TestREADMEExitStatus(t *testing.T) {
	url := target(t)
	healthy, unhealthy := endpoints(t, url, "ok"), endpoints(t, url, "down")
	secret := configFile(t, "endpoints:\n  - {name: a, url: \""+url+"/ok\", headers: {X-Token: \"ssm:token\"}, conditions: [\"[STATUS] == 200\"]}\n")
	hanging := endpoints(t, url, "hangs")
	latent := configFile(t, "endpoints:\n  - {name: a, url: \"http://127.0.0.1/\", conditions: [\"[CONNECTED] == TRUE\"]}\n")
	invalid := configFile(t, "endpoints: 5\n")
	shown := exits{}
	for _, tt := range []struct {
		args   []string
		status int
	}{
		{[]string{"run", "--config", healthy}, 0},
		{[]string{"run", "--config", unhealthy}, 1},
		{[]string{"run", "--config", secret}, 1},
		{[]string{"run", "--config", invalid}, 2},
		{[]string{"run", "--config", healthy, "--output", "xml"}, 2},
		{[]string{"check", healthy}, 0},
		{[]string{"check", latent}, 1},
		{[]string{"check", invalid}, 2},
		{[]string{"check", healthy, "--bogus"}, 2},
		{[]string{"watch", "--config", unhealthy}, 0},
		{[]string{"watch", "--config", invalid}, 2},
		{[]string{"watch", "--config", healthy, "--every", "1s"}, 2},
		{[]string{"run", "--config", healthy, "--state", "file:" + invalid}, 2},
		{[]string{"run", "--config", hanging}, 130}, // interrupted, as watch is
		{[]string{"incidents", "--config", unhealthy}, 0},
		{[]string{"incidents", "--config", invalid}, 2},
		{[]string{"incidents", "--config", healthy, "--limit", "x"}, 2},
		{[]string{"incidents", "--config", healthy, "--state", "file:" + invalid}, 2},
		{[]string{"incidents", "ack", "INC-1", "--config", healthy}, 2},
	} {
		shown.by(t, nil, tt.status, tt.args...)
	}
	shown.byThoseOfAWS(t, healthy, hanging, invalid)
	for _, command := range []string{"run", "check", "watch", "incidents"} {
		s := streams{in: strings.NewReader(""), out: failingWriter{syscall.EPIPE}, err: io.Discard, env: func(string) (string, bool) { return "", false }}
		if status := run(t.Context(), []string{command, "--config", healthy}, s); status != statusClosedPipe {
			t.Errorf("%s into a closed pipe: status %d", command, status)
		}
		shown[command+strconv.Itoa(statusClosedPipe)] = true
	}
	cells := 0
	for _, row := range statusRow.FindAllStringSubmatch(chapter(t, "### Exit status"), -1) {
		for i, meaning := range row[2:] {
			if says := strings.TrimSpace(meaning) != ""; says != shown[row[1]+strconv.Itoa(statuses[i])] {
				t.Errorf("README.md: nothing here shows what it says of %s and status %d", row[1], statuses[i])
			}
			cells++
		}
	}
	if cells != 8*len(statuses) {
		t.Errorf("the table of exit statuses has %d cells", cells)
	}
}

var secretWords = regexp.MustCompile(`whose name contains ([^:;.]+)`)

// Values of variables are hidden as the README says, and no others.
func TestREADMEHiddenVariables(t *testing.T) {
	m := secretWords.FindStringSubmatch(strings.Join(strings.Fields(chapter(t, "### Variables and secrets")), " "))
	if m == nil {
		t.Fatal("README.md does not say which variables are hidden")
	}
	code := regexp.MustCompile("`([a-z]+)`")
	names := []string{"MY_PLAIN"}
	for _, word := range code.FindAllStringSubmatch(m[1], -1) {
		names = append(names, "MY_"+strings.ToUpper(word[1])+"_1")
	}
	if len(names) < 15 {
		t.Fatalf("README.md names only these: %v", names)
	}
	url := target(t)
	for _, name := range names {
		for _, request := range []string{"", "headers: {X-Way: \"${" + name + "}\"}, ", "body: \"${" + name + "}\", "} {
			config := configFile(t, "endpoints:\n  - {name: a, url: \""+url+"/${"+name+"}\", "+request+"conditions: [\"[STATUS] == 200\"]}\n")
			got := tidewatchIn(t.Context(), map[string]string{name: "value-of-it"}, "run", "--config", config)
			if shown, want := strings.Contains(got.out, "value-of-it"), name == "MY_PLAIN" && request == ""; shown != want || got.status != statusUnhealthy {
				t.Errorf("$%s, %q: shown: %t, want %t\n%s%s", name, request, shown, want, got.out, got.err)
			}
		}
	}
}

var folder = regexp.MustCompile(`(?m)^(lambda(?:/\S+)?)/ `)

// The tree in the README names the folders that hold code, or one above them.
func TestREADMEFolders(t *testing.T) {
	var listed []string
	for _, m := range folder.FindAllStringSubmatch(chapter(t, "## Inside"), -1) {
		listed = append(listed, m[1])
		if info, err := os.Stat(repository + m[1]); err != nil || !info.IsDir() {
			t.Errorf("README.md names the folder %s, which there is not", m[1])
		}
	}
	err := filepath.WalkDir(repository+"lambda", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) != ".go" {
			return err
		}
		name, _ := filepath.Rel(repository, filepath.Dir(path))
		name = filepath.ToSlash(name)
		if !slices.ContainsFunc(listed, func(above string) bool {
			return name == above || above != "lambda" && strings.HasPrefix(name+"/", above+"/")
		}) {
			t.Errorf("README.md does not name the folder %s", name)
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

var dependencyRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^ |]+) \\| (.+) \\|$")

// goCommand is a command of Go with the modules that are there: in the home of
// the tests it would get them all again.
func goCommand(args ...string) ([]byte, error) {
	command := exec.Command("go", args...)
	command.Env = append(os.Environ(), "HOME="+theirHome)
	return command.Output()
}

// The table of dependencies is what go.mod requires directly, and says which
// of them the program itself does not need.
func TestREADMEDependencies(t *testing.T) {
	out, err := goCommand("mod", "edit", "-json")
	if err != nil {
		t.Fatalf("go mod edit: %v", err)
	}
	var module struct {
		Require []struct {
			Path, Version string
			Indirect      bool
		}
	}
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	out, err = goCommand("list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "hokus.ai/tidewatch/...")
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	needed := strings.Fields(string(out))
	rows := map[string][]string{}
	for _, row := range dependencyRow.FindAllStringSubmatch(chapter(t, "### Dependencies"), -1) {
		rows[row[1]] = row
	}
	for _, required := range module.Require {
		row := rows[required.Path]
		delete(rows, required.Path)
		switch {
		case required.Indirect && row == nil:
		case required.Indirect:
			t.Errorf("README.md names %s, which go.mod requires only indirectly", required.Path)
		case row == nil:
			t.Errorf("README.md does not name %s %s", required.Path, required.Version)
		case row[2] != required.Version:
			t.Errorf("README.md has %s %s, go.mod %s", required.Path, row[2], required.Version)
		case strings.HasPrefix(row[3], "Tests only: ") == slices.Contains(needed, required.Path):
			t.Errorf("README.md: is %s for tests only, or not? It says: %s", required.Path, row[3])
		}
	}
	for path := range rows {
		t.Errorf("README.md names %s, which go.mod does not require", path)
	}
}

var (
	links    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headings = regexp.MustCompile(`(?m)^#+ (.+)$`)
	unlinked = regexp.MustCompile("[^a-z0-9 _-]")
)

// Pictures and files that the README links to exist, and so do its headings.
func TestREADMELinks(t *testing.T) {
	document := fences.ReplaceAllString(readme(t), "")
	anchors := map[string]bool{}
	for _, m := range headings.FindAllStringSubmatch(document, -1) {
		anchors["#"+strings.ReplaceAll(unlinked.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	pictures := 0
	for _, m := range links.FindAllStringSubmatch(document, -1) {
		switch link := m[1]; {
		case strings.HasPrefix(link, "https://"):
		case strings.HasPrefix(link, "#"):
			if !anchors[link] {
				t.Errorf("README.md links to %s, which is no heading", link)
			}
		default:
			if info, err := os.Stat(repository + link); err != nil || info.Size() == 0 {
				t.Errorf("README.md links to %s, which there is not", link)
			}
			pictures++
		}
	}
	if pictures == 0 {
		t.Error("README.md shows no picture")
	}
}
