package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// parts takes a body apart, as SNS does.
func parts(t testing.TB, m Message) (bodies, notification) {
	t.Helper()
	var b bodies
	strict(t, m.Body, &b)
	var q notification
	strict(t, b.HTTPS, &q)
	return b, q
}

func strict(t testing.TB, text string, to any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if d.More() {
		t.Fatalf("something follows the document: %s", text)
	}
}

// readable shows a notification as a channel would, and below what it is
// steered by.
func readable(q notification) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n", q.Content.Title, q.Content.Description)
	if len(q.Content.NextSteps) > 0 {
		b.WriteString("\nNext steps\n")
	}
	for _, step := range q.Content.NextSteps {
		b.WriteString("  • " + step + "\n")
	}
	fmt.Fprintf(&b, "\n[%s]\n", strings.Join(q.Content.Keywords, "] ["))
	steering, _ := json.MarshalIndent(map[string]any{
		"version": q.Version, "source": q.Source, "id": q.ID, "textType": q.Content.TextType, "metadata": q.Metadata,
	}, "", "  ")
	b.WriteString("\n" + string(steering) + "\n")
	return b.String()
}

func TestGoldenMessages(t *testing.T) {
	for _, name := range sampleNames() {
		t.Run(name, func(t *testing.T) {
			m := Compose(messageSamples[name]())
			b, q := parts(t, m)
			golden(t, "messages/"+name+".mail.txt", []byte("Subject: "+m.Subject+"\n\n"+b.Email))
			golden(t, "messages/"+name+".slack.txt", []byte(readable(q)))
			var payload bytes.Buffer
			if err := json.Indent(&payload, []byte(b.Lambda), "", "  "); err != nil {
				t.Fatal(err)
			}
			golden(t, "messages/"+name+".payload.json", append(payload.Bytes(), '\n'))
			if b.Default != b.Email || b.SQS != b.Lambda {
				t.Error("default is not the mail, or sqs not the payload")
			}
		})
	}
}

// TestEveryTransitionHasGoldens: whatever the timelines of incidents tell, by
// kind and reason, has a sample, and so a golden file in each format.
func TestEveryTransitionHasGoldens(t *testing.T) {
	sampled := map[string]bool{}
	for _, sample := range messageSamples {
		n := sample()
		sampled[string(n.Kind)+": "+string(n.Reason)] = true
	}
	files, err := filepath.Glob("../incident/testdata/timelines/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d timelines, %v", len(files), err)
	}
	told := regexp.MustCompile(`(?m)^ +[0-9-]+ [+&] ([a-z-]+)[^:\n]*: (.+)$`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range told.FindAllStringSubmatch(string(text), -1) {
			if name := line[1] + ": " + line[2]; !sampled[name] {
				sampled[name] = true
				t.Errorf("%s tells what no sample does: %s", filepath.Base(file), name)
			}
		}
	}
}

func TestEveryPublishedKindHasGoldens(t *testing.T) {
	var kinds []incident.Kind
	for _, sample := range messageSamples {
		kinds = append(kinds, sample().Kind)
	}
	for _, kind := range incident.Published {
		if !slices.Contains(kinds, kind) {
			t.Errorf("no sample of %s", kind)
		}
	}
	files, err := os.ReadDir(filepath.Join("testdata", "messages"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 3*len(messageSamples) {
		t.Errorf("%d golden files for %d samples of three formats: one is left over or missing", len(files), len(messageSamples))
	}
}
