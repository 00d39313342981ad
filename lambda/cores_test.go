//go:build !linux

package main

import "testing"

func useOneCore(b *testing.B) {
	b.Helper()
	b.Skip("the cores of a process are chosen on Linux only")
}
