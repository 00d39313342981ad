package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

const (
	empty        = "the file is empty"
	acceptedFile = "a mapping that holds endpoints:"
)

// parse reads the YAML of one source: exactly one document, a mapping.
func parse(s Source) (*yaml.Node, *Message) {
	if m := unreadable(s); m != nil {
		return nil, m
	}
	loader, err := yaml.NewLoader(bytes.NewReader(s.Data))
	if err != nil {
		return nil, &Message{File: s.Name, Problem: err.Error()}
	}
	var document, second yaml.Node
	switch err := loader.Load(&document); {
	case errors.Is(err, io.EOF):
		return nil, &Message{File: s.Name, Problem: empty, Accepted: acceptedFile}
	case err != nil:
		return nil, syntaxMessage(s, err)
	}
	root := &document
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, &Message{File: s.Name, Problem: empty, Accepted: acceptedFile}
	}
	if root.Kind != yaml.MappingNode {
		return nil, &Message{
			File: s.Name, Line: root.Line, Column: root.Column,
			Problem: "the file holds " + shape(root), Accepted: acceptedFile,
		}
	}
	switch err := loader.Load(&second); {
	case errors.Is(err, io.EOF):
		return root, nil
	case err != nil:
		return nil, syntaxMessage(s, err)
	}
	return nil, &Message{
		File: s.Name, Line: second.Line, Column: second.Column,
		Problem: "a second YAML document starts here, which would have no effect; remove the --- line, or put the documents into files of one directory",
	}
}

// unreadable finds the first byte that no YAML file may hold. The library
// refuses it too, but does not say where it is.
func unreadable(s Source) *Message {
	line, start := 1, 0
	for i, size := 0, 0; i < len(s.Data); i += size {
		var c rune
		c, size = utf8.DecodeRune(s.Data[i:])
		problem := ""
		switch {
		case c == '\n':
			line, start = line+1, i+1
			continue
		case c == utf8.RuneError && !bytes.HasPrefix(s.Data[i:], []byte("\uFFFD")):
			problem = fmt.Sprintf("the byte 0x%02x is not UTF-8 text; save the file as UTF-8", s.Data[i])
		case c < ' ' && c != '\t' && c != '\r' || c == 0x7f:
			problem = fmt.Sprintf("the control character 0x%02x can not stand in a YAML file; remove it", c)
		}
		if problem != "" {
			column := utf8.RuneCount(s.Data[start:i]) + 1
			return &Message{File: s.Name, Line: line, Column: column, Problem: problem}
		}
	}
	return nil
}

// syntaxHints says in plain words what the messages of the YAML library mean.
var syntaxHints = []struct{ says, means string }{
	{"unknown anchor", "no anchor of that name stands before this alias; define it with &NAME above, or quote the value if it only starts with *"},
	{"mapping values are not allowed", "a second colon makes this line ambiguous; quote the value, or check the indentation"},
	{"found character that cannot start any token", "a value can not start with this character; quote the value"},
	{"unknown escape character", "this is no escape sequence of a text in double quotes; use single quotes, or write \\\\ for a backslash"},
	{"unexpected end of stream", "the quote that opens here is never closed"},
	{"did not find expected ',' or ']'", "the list that opens with [ is not closed, or a comma is missing"},
	{"did not find expected ',' or '}'", "the mapping that opens with { is not closed, or a comma is missing"},
	{"could not find expected ':'", "this line has no colon after its key; check the indentation, and quote texts of several lines"},
	{"did not find expected key", "this does not fit the lines above; check the indentation, and quote values that start with [, {, *, & or !"},
	{"did not find expected '-' indicator", "this does not fit the list above; check the indentation, and quote values that start with [, {, *, & or !"},
}

// syntaxMessage turns an error of the YAML library into a sentence.
func syntaxMessage(s Source, err error) *Message {
	m := &Message{File: s.Name, Problem: "this is not YAML: " + err.Error()}
	var at *yaml.LoadError
	if !errors.As(err, &at) {
		return m
	}
	mark := at.Mark
	startsEarlier := strings.Contains(at.Message, "unexpected end of stream") || strings.Contains(at.Message, "could not find expected ':'")
	if startsEarlier && at.ContextMark.Line > 0 {
		mark = at.ContextMark // where the quote or key starts, not where the search for its end gave up
	}
	m.Line, m.Column = min(mark.Line, bytes.Count(s.Data, []byte("\n"))+1), mark.Column
	m.Problem = "this is not YAML: " + at.Message
	for _, h := range syntaxHints {
		if strings.Contains(at.Message, h.says) {
			m.Problem = "this is not YAML: " + h.means
			break
		}
	}
	line := lineOf(s.Data, m.Line)
	if strings.Contains(line, "${") && strings.Contains(at.Message, "did not find expected ','") {
		m.Problem = "this is not YAML: a ${VARIABLE} between { and } or [ and ] must stand in quotes"
	} else if strings.HasPrefix(line, "\t") && strings.Contains(at.Message, "cannot start any token") {
		m.Problem = "this is not YAML: a tab can not indent a line; use spaces"
	} else if c := bareCondition.FindStringSubmatch(line); c != nil {
		m.Problem = "this is not YAML: a condition that starts with [ must stand in quotes"
		m.Accepted = c[1] + `"` + strings.ReplaceAll(c[2], `"`, `'`) + `"`
		if c[1] != "- " {
			m.Accepted = c[1] + `["` + strings.ReplaceAll(c[2], `"`, `'`) + `"]`
		}
	}
	return m
}

// bareCondition matches the mistake that everybody makes once.
var bareCondition = regexp.MustCompile(`^\s*(- |[a-z-]*conditions: )(\[[A-Z_]+\].* (?:==|!=|<=|>=|<|>) .*?)\s*$`)
