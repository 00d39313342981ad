package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// A shared message says in its first words how many incidents it is about, and
// each format names all that it was given.
func TestSharedPostsNameEveryIncident(t *testing.T) {
	for _, more := range []int{1, 2, 10, 11, 999} {
		n := sharedPost(more)
		m := Compose(n)
		if want := fmt.Sprintf("SEV1 opened with %d more: registry: 3 endpoints", more); !strings.HasPrefix(m.Subject, want) {
			t.Errorf("subject %q, want %s", m.Subject, want)
		}
		b, q := parts(t, m)
		var p payload
		strict(t, b.Lambda, &p)
		for i, w := range n.Incident.With {
			for format, text := range map[string]string{"mail": b.Email, "chat": q.Content.Description} {
				if !strings.Contains(text, severity(w.Severity)+" "+w.ID) || !strings.Contains(text, strings.SplitN(w.Title, ":", 2)[0]) {
					t.Errorf("%d more: the %s does not name %s", more, format, w.ID)
				}
			}
			if got := p.Incident.OpenedWith[i]; got.ID != w.ID || got.FirstAction != w.FirstAction || got.Count != len(w.Endpoints)+w.More || len(got.UsersLose) == 0 {
				t.Errorf("%d more: payload of %s is %+v", more, w.ID, got)
			}
			for _, said := range []string{w.UsersLose[0], w.FirstAction, w.Endpoints[0].Key, w.Owners[0]} {
				if !strings.Contains(b.Email, said) {
					t.Errorf("%d more: the mail does not say %q of %s", more, said, w.ID)
				}
			}
		}
		if left := max(more-incident.MaxFacts, 0); left > 0 {
			told := fmt.Sprintf("and %d more: tidewatch incidents list", left)
			if p.LeftOut["incident.opened_with"] != left || !strings.Contains(b.Email, told) || !strings.Contains(q.Content.Description, told) {
				t.Errorf("%d more: it is not said that %d are left out", more, left)
			}
		}
	}
}

// What is said to be done first stands with its incident, not below all of them.
func TestSharedPostsHaveNoCommonSteps(t *testing.T) {
	_, q := parts(t, Compose(sharedPost(2)))
	if q.Content.NextSteps != nil {
		t.Errorf("steps %q", q.Content.NextSteps)
	}
	first, others := strings.Index(q.Content.Description, "*Do first:*"), strings.Index(q.Content.Description, "*Opened with it")
	if owner := strings.Index(q.Content.Description, "*Owner:* ml-platform"); first < 0 || owner < 0 || first > others || owner > others {
		t.Errorf("what to do about the first one, and who owns it, stands behind the others:\n%s", q.Content.Description)
	}
}

