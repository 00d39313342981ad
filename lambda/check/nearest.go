package check

import (
	"cmp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Nearest returns the word most like the text, spelled with other joiners or
// with a few letters wrong, or "" if none is like it.
func Nearest(text string, words []string) string { return nearest(text, words) }

// nearest returns the word most like the text, or "" if none is like it.
func nearest(text string, words []string) string {
	plain := normal(text)
	best, least := "", max(len(plain)/3, 1)+1
	for _, w := range words {
		other := normal(w)
		if away := len(plain) - len(other); away >= least || -away >= least {
			continue // so many letters must go or come
		}
		if d := distance(plain, other); d < least && d < len(plain) {
			best, least = w, d
		}
	}
	return cmp.Or(best, completed(plain, words))
}

// completed returns the one word that starts with the text, as Monday does with
// mon, or "".
func completed(plain string, words []string) string {
	const fewest = 3 // letters, of which less say nothing
	found := ""
	for _, w := range words {
		if len(plain) < fewest || !strings.HasPrefix(normal(w), plain) {
			continue
		}
		if found != "" {
			return ""
		}
		found = w
	}
	return found
}

// joiners are left out where spellings are compared.
var joiners = strings.NewReplacer("-", "", "_", "", " ", "")

// normal makes spellings of one word equal: dnsResolver, dns_resolver and
// dns-resolver.
func normal(word string) string {
	if len(word) > 64 {
		return "" // nothing accepted is that long, and distances are quadratic
	}
	return joiners.Replace(strings.ToLower(word))
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b.
func distance(a, b string) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	before, above, row := rows[0], rows[1], rows[2]
	for j := range above {
		above[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above[j+1]+1, row[j]+1, above[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}

// unknownKey refuses a key that its section does not know, and says where it
// belongs or what it may have been meant to be.
func (r *reader) unknownKey(s *sectionInfo, name *yaml.Node) {
	m := Message{Problem: quote(name.Value) + " is not a key of " + s.Noun, Verdict: Rejected}
	like := nearest(name.Value, s.names())
	near, far := r.belongs(s, name.Value)
	switch {
	case near != "" && normal(like) != normal(name.Value):
		m.Problem += ": it belongs " + near
	case like != "":
		m.Nearest = like
	case far != "":
		m.Problem += ": it belongs " + far
	default:
		m.Accepted = strings.Join(s.names(), ", ")
	}
	r.fail(name, m)
}

// belongs says where a key of that name is known: near, that is one level down
// or up, or far away if that is one place only.
func (r *reader) belongs(s *sectionInfo, name string) (near, far string) {
	places := 0
	for _, other := range r.schema {
		if other == s || other.find(name) == nil {
			continue
		}
		child, inside := strings.CutPrefix(other.Path, strings.TrimPrefix(s.Path+".", "."))
		switch {
		case inside && !strings.Contains(child, "."):
			return under(child), ""
		case other.Path != "" && strings.HasPrefix(s.Path, other.Path+"."):
			return "to " + other.Noun + " itself", ""
		case other.Path == "":
			far = "to the top level"
		default:
			far = under(other.Path)
		}
		places++
	}
	if places != 1 {
		far = ""
	}
	return "", far
}

// under says how to write a key of the section of that path.
func under(path string) string {
	if list, found := strings.CutSuffix(path, "[]"); found {
		return "to the entries of " + list + ":"
	}
	return "under " + path + ":"
}
