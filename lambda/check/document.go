package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

const (
	empty        = "the file is empty"
	acceptedFile = "a mapping that holds endpoints:"
)

// parse reads the YAML of one source: one document, a mapping, or nil if there
// is nothing in it. Documents that hold nothing count as none.
func parse(s Source) (*yaml.Node, *Message) {
	if m := unreadable(s); m != nil {
		return nil, m
	}
	loader, err := yaml.NewLoader(bytes.NewReader(s.Data))
	if err != nil {
		return nil, &Message{File: s.Name, Problem: err.Error()}
	}
	var root *yaml.Node
	for {
		var document yaml.Node
		switch err := loader.Load(&document); {
		case errors.Is(err, io.EOF):
			return root, nil
		case err != nil:
			return nil, syntaxMessage(s, err)
		}
		content := contentOf(&document)
		switch {
		case content == nil:
		case root != nil:
			return nil, &Message{
				File: s.Name, Line: document.Line, Column: document.Column,
				Problem: "a second YAML document starts here, which would have no effect; remove the --- line, or put the documents into files of one directory",
			}
		case content.Kind != yaml.MappingNode:
			return nil, &Message{
				File: s.Name, Line: content.Line, Column: content.Column,
				Problem: "the file holds " + shape(content), Accepted: acceptedFile,
			}
		default:
			root = content
		}
	}
}

// contentOf returns what a document holds, or nil.
func contentOf(document *yaml.Node) *yaml.Node {
	content := document
	if document.Kind == yaml.DocumentNode {
		if len(document.Content) != 1 {
			return nil
		}
		content = document.Content[0]
	}
	if content.Kind == 0 || content.Kind == yaml.ScalarNode && content.Tag == "!!null" {
		return nil
	}
	return content
}

// unreadable finds the first byte that no YAML file may hold. The library
// refuses it too, but does not say where it is.
func unreadable(s Source) *Message {
	line, start := 1, 0
	for i, size := 0, 1; i < len(s.Data); i += size {
		if b := s.Data[i]; ' ' <= b && b < 0x7f { // as nearly all are
			size = 1
			continue
		}
		var c rune
		c, size = utf8.DecodeRune(s.Data[i:])
		problem := ""
		switch {
		case c == '\n':
			line, start = line+1, i+1
			continue
		case c == utf8.RuneError && !bytes.HasPrefix(s.Data[i:], []byte("\uFFFD")):
			problem = fmt.Sprintf("the byte 0x%02x is not UTF-8 text; save the file as UTF-8", s.Data[i])
		case c == '\u0085' || c == '\u2028' || c == '\u2029':
			problem = fmt.Sprintf("the character U+%04X is a line break to some programs and none to others; remove it, or write it in double quotes as \\u%04x", c, c)
		case c < ' ' && c != '\t' && c != '\r' || c == 0x7f:
			problem = fmt.Sprintf("the control character 0x%02x cannot stand in a YAML file; remove it", c)
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
	{"mapping values are not allowed", "a second colon makes this line ambiguous; quote the value, check the indentation, or look for a line above that has no space after its : or -"},
	{"found character that cannot start any token", "a value cannot start with this character; quote the value"},
	{"unknown escape character", "this is no escape sequence of a text in double quotes; use single quotes, or write \\\\ for a backslash"},
	{"unexpected end of stream", "the quote that opens here is never closed"},
	{"did not find expected ',' or ']'", "the list that opens with [ is not closed, or a comma is missing"},
	{"did not find expected ',' or '}'", "the mapping that opens with { is not closed, or a comma is missing"},
	{"could not find expected ':'", "this line has no colon, or no space after it; check the indentation, and quote texts of several lines"},
	{"did not find expected key", "this does not fit the lines above; check the indentation, quote values that start with [, {, *, & or !, and look for a quote above that is never closed"},
	{"did not find expected '-' indicator", "this does not fit the list above; check the indentation, quote values that start with [, {, *, & or !, and look for a - above that has no space after it"},
	{"tab character", "a tab cannot indent a line; use spaces"},
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
	explain(m, at.Message, file{data: s.Data, start: lineStarts(s.Data)}.line(m.Line))
	m.Accepted = withoutFallbacks(m.Accepted)
	return m
}

// explain names the usual mistake that a line has, if it has one.
func explain(m *Message, says, line string) {
	switch {
	case strings.Contains(line, "${") && strings.Contains(says, "did not find expected ','"):
		m.Problem = "this is not YAML: a ${VARIABLE} between { and } or [ and ] must stand in quotes"
	case strings.Contains(line, "{{") || strings.Contains(line, "{%"):
		m.Problem = "this is not YAML: " + unrendered
	case typographicValue().MatchString(line):
		m.Problem = "this is not YAML: a text" + typographicProblem
	case strings.HasPrefix(line, "\t") && strings.Contains(says, "cannot start any token"):
		m.Problem = "this is not YAML: a tab cannot indent a line; use spaces"
	default:
		c := bareCondition().FindStringSubmatch(line)
		if c == nil {
			return
		}
		m.Problem = "this is not YAML: a condition that starts with [ must stand in quotes"
		m.Accepted = c[1] + `"` + strings.ReplaceAll(c[2], `"`, `'`) + `"`
		if c[1] != "- " {
			m.Accepted = c[1] + `["` + strings.ReplaceAll(c[2], `"`, `'`) + `"]`
		}
	}
}

// unrendered is said of what a templating tool would have replaced.
const unrendered = "this looks like a template that was not rendered; run the tool that it is for, such as helm template, and check what that writes"

// typographicValue matches a value in quotes of a word processor.
var typographicValue = lazily(`(?:^|[-:,\[{])\s*[“”„‟‘’‚«»]`)

// bareCondition matches the mistake that everybody makes once.
var bareCondition = lazily(`^\s*(- |[a-z-]*conditions: )(\[[A-Z_]+\].* (?:==|!=|<=|>=|<|>) .*?)\s*$`)
