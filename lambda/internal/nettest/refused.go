// Package nettest has addresses for tests of what happens on a network.
package nettest

import (
	"net"
	"testing"
)

var loopback = net.IPv4(127, 0, 0, 1)

// Refused is a loopback address, host and port, that refuses TCP connections
// and UDP datagrams until the test ends.
//
// The port of a listener that was closed would do so too, but only until
// somebody else gets it: another test, another package's tests at the same
// time, or the connection attempt itself, which then answers to itself. This
// port is in use: over TCP by the near end of a connection, over UDP by a
// socket that hears one other port only. So nobody else can have it, and nobody
// listens.
func Refused(t testing.TB) string {
	t.Helper()
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: loopback})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	far := listener.Addr().(*net.TCPAddr)
	for range 50 {
		packets, err := net.DialUDP("udp", &net.UDPAddr{IP: loopback}, &net.UDPAddr{IP: loopback, Port: far.Port})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = packets.Close() })
		near := &net.TCPAddr{IP: loopback, Port: packets.LocalAddr().(*net.UDPAddr).Port}
		// A port that is free for one may be taken for the other.
		if conn, err := net.DialTCP("tcp", near, far); err == nil {
			t.Cleanup(func() { _ = conn.Close() })
			return near.String()
		}
	}
	t.Fatal("found no port that is free over UDP and TCP")
	return ""
}
