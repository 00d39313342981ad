package topology

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Place is a mistake in a saved form: where it stands, what is expected there
// and what is.
type Place struct {
	Path     string // such as facts.rules["arn:…"].state
	Expected string
	Got      string
}

func (p *Place) Error() string {
	return fmt.Sprintf("%s: expected %s, got %s", cmp.Or(p.Path, "the whole"), p.Expected, p.Got)
}

// Under puts the path of a mistake behind that of what it stands in.
func Under(path string, err error) error {
	p, ok := errors.AsType[*Place](err)
	if !ok {
		return fmt.Errorf("%s: %w", path, err)
	}
	behind := p.Path
	if behind != "" && behind[0] != '[' {
		behind = "." + behind
	}
	return &Place{path + behind, p.Expected, p.Got}
}

// Decode reads one JSON value that has no names beside those of the type, and
// says as a Place what is wrong with it.
func Decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil && decoder.More() {
		return &Place{"", "one JSON value", "something behind it"}
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &Place{written(wrong.Field), worded(wrong.Type.String()), "a JSON " + wrong.Value}
	}
	if name, ok := strings.CutPrefix(fmt.Sprint(err), "json: unknown field "); ok {
		return &Place{"", "only names that this version knows", "the name " + name}
	}
	if err != nil {
		return &Place{"", "JSON of the form that tidewatch diagnose --save writes", err.Error()}
	}
	return nil
}

// written is a path as a file has it: without structs that others embed, whose
// names alone begin with capitals.
func written(path string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(path, "."), func(name string) bool { return name != strings.ToLower(name) }), ".")
}

// worded is a type of Go in words.
func worded(name string) string {
	switch {
	case strings.HasPrefix(name, "[]"):
		return "a list"
	case strings.HasPrefix(name, "int"), strings.HasPrefix(name, "uint"), strings.HasSuffix(name, "time.Duration"):
		return "a whole number"
	case name == "bool":
		return "true or false"
	case name == "string", strings.HasPrefix(name, "result."), strings.HasSuffix(name, "State"), strings.HasSuffix(name, "Why"):
		return "a text"
	}
	return "an object"
}

// Read makes a snapshot of its saved form. Whatever it refuses it names with
// its path.
func Read(text []byte) (*Snapshot, error) {
	var parts map[string]json.RawMessage
	if err := Decode(text, &parts); err != nil {
		return nil, err
	}
	var head struct{ Version json.RawMessage }
	if _ = json.Unmarshal(text, &head); string(head.Version) != fmt.Sprint(SnapshotVersion) {
		return nil, &Place{"version", fmt.Sprint(SnapshotVersion), cmp.Or(string(head.Version), "nothing")}
	}
	s := &Snapshot{}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if err := s.read(name, parts[name]); err != nil {
			return nil, Under(name, err)
		}
	}
	for _, fact := range s.NetworkACLs {
		for _, acl := range fact.Value {
			slices.SortStableFunc(acl.Entries, func(a, b ACLEntry) int { return cmp.Compare(a.Number, b.Number) })
		}
	}
	return s, nil
}

// read takes one part of the saved form in.
func (s *Snapshot) read(name string, text []byte) error {
	switch name {
	case "version":
		return Decode(text, &s.Version)
	case "region":
		return Decode(text, &s.Region)
	case "account":
		return Decode(text, &s.Account)
	case "from":
		return Decode(text, &s.From)
	}
	if t := s.table(Kind(name)); t != nil {
		return t.read(text)
	}
	return &Place{"", "a kind of fact that this version knows", "a name that it does not"}
}

// read makes a table of its saved form.
func (t *Table[T]) read(text []byte) error {
	var facts map[string]json.RawMessage
	if err := Decode(text, &facts); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(facts)) {
		var f Fact[T]
		if err := f.read(facts[key]); err != nil {
			return Under(fmt.Sprintf("[%q]", key), err)
		}
		t.Put(key, f)
	}
	return nil
}

// saved is the form of a fact in a file.
type saved struct {
	Status
	Value json.RawMessage `json:"value,omitempty"`
}

// reasons are those that a fact may be unknown for in a file.
var reasons = []Why{Denied, Throttled, Budget, TimedOut, Unsupported, CrossAccount, Expired, Withheld, Failed}

// read makes a fact of its saved form. One that nobody asked for has no place
// there.
func (f *Fact[T]) read(text []byte) error {
	var s saved
	if err := Decode(text, &s); err != nil {
		return err
	}
	missing := len(s.Value) == 0 || string(s.Value) == "null"
	switch {
	case s.State != Known && s.State != Absent && s.State != Unknown:
		return &Place{"state", `"known", "absent" or, with "why", none`, fmt.Sprintf("%q", s.State)}
	case s.State == Unknown && !slices.Contains(reasons, s.Why):
		return &Place{"why", "one of " + inWords(reasons), fmt.Sprintf("%q", s.Why)}
	case s.State == Known && missing:
		return &Place{"value", "what is known", "nothing"}
	case s.State != Known && !missing:
		return &Place{"value", "none of a fact that is not known", "one"}
	}
	f.Status = s.Status
	if s.State != Known {
		return nil
	}
	if err := Decode(s.Value, &f.Value); err != nil {
		return Under("value", err)
	}
	return nil
}

// MarshalJSON writes the value of what is known, however little it is.
func (f Fact[T]) MarshalJSON() ([]byte, error) {
	s := saved{Status: f.Status}
	if f.State == Known {
		value, err := json.Marshal(f.Value)
		if err != nil {
			return nil, err
		}
		if s.Value = value; string(value) == "null" { // a list that nothing is in
			s.Value = json.RawMessage("[]")
		}
	}
	return json.Marshal(s)
}

// UnmarshalJSON is the reading of a fact inside of something else.
func (f *Fact[T]) UnmarshalJSON(text []byte) error { return f.read(text) }

func inWords(all []Why) string {
	words := make([]string, len(all))
	for i, w := range all {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}
