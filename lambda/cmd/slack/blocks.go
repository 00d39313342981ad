package main

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of Slack's Block Kit, in characters or entries, and ours where Slack's
// would be too much for a reader.
const (
	maxBlocks  = 50
	maxHeader  = 150
	maxText    = 300    // of one text
	maxPlain   = 1500   // of a text that is not understood
	maxAlone   = 600    // of the text that stands for the blocks
	maxMessage = 12_000 // of the JSON, in bytes: Slack refuses longer ones
)

// message is what is posted. Text is what notifications show, and what Slack
// shows where it does not take the blocks.
type message struct {
	Text   string  `json:"text"`
	Blocks []block `json:"blocks,omitempty"`
	Markup bool    `json:"mrkdwn"` // of the text: never
}

// block is a header, a rich text or a context of Block Kit. Rich text names
// what is a link and what is bold, so nothing in a text can become either:
// there is no markup to escape from.
type block struct {
	Type     string    `json:"type"`
	Text     *plain    `json:"text,omitempty"`
	Elements []element `json:"elements,omitempty"`
}

// plain is a text without markup.
type plain struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	Emoji bool   `json:"emoji"`
}

// element is a part of a rich text, which may have parts itself.
type element struct {
	Type     string    `json:"type"`
	Text     string    `json:"text,omitempty"`
	URL      string    `json:"url,omitempty"`
	Emoji    *bool     `json:"emoji,omitempty"`
	Style    any       `json:"style,omitempty"` // of a text a style, of a list its name
	Elements []element `json:"elements,omitempty"`
}

type style struct {
	Bold   bool `json:"bold,omitempty"`
	Italic bool `json:"italic,omitempty"`
	Code   bool `json:"code,omitempty"`
}

// header is the first line, in large letters.
func header(text string) block {
	return block{Type: "header", Text: &plain{Type: "plain_text", Text: cut(text, maxHeader)}}
}

// footer is small print.
func footer(parts ...string) block {
	off := false
	text := strings.Join(without(parts, ""), " · ")
	return block{Type: "context", Elements: []element{{Type: "plain_text", Text: cut(text, maxText), Emoji: &off}}}
}

// rich is a block of paragraphs and lists.
func rich(parts ...element) block { return block{Type: "rich_text", Elements: parts} }

// paragraph is a line of parts that differ in style.
func paragraph(parts ...element) element { return element{Type: "rich_text_section", Elements: parts} }

// bullets is a list of paragraphs.
func bullets(items []element) element {
	return element{Type: "rich_text_list", Style: "bullet", Elements: items}
}

// say is plain text.
func say(text string) element { return element{Type: "text", Text: cut(text, maxText)} }

// bold is what catches the eye.
func bold(text string) element {
	return element{Type: "text", Text: cut(text, maxText), Style: style{Bold: true}}
}

// label is what stands before a text, and space what stands between two.
func label(text string) element {
	return element{Type: "text", Text: text + ": ", Style: style{Bold: true}}
}

func space() element { return element{Type: "text", Text: "  "} }

// code is what can be searched for, such as a class.
func code(text string) element {
	return element{Type: "text", Text: cut(text, maxText), Style: style{Code: true}}
}

// link is a text that can be clicked, or just the text if the address is not
// one that anybody should.
func link(address, text string) element {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") || len(address) > maxPlain || strings.Contains(address, "…") {
		return bold(text)
	}
	return element{Type: "link", URL: address, Text: cut(text, maxText), Style: style{Bold: true}}
}

// cut shortens a text to so many characters. Slack refuses empty ones.
func cut(text string, limit int) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd")))
	if text == "" {
		return "–"
	}
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:limit-1])) + "…"
}

// escaped is text in which Slack finds no mention, command or link.
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// without leaves a text out of a list.
func without(list []string, unwanted string) []string {
	var rest []string
	for _, s := range list {
		if s != unwanted {
			rest = append(rest, s)
		}
	}
	return rest
}

// compose is a message of the blocks that fit, with the same in one sentence.
func compose(text string, blocks ...block) message {
	m := message{Text: escaped(cut(text, maxAlone))}
	last := blocks[len(blocks)-1] // where it is from, which is always said
	rest := footer("…more is in the mail")
	for _, b := range blocks[:len(blocks)-1] {
		longer := append(m.Blocks[:len(m.Blocks):len(m.Blocks)], b)
		if len(longer) < maxBlocks-1 && size(message{Text: m.Text, Blocks: append(longer, rest, last)}) <= maxMessage {
			m.Blocks = longer
		}
	}
	if len(m.Blocks) < len(blocks)-1 {
		m.Blocks = append(m.Blocks, rest)
	}
	m.Blocks = append(m.Blocks, last)
	return m
}

// size is how long a message is for Slack, in bytes.
func size(m message) int {
	data, err := m.encode()
	if err != nil {
		return maxMessage + 1
	}
	return len(data)
}

// encode writes a message as Slack gets it.
func (m message) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // for pages; it would make the message longer
	err := e.Encode(m)
	return bytes.TrimSpace(b.Bytes()), err
}
