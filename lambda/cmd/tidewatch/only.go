package main

import (
	"cmp"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/check"
)

// choose returns the checks that a pattern matches, in their order; all of
// them without patterns. A pattern that matches nothing is an error: it is a
// mistake, and a round over nothing would look healthy.
func choose(checks []check.Check, patterns []string) ([]check.Check, error) {
	if len(patterns) == 0 {
		return checks, nil
	}
	wanted := make([]bool, len(checks))
	for _, p := range patterns {
		if !mark(wanted, checks, p) {
			return nil, usagef("--only %q matches none of the %d endpoints; keys near it: %s", p, len(checks), strings.Join(nearKeys(checks, p), ", "))
		}
	}
	var chosen []check.Check
	for i, w := range wanted {
		if w {
			chosen = append(chosen, checks[i])
		}
	}
	return chosen, nil
}

// mark notes which checks a pattern matches, and whether there are any.
func mark(wanted []bool, checks []check.Check, pattern string) bool {
	match, found := check.Match(pattern), false
	for i := range checks {
		if match(&checks[i]) {
			wanted[i], found = true, true
		}
	}
	return found
}

// nearby is how many keys an error suggests.
const nearby = 3

// nearKeys returns the keys that are most like a pattern.
func nearKeys(checks []check.Check, pattern string) []string {
	plain := strings.ToLower(strings.NewReplacer("*", "", "?", "").Replace(pattern))
	type near struct {
		key      string
		distance int
	}
	all := make([]near, len(checks))
	for i, c := range checks {
		all[i] = near{c.Key, min(
			distance(plain, strings.ToLower(c.Key)),
			distance(plain, strings.ToLower(c.Name)),
			distance(plain, strings.ToLower(c.Group)),
		)}
	}
	slices.SortStableFunc(all, func(a, b near) int { return cmp.Compare(a.distance, b.distance) })
	keys := make([]string, 0, nearby)
	for _, n := range all[:min(nearby, len(all))] {
		keys = append(keys, n.key)
	}
	return keys
}

// distance counts the letters to insert, delete or replace between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := corner
			if a[i] != b[j] {
				replaced++
			}
			corner = row[j+1]
			row[j+1] = min(replaced, row[j]+1, corner+1)
		}
	}
	return row[len(b)]
}
