//go:build race

package condition

// longest is short enough for the race detector, which takes some fifty times
// as long.
const longest = 32 << 10
