package access

import (
	"regexp"
	"strings"
	"testing"
)

func TestActionsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range Actions {
		if !regexp.MustCompile(`^[a-z0-9]+:[A-Z][A-Za-z]+$`).MatchString(a.Name) {
			t.Errorf("%q is no name of an action", a.Name)
		}
		if a.Resource == "" || a.Part == "" || a.Reason == "" {
			t.Errorf("%s lacks its resource, part or reason: %+v", a.Name, a)
		}
		for _, c := range a.Conditions {
			if c.Operator == "" || c.Key == "" || c.Value == "" {
				t.Errorf("%s has an incomplete condition: %+v", a.Name, c)
			}
		}
		if a.Via != "" && !Listed(a.Via) {
			t.Errorf("%s is needed during %s, which is not listed", a.Name, a.Via)
		}
		if once := a.Name + " " + string(a.Resource) + " for " + string(a.Part); seen[once] {
			t.Errorf("%s is listed twice", once)
		} else {
			seen[once] = true
		}
	}
}

// What watches must not change anything but its own table.
func TestNothingThatIsWatchedCanBeChanged(t *testing.T) {
	reading := regexp.MustCompile(`:(Get|Describe|List|Lookup|Query|Filter|Discover|Decrypt|BatchGet)`)
	own := map[string]Resource{"dynamodb:PutItem": Table, "sns:Publish": Topic, "kms:GenerateDataKey": TopicKey}
	for _, a := range Actions {
		if !reading.MatchString(a.Name) && own[a.Name] != a.Resource {
			t.Errorf("%s on %s writes", a.Name, a.Resource)
		}
	}
}

func TestListed(t *testing.T) {
	if !Listed("sns:Publish") || Listed("sns:Subscribe") || Listed("") {
		t.Error("Listed does not follow the table")
	}
}

func TestMarkdown(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(Markdown(), "\n"), "\n")
	if len(lines) != len(Actions)+2 {
		t.Fatalf("%d lines for %d actions", len(lines), len(Actions))
	}
	for _, want := range []string{
		"| `dynamodb:GetItem` | table | `dynamodb:LeadingKeys` ForAllValues:StringEquals environment | state | reads the state before each decision |",
		"| `sns:Publish` | topic |  | alerts | sends messages |",
		"| `kms:Decrypt` | topic key | `kms:ViaService` StringEquals sns.REGION | alerts | lets SNS check the key that it encrypts with, during `sns:Publish` |",
	} {
		if !strings.Contains(Markdown(), want+"\n") {
			t.Errorf("no line\n%s\nin\n%s", want, Markdown())
		}
	}
	for _, line := range lines {
		if strings.Count(line, "|") != 6 {
			t.Errorf("a cell breaks the table: %s", line)
		}
	}
	if All.markdown() != "`*`" {
		t.Errorf("a star is not quoted: %s", All.markdown())
	}
}