// Every kind that incidents can share has words for it, a sample, and a place in
// the schema; no other has.
func TestSharedKinds(t *testing.T) {
	sampled := map[incident.Kind]bool{}
	for _, sample := range messageSamples {
		if n := sample(); n.Incident != nil && len(n.Incident.With) > 0 && !slices.Contains(n.Incident.Owners, evil) {
			sampled[n.Kind] = true
		}
	}
	var doc struct {
		Defs struct {
			With struct {
				Properties struct {
					Kind struct{ Enum []incident.Kind }
				}
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(MessageSchema, &doc); err != nil {
		t.Fatal(err)
	}
	if enum := doc.Defs.With.Properties.Kind.Enum; !slices.Equal(enum, incident.Shared) {
		t.Errorf("the schema has %v, the code %v", enum, incident.Shared)
	}
	for _, kind := range incident.Published {
		shared := slices.Contains(incident.Shared, kind)
		if _, words := joints[kind]; words != shared {
			t.Errorf("%s has words for several incidents: %v", kind, words)
		}
		if shared && !sampled[kind] {
			t.Errorf("no sample of several incidents that are %s", kind)
		}
	}
}

// However much there is to say of the first incident, the others are named.
func TestTheFirstLeavesRoomForTheOthers(t *testing.T) {
	_, q := parts(t, Compose(messageSamples["huge-shared"]()))
	if named := strings.Count(q.Content.Description, "SEV2 INC-0301-3"); named < 3 {
		t.Errorf("%d of the others are named:\n%s", named, q.Content.Description)
	}
}

// A heading never stands alone in the chat.
func TestHeadingsHaveEntries(t *testing.T) {
	for _, name := range sampleNames() {
		_, q := parts(t, Compose(messageSamples[name]()))
		lines := strings.Split(q.Content.Description, "\n")
		for i, line := range lines {
			if bare := strings.HasPrefix(line, "*") && strings.HasSuffix(line, "*"); bare && (i+1 == len(lines) || !strings.HasPrefix(lines[i+1], "•")) {
				t.Errorf("%s: nothing below %q", name, line)
			}
		}
	}
}

func TestSummariesCountWhatTheyLeaveOut(t *testing.T) {
	n := dailySummary(func(f *incident.SummaryFacts) { f.OpenMore, f.DegradedMore, f.WorstMore = 30, 4, 7 })
	m := Compose(n)
	b, _ := parts(t, m)
	for _, want := range []string{"31 incidents open", "Open: 31 incidents", "and 30 more: tidewatch incidents list", "Degraded: 5 endpoints", "and 4 more", "and 7 more"} {
		if !strings.Contains(m.Subject+b.Email, want) {
			t.Errorf("%q is not said in\n%s", want, b.Email)
		}
	}
	for path, want := range map[string]int{"summary.open": 30, "summary.degraded": 4, "summary.worst": 7} {
		var p payload
		if strict(t, b.SQS, &p); p.LeftOut[path] != want {
			t.Errorf("%s: %d left out, want %d", path, p.LeftOut[path], want)
		}
	}
}

// A gathered message names all that it is about, in mail and for programs: there
// is no other about them. Where very many are in it, it names what it can.
func TestGatheredPostsNameAll(t *testing.T) {
	ids := func(n int) (all []string) {
		for k := range n {
			all = append(all, fmt.Sprintf("INC-0301-%d", 100+k))
		}
		return all
	}
	for name, c := range map[string]struct {
		kind  incident.Kind
		ids   int
		late  *incident.Late
		want  string
		named int
	}{
		"began":         {incident.KindOpened, 40, nil, "and 40 more, which began: INC-0301-100, INC-0301-101,", 40},
		"open":          {incident.KindReminder, 1, nil, "and 1 more, which are open: INC-0301-100", 1},
		"over":          {incident.KindResolved, 2, nil, "and 2 more, which are over: INC-0301-100, INC-0301-101", 2},
		"over by now":   {incident.KindOpened, 40, &incident.Late{Told: later(58), MoreOver: 3}, "and 40 more, which began, 3 of them over by now: INC-0301-100,", 40},
		"back by now":   {incident.KindResolved, 40, &incident.Late{Told: later(58), MoreOver: 39}, "and 40 more, which were over, 1 of them failing again by now: INC-0301-100,", 40},
		"as ever":       {incident.KindReminder, 40, &incident.Late{Told: later(58)}, "and 40 more, which were open: INC-0301-100,", 40},
		"very many":     {incident.KindOpened, 2000, nil, "INC-0301-2098, INC-0301-2099", 2000},
		"not all known": {incident.KindReminder, 2500, nil, "INC-0301-2099, and 500 more: tidewatch incidents list", 2000},
	} {
		n := sharedPost(10)
		n.Kind, n.Reason, n.Late = c.kind, incident.ReasonGathered, c.late
		n.Incident.Gathered, n.Incident.WithMore, n.Incident.Rest = true, c.ids, ids(min(c.ids, 2000))
		m := Compose(n)
		obeys(t, m)
		b, q := parts(t, m)
		var p payload
		strict(t, b.SQS, &p)
		if text := strings.Join(strings.Fields(b.Email), " "); !strings.Contains(text, c.want) {
			t.Errorf("%s: %q is missing in\n%s", name, c.want, b.Email)
		}
		if len(p.Incident.MoreIDs) != c.named || p.Incident.MoreIDs[c.named-1] != fmt.Sprint("INC-0301-", 99+c.named) || p.LeftOut["incident.opened_with"] != c.ids {
			t.Errorf("%s: programs are told %d ids, want %d", name, len(p.Incident.MoreIDs), c.named)
		}
		if strings.Contains(q.Content.Description, "INC-0301-100") {
			t.Errorf("%s: the chat has no room for all:\n%s", name, q.Content.Description)
		}
	}
}

// What does not fit is left out in turns: ids last.
func TestGatheredAndHuge(t *testing.T) {
	n := messageSamples["huge-shared"]()
	n.Incident.Gathered = true
	for k := range 2000 {
		n.Incident.Rest = append(n.Incident.Rest, strings.Repeat("I", 50)+fmt.Sprint(k))
	}
	n.Incident.WithMore = len(n.Incident.Rest)
	m := Compose(n)
	obeys(t, m)
	b, _ := parts(t, m)
	var p payload
	if strict(t, b.SQS, &p); len(p.Incident.MoreIDs) < 100 || m.size() > MaxBody {
		t.Errorf("%d KB with %d ids", m.size()>>10, len(p.Incident.MoreIDs))
	}
}

// Of incidents that are only told together because too many messages waited it
// is not said that they began together.
func TestGatheredPostsSayWhy(t *testing.T) {
	for _, kind := range []incident.Kind{incident.KindOpened, incident.KindReopened, incident.KindReminder, incident.KindResolved} {
		n := sharedPost(12)
		n.Kind, n.Reason, n.Incident.Gathered = kind, incident.ReasonGathered, true
		b, _ := parts(t, Compose(n))
		text := strings.Join(strings.Fields(b.Email), " ")
		if !strings.Contains(text, "13 incidents are told in one message, because too many waited to be sent.") || strings.Contains(text, "in the same run") || strings.Contains(text, "began together") {
			t.Errorf("%s: %s", kind, text)
		}
	}
}
