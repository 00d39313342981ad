package check

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/condition"
)

// fingerprint shows all that a configuration says.
func fingerprint(c *Config) string {
	text, err := json.Marshal(c)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", text, c.Summary.Timezone)
	for _, w := range c.Maintenance {
		b.WriteString(w.Location.String())
	}
	for i := range c.Checks {
		for _, list := range [][]*condition.Condition{c.Checks[i].Conditions, c.Checks[i].Warnings} {
			fmt.Fprintf(&b, "%q", list)
		}
		for _, w := range c.Checks[i].Maintenance {
			b.WriteString(w.Location.String())
		}
	}
	return b.String()
}

// sampleFile makes the file of a sample. An alert lets default alerts show.
func sampleFile(sample, dir string) string {
	sample = strings.ReplaceAll(sample, "DIR", dir)
	alert := "    alerts: [{type: sns}]\n"
	switch {
	case strings.HasPrefix(sample, "    x-unused"):
		return endpointFile("")
	case strings.HasPrefix(sample, "    dns"):
		return strings.Replace(endpointFile(sample), "https://example.com", "10.0.0.2", 1)
	case strings.HasPrefix(sample, " "):
		return endpointFile(sample)
	}
	return sample + endpointFile(alert)
}

// Every key of the tables has the effect that its verdict promises.
func TestEveryKeyDecodes(t *testing.T) {
	dir, all := certificateFiles(t), samples()
	for _, s := range schema() {
		for _, k := range s.Keys {
			sample, ok := all[k.Path]
			if !ok {
				t.Errorf("%s: no sample", k.Path)
				continue
			}
			config, report := Load(Source{Name: "t.yaml", Data: []byte(sampleFile(sample, dir))})
			uses := *report.Compat.of(k.Verdict)
			if !slices.ContainsFunc(uses, func(u KeyUse) bool { return u.Key == k.Path && u.Count > 0 }) {
				t.Errorf("%s: its use as %s is not counted\n%s%s", k.Path, k.Verdict, report.Messages, report.Compat)
			}
			checkEffect(t, k, sample, config, report)
		}
	}
}

// checkEffect compares with the file without the key.
func checkEffect(t *testing.T, k KeyInfo, sample string, config *Config, report Report) {
	t.Helper()
	switch k.Verdict {
	case Rejected:
		if config != nil || report.Messages[0].Verdict != Rejected {
			t.Errorf("%s: not rejected\n%s", k.Path, report.Messages)
		}
		return
	case Ignored:
		level := Info
		if k.Path == "suites" || k.Path == "external-endpoints" {
			level = Warning // checks are written there
		}
		if config == nil || len(report.Messages) != 1 || report.Messages[0].Level != level || report.Messages[0].Verdict != Ignored {
			t.Errorf("%s: want one line of level %s, got\n%s", k.Path, level, report.Messages)
		}
		return
	}
	if config == nil {
		t.Errorf("%s: refused\n%s", k.Path, report.Messages)
		return
	}
	// These say what holds anyway, or stand in every sample.
	neutral := []string{
		"endpoints", "endpoints[].name", "endpoints[].url", "endpoints[].conditions", "endpoints[].ssh",
		"alerting.*.default-alert.type", "endpoints[].maintenance-windows[].enabled", "maintenance.enabled",
	}
	base, _ := loadText(sampleFile("    # nothing", ""))
	if !strings.HasPrefix(sample, " ") {
		base, _ = loadText(sampleFile("# nothing\n", ""))
	}
	if fingerprint(base) == fingerprint(config) && !slices.Contains(neutral, k.Path) {
		t.Errorf("%s: no effect", k.Path)
	}
}

// The tables themselves are complete.
func TestTables(t *testing.T) {
	for _, s := range schema() {
		if len(s.Keys) > 64 {
			t.Errorf("%s: %d keys do not fit the bits of decode", s.Path, len(s.Keys))
		}
		for _, k := range s.Keys {
			switch {
			case k.Doc == "" || strings.HasSuffix(k.Doc, "."):
				t.Errorf("%s: documentation %q", k.Path, k.Doc)
			case (k.Verdict == Rejected || k.Verdict == Ignored) && k.Note == "":
				t.Errorf("%s: %s without a reason", k.Path, k.Verdict)
			case !slices.Contains([]Verdict{Supported, Adapted, Ignored, Rejected, Ours}, k.Verdict):
				t.Errorf("%s: verdict %q", k.Path, k.Verdict)
			}
		}
	}
}

func TestManualHasEverything(t *testing.T) {
	manual := Manual()
	for _, s := range schema() {
		for _, k := range s.Keys {
			if !strings.Contains(manual, "| `"+k.Name+"` | "+k.Type) {
				t.Errorf("no row for %s", k.Path)
			}
		}
	}
	for _, scheme := range append(schemeNames(), "icmp://", "sctp://") {
		if !strings.Contains(manual, "| `"+scheme+"` |") {
			t.Errorf("no row for %s", scheme)
		}
	}
}
