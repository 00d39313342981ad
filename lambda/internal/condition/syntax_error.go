package condition

import (
	"fmt"
	"strings"
)

// SyntaxError says why a text is not a condition.
type SyntaxError struct {
	Offset   int    // byte offset into the text where it goes wrong
	Problem  string // what is wrong, naming the value, such as `unknown placeholder "[STATSU]"`
	Accepted string // what is accepted there; may be empty
	Nearest  string // the nearest accepted word for "did you mean"; may be empty
}

// Error is one sentence. A near word says enough; only without one are all
// accepted words listed.
func (e *SyntaxError) Error() string {
	switch {
	case e.Nearest != "":
		return e.Problem + "; did you mean " + e.Nearest + "?"
	case e.Accepted != "":
		return e.Problem + "; accepted: " + e.Accepted
	default:
		return e.Problem
	}
}

func syntaxError(offset int, format string, args ...any) *SyntaxError {
	return &SyntaxError{Offset: offset, Problem: fmt.Sprintf(format, args...)}
}

// nearest returns the candidate that the word was probably meant to be: one
// that it is part of or that begins it, or one within a third of its letters.
// Without such a candidate it returns "".
func nearest(word string, candidates []string) string {
	best, bestDistance := "", len(word)/3+1
	for _, c := range candidates {
		distance := editDistance(word, c)
		if min(len(word), len(c)) >= 3 && (strings.Contains(c, word) || strings.HasPrefix(word, c)) {
			distance = min(distance, 1)
		}
		if distance < bestDistance {
			best, bestDistance = c, distance
		}
	}
	return best
}

// editDistance counts the insertions, deletions, substitutions and swaps of
// neighbours that make b of a.
func editDistance(a, b string) int {
	if max(len(a), len(b)) > 64 { // no word of the language is that long
		return 64
	}
	var rows [3][65]int
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		current, previous, before := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}
