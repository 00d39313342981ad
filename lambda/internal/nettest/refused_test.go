package nettest

import (
	"errors"
	"net"
	"syscall"
	"testing"
)

func TestRefused(t *testing.T) {
	address := Refused(t)
	for range 3 {
		if _, err := net.Dial("tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("over TCP: %v, want a refusal", err)
		}
		conn, err := net.Dial("udp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte("x")); err != nil {
			t.Error(err)
		}
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("over UDP: %v, want a refusal", err)
		}
		_ = conn.Close()
	}
	if _, err := net.Listen("tcp", address); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("somebody else may listen: %v", err)
	}
	if _, err := net.ListenPacket("udp", address); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("somebody else may take its datagrams: %v", err)
	}
	if other := Refused(t); other == address {
		t.Errorf("two tests have %s", other)
	}
}
