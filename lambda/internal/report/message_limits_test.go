package report

import (
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/result"
)

func utf16Length(s string) int { return len(utf16.Encode([]rune(s))) }

// obeys checks everything that SNS and Amazon Q ask of a message.
func obeys(t testing.TB, m Message) {
	t.Helper()
	subjectObeys(t, m.Subject)
	size := len(m.Body) + len(m.Subject)
	for name, value := range m.Attributes {
		size += len(name) + len(value) + len("String")
		if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r > 0xffff || unicode.IsControl(r) }) {
			t.Errorf("attribute %s is %q", name, value)
		}
	}
	if size > MaxBody {
		t.Errorf("%d bytes, more than %d", size, MaxBody)
	}
	b, q := parts(t, m)
	var p payload
	strict(t, b.Lambda, &p)
	if b.Email == "" || strings.ContainsFunc(strings.ReplaceAll(b.Email, "\n", ""), unicode.IsControl) || !utf8.ValidString(b.Email) {
		t.Errorf("mail: %q", b.Email)
	}
	c := q.Content
	limits := map[string]int{c.Title: 250, c.Description: 8000, q.Metadata.Summary: 250}
	for _, step := range c.NextSteps {
		limits[step] = 350
	}
	for _, word := range c.Keywords {
		limits[word] = 75
	}
	for text, limit := range limits {
		if text == "" || utf16Length(text) > limit || !utf8.ValidString(text) {
			t.Errorf("%d characters, at most %d: %q", utf16Length(text), limit, text)
		}
		slackSafe(t, text)
	}
	if utf16Length(c.Description) > slackDescription || q.Version != "1.0" || q.Source != "custom" || c.TextType != "client-markdown" || q.Metadata.CustomActions {
		t.Errorf("notification: %+v", q)
	}
}

func subjectObeys(t testing.TB, subject string) {
	t.Helper()
	if subject == "" || utf16Length(subject) >= 100 || !utf8.ValidString(subject) || strings.ContainsFunc(subject, unicode.IsControl) {
		t.Errorf("subject has %d characters: %q", utf16Length(subject), subject)
	}
	if first := subject[0]; first < 'A' || first > 'Z' {
		t.Errorf("subject begins with %q: %q", first, subject)
	}
}

var (
	realLink = regexp.MustCompile(`<https?://[!-;=?-{}~]+(\|[^<>|]*)?>`)
	ownCode  = regexp.MustCompile("`[^`\n]*`")
	entity   = regexp.MustCompile(`&(amp|lt|gt);`)
)

// slackSafe checks that a text has no markup but ours: whole links to http,
// code that ends, and no mention anywhere outside code.
func slackSafe(t testing.TB, text string) {
	t.Helper()
	rest := entity.ReplaceAllString(ownCode.ReplaceAllString(realLink.ReplaceAllString(text, ""), ""), "")
	if strings.ContainsAny(rest, "<>&`@~") {
		t.Errorf("Slack would obey something in %q of %q", rest, text)
	}
	for _, line := range strings.Split(rest, "\n") {
		if strings.Count(line, "*")%2 != 0 {
			t.Errorf("bold does not end in %q", line)
		}
	}
}

func TestSamplesObeyTheLimits(t *testing.T) {
	for _, name := range sampleNames() {
		t.Run(name, func(t *testing.T) { obeys(t, Compose(messageSamples[name]())) })
	}
}

func TestComposeIsPure(t *testing.T) {
	for _, name := range sampleNames() {
		n := messageSamples[name]()
		a, b := Compose(n), Compose(n)
		if a.Body != b.Body || a.Subject != b.Subject || a.ID != n.ID || !maps.Equal(a.Attributes, b.Attributes) {
			t.Errorf("%s differs the second time", name)
		}
		if !reflect.DeepEqual(n, messageSamples[name]()) {
			t.Errorf("%s was changed", name)
		}
	}
}

func TestSecretsAreNotTold(t *testing.T) {
	m := Compose(messageSamples["secrets"]())
	for _, secret := range planted {
		if strings.Contains(m.Subject+m.Body, secret) {
			t.Errorf("%s is told: %s", secret, m.Body)
		}
	}
	// A secret across the place where a text is cut.
	for pad := range 320 {
		n := messageSamples["opened"]()
		n.Incident.Endpoints[0].Error = strings.Repeat("x", pad) + " password=" + planted[1]
		if body := Compose(n).Body; strings.Contains(body, planted[1][:5]) {
			t.Fatalf("half a secret is told behind %d characters", pad)
		}
	}
}

// A hostile notice is told with the same lines in the same places as any
// other: what it says stays behind our labels.
func TestHostileTextsDoNotStandAlone(t *testing.T) {
	b, _ := parts(t, Compose(messageSamples["hostile"]()))
	if strings.Contains(b.Email, "\nUsers lose nothing") || strings.Contains(b.Email, "\nResolved") {
		t.Error("a line is not ours:\n" + b.Email)
	}
	if strings.Contains(Compose(messageSamples["hostile"]()).Subject, "\n") {
		t.Error("the subject has two lines")
	}
}

