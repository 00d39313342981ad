package check

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// files tells which file a node came from. The lines of each file follow those
// of the one before, so that a line number is enough to know the file.
type files []file

// file is one source, and where its lines stand among those of all.
type file struct {
	name  string
	first int // the line before this file's first, counted over all files
	lines int // how many it has
	data  []byte
	start []int // where each line starts
}

// add appends a file and moves the lines of its nodes.
func (fs *files) add(s Source, root *yaml.Node) {
	first := 0
	if last := len(*fs) - 1; last >= 0 {
		// One more, because the end of a file can count as a line of its own.
		first = (*fs)[last].first + (*fs)[last].lines + 1
	}
	start := lineStarts(s.Data)
	*fs = append(*fs, file{s.Name, first, len(start), s.Data, start})
	if first > 0 {
		move(root, first)
	}
}

// move counts the lines of a tree from those of the files before.
func move(n *yaml.Node, by int) {
	n.Line += by
	for _, child := range n.Content {
		move(child, by)
	}
}

// of returns the file of a line.
func (fs files) of(line int) file {
	i := sort.Search(len(fs), func(i int) bool { return fs[i].first >= line })
	return fs[max(i-1, 0)]
}

// place turns a position over all files into one within its file.
func (fs files) place(line, column int) (name string, l, c int) {
	f := fs.of(line)
	return f.name, min(line-f.first, f.lines), column
}

// order returns the rank of a file name, the last one for names not known.
func (fs files) order() func(name string) int {
	ranks := make(map[string]int, len(fs))
	for i, f := range fs {
		ranks[f.name] = i
	}
	return func(name string) int {
		if rank, known := ranks[name]; known {
			return rank
		}
		return len(fs)
	}
}

// lineRunes is a line of a file by characters. Messages mostly come line by
// line, and a line can be a whole file, so the last one is kept.
type lineRunes struct {
	number int
	runes  []rune
}

// line returns a line, counted over all files.
func (r *reader) line(number int) []rune {
	if r.lastLine.number != number {
		f := r.files.of(number)
		r.lastLine = lineRunes{number, []rune(f.line(number - f.first))}
	}
	return r.lastLine.runes
}

// column returns the column of a byte within a scalar, if the scalar stands in
// its line as it is; otherwise that of the scalar.
func (r *reader) column(n *yaml.Node, offset int) int {
	line := r.line(n.Line)
	from := n.Column - 1
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		from++
	}
	offset = min(offset, len(n.Value))
	to := from + utf8.RuneCountInString(n.Value)
	if from < 0 || to > len(line) || string(line[from:to]) != n.Value {
		return n.Column
	}
	return from + 1 + utf8.RuneCountInString(n.Value[:offset])
}

// lineStarts returns where the lines of a text start.
func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, c := range data {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// line returns a line, counted from 1, without its end.
func (f file) line(number int) string {
	if number < 1 || number > len(f.start) {
		return ""
	}
	line, _, _ := bytes.Cut(f.data[f.start[number-1]:], []byte("\n"))
	return strings.TrimSuffix(string(line), "\r")
}

// mergeTree merges src into dst as Gatus merges the files of a directory. What
// both define and cannot be merged stays twice, and is refused as a duplicate
// key later.
func mergeTree(dst, src *yaml.Node) {
	for i := 0; i+1 < len(src.Content); i += 2 {
		name, value := src.Content[i], src.Content[i+1]
		have := lookup(dst, name.Value)
		switch {
		case have != nil && have.Kind == yaml.MappingNode && value.Kind == yaml.MappingNode:
			mergeTree(have, value)
		case have != nil && have.Kind == yaml.SequenceNode && value.Kind == yaml.SequenceNode:
			have.Content = append(have.Content, value.Content...)
		default:
			dst.Content = append(dst.Content, name, value)
		}
	}
}

// lookup returns the value of a key that is written in the mapping, or nil.
func lookup(n *yaml.Node, name string) *yaml.Node {
	for k, v := range pairs(n) {
		if k.Value == name {
			return v
		}
	}
	return nil
}
