package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// value is what the context holds under a key. On the command line everything
// is text, and lists have commas; in cdk.json there are lists, numbers, flags
// and mappings.
type value struct{ raw any }

// form is a pattern and what it stands for.
type form struct {
	expected string
	pattern  *regexp.Regexp
}

// check reports a text that has another form.
func (f form) check(s string) error {
	if !f.pattern.MatchString(s) {
		return fmt.Errorf("%s is not as expected: %s", quoted(s), f.expected)
	}
	return nil
}

// maxShown is how much of a wrong text a message shows, in bytes.
const maxShown = 100

// quoted is a text in one line, of which a message shows no more than helps.
func quoted(s string) string {
	if len(s) > maxShown {
		return strconv.Quote(strings.ToValidUTF8(s[:maxShown], "")) + fmt.Sprintf("… (%d bytes)", len(s))
	}
	return strconv.Quote(s)
}

// text is the value as one text.
func (v value) text() (string, error) {
	switch raw := v.raw.(type) {
	case string:
		if s := strings.TrimSpace(raw); s != "" {
			return s, nil
		}
		return "", errors.New("it is empty; leave it out or give it a value")
	case bool:
		return strconv.FormatBool(raw), nil
	case float64:
		return strconv.FormatFloat(raw, 'f', -1, 64), nil
	}
	return "", fmt.Errorf("got %s, expected one text", kindOf(v.raw))
}

// list is the value as texts, of which none is empty and none occurs twice.
func (v value) list() ([]string, error) {
	var parts []value
	if raw, ok := v.raw.([]any); ok {
		for _, one := range raw {
			parts = append(parts, value{one})
		}
	} else {
		whole, err := v.text()
		if err != nil {
			return nil, err
		}
		for part := range strings.SplitSeq(whole, ",") {
			parts = append(parts, value{part})
		}
	}
	var texts []string
	for i, part := range parts {
		s, err := part.text()
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		texts = append(texts, s)
	}
	if len(texts) == 0 {
		return nil, errors.New("the list is empty; leave it out or give it entries")
	}
	return texts, nil
}

// distinct is a list in which nothing occurs twice.
func (v value) distinct() ([]string, error) {
	texts, err := v.list()
	for i, s := range texts {
		if slices.Contains(texts[:i], s) {
			return nil, fmt.Errorf("%s is written twice", quoted(s))
		}
	}
	return texts, err
}

// kindOf names what was written instead of a text.
func kindOf(raw any) string {
	switch raw.(type) {
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	case nil:
		return "nothing"
	}
	return fmt.Sprintf("%v", raw)
}

// text reads any text.
func text(field func(*config) *string) func(*config, value) error {
	return func(c *config, v value) (err error) {
		*field(c), err = v.text()
		return err
	}
}

// one reads a text of a form.
func one(f form, field func(*config) *string) func(*config, value) error {
	return func(c *config, v value) error {
		s, err := v.text()
		if err == nil {
			err = f.check(s)
		}
		if err == nil {
			*field(c) = s
		}
		return err
	}
}

// many reads a list of texts of a form.
func many(f form, field func(*config) *[]string) func(*config, value) error {
	return func(c *config, v value) error {
		texts, err := v.distinct()
		if err != nil {
			return err
		}
		for _, s := range texts {
			if err := f.check(s); err != nil {
				return err
			}
		}
		*field(c) = texts
		return nil
	}
}

// number reads a whole number within bounds.
func number(least, most int, field func(*config) *int) func(*config, value) error {
	return func(c *config, v value) error {
		s, err := v.text()
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > most {
			return fmt.Errorf("%s is not as expected: a whole number from %d to %d", quoted(s), least, most)
		}
		*field(c) = n
		return nil
	}
}

// truth reads true or false.
func truth(field func(*config) *bool) func(*config, value) error {
	return func(c *config, v value) error {
		s, err := v.text()
		if err != nil {
			return err
		}
		if s != "true" && s != "false" {
			return fmt.Errorf("%s is not as expected: true or false", quoted(s))
		}
		*field(c) = s == "true"
		return nil
	}
}
