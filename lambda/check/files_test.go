package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeFiles makes a directory of files.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const oneEndpoint = `endpoints: [{name: NAME, url: "https://example.com", conditions: ["[STATUS] == 200"]}]` + "\n"

func named(name string) string { return strings.Replace(oneEndpoint, "NAME", name, 1) }

func TestDirectory(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"b.yml":             "aws: {clusters: [b]}\n" + named("b"),
		"a.yaml":            "environment: staging\naws: {region: eu-west-1, clusters: [a]}\n" + named("a"),
		"deeper/c.yaml":     named("c"),
		"..data/a.yaml":     named("a"),
		"notes.txt":         "not: [yaml",
		"deeper/ignored.md": "# no",
	})
	config, report := ReadFile(dir, nil)
	if config == nil || len(report.Messages) > 0 {
		t.Fatalf("messages:\n%s", report.Messages)
	}
	var names []string
	for i := range config.Checks {
		names = append(names, config.Checks[i].Name)
	}
	if got := strings.Join(names, " "); got != "a b c" {
		t.Errorf("endpoints %q, want those of all files in the order of their names", got)
	}
	if config.AWS.Region != "eu-west-1" || strings.Join(config.AWS.Clusters, " ") != "a b" || config.Environment != "staging" {
		t.Errorf("not merged: %+v", config)
	}
}

// A link to a directory is that directory, under its own name.
func TestLinkToDirectory(t *testing.T) {
	dir := writeFiles(t, map[string]string{"a.yaml": named("a"), "deeper/b.yaml": "nonsense: true\n"})
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, link + "/"} {
		_, report := ReadFile(path, nil)
		if got := report.Messages.String(); !strings.HasPrefix(got, link+`/deeper/b.yaml:1:1: "nonsense" is not a key`) {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// Messages name the file that the mistake stands in.
func TestDirectoryMistakes(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"a.yaml": "environment: one\n" + named("x"),
		"b.yaml": "# no end of line\n\nenvironment: two\nowner: me",
		"c.yaml": "\n" + named("x"),
	})
	_, report := ReadFile(dir, nil)
	want := []string{
		`b.yaml:3:1: the key "environment" stands here a second time; the first is at DIR/a.yaml:1:1`,
		`b.yaml:4:1: "owner" is not a key of the top level: it belongs to the entries of endpoints:`,
		`c.yaml:2:20: endpoints[1].name: the endpoint "x" stands here a second time; the first is at DIR/a.yaml:2:20; give it another name or group`,
	}
	got := strings.ReplaceAll(strings.TrimSpace(report.Messages.String()), dir, "DIR")
	if want := "DIR/" + strings.Join(want, "\nDIR/"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// A file that is no YAML hides the mistakes of the others in no way but one.
func TestDirectorySyntax(t *testing.T) {
	dir := writeFiles(t, map[string]string{"a.yaml": "a: [", "b.yaml": "", "c.yaml": named("c")})
	config, report := ReadFile(dir, nil)
	if config != nil || report.Unread || report.Messages.Count(Error) != 1 {
		t.Errorf("got:\n%s", report.Messages)
	}
}

func TestUnreadableFiles(t *testing.T) {
	empty := t.TempDir()
	broken := t.TempDir()
	if err := os.Symlink(filepath.Join(broken, "nowhere"), filepath.Join(broken, "a.yaml")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/no/such/file": "/no/such/file: the configuration cannot be read: no such file or directory\n",
		empty:           empty + ": the directory holds no configuration; accepted: files named *.yaml or *.yml\n",
		broken:          broken + "/a.yaml: the file cannot be read: no such file or directory\n",
	} {
		config, report := ReadFile(path, nil)
		if config != nil || !report.Unread || report.Messages.String() != want {
			t.Errorf("got %q, want %q", report.Messages, want)
		}
	}
}

// Bytes that no YAML file may hold are told with their place.
func TestUnreadableBytes(t *testing.T) {
	for text, want := range map[string]string{
		"a: b\nc: é\xff\n":         "t.yaml:2:5: the byte 0xff is not UTF-8 text; save the file as UTF-8\n",
		"\xff\xfea\x00":            "t.yaml:1:1: the byte 0xff is not UTF-8 text; save the file as UTF-8\n",
		"a: b\x7f\n":               "t.yaml:1:5: the control character 0x7f cannot stand in a YAML file; remove it\n",
		"\uFEFF" + named("x"):      "\n",
		"a: \uFFFD\n" + named("x"): "t.yaml:1:1: \"a\" is not a key of the top level; accepted: endpoints, environment, tracker, aws, summary, metrics, deployments, concurrency, alerting, maintenance, connectivity\n",
	} {
		_, report := loadText(text)
		if got := report.Messages.String(); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
