package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

func messageSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(MessageSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("message.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("message.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPayloadsFollowTheSchema(t *testing.T) {
	s := messageSchema(t)
	for _, name := range sampleNames() {
		b, _ := parts(t, Compose(messageSamples[name]()))
		if err := validate(s, []byte(b.Lambda)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The schema is strict everywhere: what is added or changed without it is
// noticed.
func TestMessageSchemaRefuses(t *testing.T) {
	s := messageSchema(t)
	var documents []string
	for _, name := range []string{"opened", "deployment-regressed", "summary", "huge"} {
		b, _ := parts(t, Compose(messageSamples[name]()))
		documents = append(documents, b.Lambda)
	}
	for old, with := range map[string]string{
		`{"version":1`:                     `{"version":2`,
		`"kind":"opened"`:                  `"kind":"exploded"`,
		`"severity":"SEV1"`:                `"severity":"SEV9"`,
		`"class":"http.timeout"`:           `"class":"http.mouldy"`,
		`"phase":"ttfb"`:                   `"phase":"lunch"`,
		`"state":"open"`:                   `"state":"ajar"`,
		`"owners":["ml-platform"]`:         `"owners":null`,
		`03:12:07Z`:                        `03:12:07+01:00`,
		`"status":"regressed"`:             `"status":"shrugged"`,
		`"uptime":{"day":`:                 `"uptime":{"hour":1,"day":`,
		`"incident":{"id"`:                 `"incident":{"extra":1,"id"`,
		`"endpoints":[{"key"`:              `"endpoints":[{"extra":1,"key"`,
		`"deployment":{"service"`:          `"deployment":{"extra":1,"service"`,
		`"summary":{"day"`:                 `"summary":{"extra":1,"day"`,
		`"left_out":{"incident.also_open"`: `"left_out":{"incident.also_closed":0,"incident.also_open"`,
	} {
		tried := false
		for _, document := range documents {
			changed := strings.Replace(document, old, with, 1)
			if changed == document {
				continue
			}
			tried = true
			if validate(s, []byte(changed)) == nil {
				t.Errorf("accepted with %s instead of %s", with, old)
			}
		}
		if !tried {
			t.Errorf("no %s in any document", old)
		}
	}
}

func TestMessageSchemaKnowsTheVocabulary(t *testing.T) {
	var doc struct {
		Properties struct {
			Kind struct{ Enum []incident.Kind }
		}
		Defs map[string]struct{ Enum []string } `json:"$defs"`
	}
	var run struct {
		Defs map[string]struct{ Enum []string } `json:"$defs"`
	}
	if err := json.Unmarshal(MessageSchema, &doc); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(Schema, &run); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(doc.Properties.Kind.Enum, incident.Published) {
		t.Errorf("kinds of the schema: %v, of the code: %v", doc.Properties.Kind.Enum, incident.Published)
	}
	var classes []string
	for info := range result.Classes() {
		classes = append(classes, string(info.Class))
	}
	if !slices.Equal(doc.Defs["class"].Enum, classes) || !slices.Equal(doc.Defs["phase"].Enum, run.Defs["phase"].Enum) {
		t.Error("classes or phases differ from those of the code")
	}
}
