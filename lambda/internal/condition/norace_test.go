//go:build !race

package condition

// longest is the length of the text that patterns are timed with.
const longest = 1 << 20