func TestListsSayWhatIsLeftOut(t *testing.T) {
	m := Compose(messageSamples["huge"]())
	b, q := parts(t, m)
	var p payload
	strict(t, b.SQS, &p)
	if left, shown := p.LeftOut["incident.endpoints"], len(p.Incident.Endpoints); left+shown != 512 || shown == 0 || shown > incident.MaxFacts {
		t.Errorf("payload: %d shown, %d left out, of 512", shown, left)
	}
	for _, text := range []string{b.Email, q.Content.Description} {
		if !strings.Contains(text, "512 endpoints, the worst first") || !regexp.MustCompile(`and 5[01]\d more`).MatchString(text) {
			t.Errorf("it is not said how many there are:\n%s", text)
		}
	}
}

// Commands are copied from a message, so they are whole or absent.
func TestWhatIsCopiedIsWhole(t *testing.T) {
	for name, sample := range messageSamples {
		b, _ := parts(t, Compose(sample()))
		for _, line := range strings.Split(b.Email, "\n") {
			if strings.Contains(line, "tidewatch incidents ack") && !strings.HasSuffix(line, sample().Incident.ID) {
				t.Errorf("%s: %q", name, line)
			}
		}
	}
}

// Nothing that can be written into a notice makes a message that would be
// refused.
func FuzzCompose(f *testing.F) {
	f.Add(uint64(1), evil)
	f.Add(uint64(2), strings.Repeat("𝔵\"\\", 900))
	f.Add(uint64(3), "")
	f.Add(uint64(4), "_a_ *b* :x: <@U1> & `c` @here ~d~")
	f.Fuzz(func(t *testing.T, seed uint64, text string) {
		n := incident.Notice{}
		w := &wild{seed: seed | 1, text: text}
		w.fill(reflect.ValueOf(&n).Elem())
		obeys(t, Compose(n))
	})
}

func TestComposeOfAnything(t *testing.T) {
	obeys(t, Compose(incident.Notice{}))
	texts := []string{evil, "", strings.Repeat("\"\\", 5000), strings.Repeat("𝔵 ", 3000), strings.Repeat("&", 400), strings.Repeat("*_`", 300), "a\x00b"}
	for seed := range uint64(80) {
		n := incident.Notice{}
		w := &wild{seed: seed*2 + 1, text: texts[seed%uint64(len(texts))]}
		w.fill(reflect.ValueOf(&n).Elem())
		obeys(t, Compose(n))
	}
}

// wild fills a value with whatever its types allow.
type wild struct {
	seed  uint64
	text  string
	depth int // of lists
}

func (w *wild) next(n int) int {
	w.seed ^= w.seed << 13
	w.seed ^= w.seed >> 7
	w.seed ^= w.seed << 17
	return int(w.seed % uint64(n))
}

func (w *wild) fill(v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		times := []time.Time{{}, night, before(90), time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(1<<55, 0), night.In(time.FixedZone("", 7200))}
		v.Set(reflect.ValueOf(times[w.next(len(times))]))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(w.word(v.Type()))
	case reflect.Int, reflect.Int64:
		numbers := []int64{0, 1, 2, -1, 5, 1e9, math.MaxInt64, math.MinInt64}
		v.SetInt(numbers[w.next(len(numbers))])
	case reflect.Bool:
		v.SetBool(w.next(2) == 0)
	case reflect.Float64:
		numbers := []float64{0, 99.9, 100, 250, -1, math.NaN(), math.Inf(1), math.Inf(-1)}
		v.SetFloat(numbers[w.next(len(numbers))])
	case reflect.Pointer:
		if w.next(4) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			w.fill(v.Elem())
		}
	case reflect.Slice:
		longest := 14
		if w.depth > 0 {
			longest = 4 // lists of lists of lists take long, and tell nothing new
		}
		v.Set(reflect.MakeSlice(v.Type(), w.next(longest), longest))
		w.depth++
		w.each(v)
		w.depth--
	case reflect.Array:
		w.each(v)
	case reflect.Struct:
		for i := range v.NumField() {
			w.fill(v.Field(i))
		}
	}
}

func (w *wild) each(v reflect.Value) {
	for i := range v.Len() {
		w.fill(v.Index(i))
	}
}

func (w *wild) word(t reflect.Type) string {
	choices := []string{"", w.text, evil, "registry/health", strings.Repeat(w.text, 3), "https://registry.hokus.ai/?a=b&c=" + w.text}
	switch t {
	case reflect.TypeFor[incident.Kind]():
		for _, kind := range incident.Published {
			choices = append(choices, string(kind))
		}
	case reflect.TypeFor[result.Class]():
		choices = append(choices, string(result.HTTPTimeout), string(result.DNSNXDomain))
	}
	return choices[w.next(len(choices))]
}

func TestEncodeNeverFails(t *testing.T) {
	n := dailySummary(func(f *incident.SummaryFacts) { f.Uptime = [3]float64{math.NaN(), math.Inf(1), -1} })
	var p struct{ Summary payloadSummary }
	b, _ := parts(t, Compose(n))
	if err := json.Unmarshal([]byte(b.Lambda), &p); err != nil || p.Summary.Uptime.Day != nil || *p.Summary.Uptime.Week != 100 || p.Summary.Uptime.Month != nil {
		t.Errorf("%v: %s", err, b.Lambda)
	}
}
