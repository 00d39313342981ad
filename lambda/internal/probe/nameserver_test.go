package probe

import (
	"fmt"
	"net"
	"testing"

	"github.com/miekg/dns"
)

// nameserver answers DNS questions over UDP and TCP on one loopback port until
// the test ends, and returns its address.
func nameserver(t testing.TB, handle dns.HandlerFunc) string {
	t.Helper()
	packets, listener := onePort(t)
	address := packets.LocalAddr().String()
	for _, server := range []*dns.Server{{PacketConn: packets, Handler: handle}, {Listener: listener, Handler: handle}} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = server.ActivateAndServe() // ends with Shutdown
		}()
		<-started
		t.Cleanup(func() {
			_ = server.Shutdown()
			<-done
		})
	}
	return address
}

// onePort listens on one loopback port over UDP and TCP. A port that is free for
// one may be taken for the other, so it takes more than one try at times.
func onePort(t testing.TB) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 50 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if packets, err := net.ListenPacket("udp", listener.Addr().String()); err == nil {
			return packets, listener
		}
		listener.Close()
	}
	t.Fatal("found no port that is free over UDP and TCP")
	return nil, nil
}

// answerA answers questions for A records with the addresses, in their order,
// and others with no record.
func answerA(addresses ...string) dns.HandlerFunc {
	return func(w dns.ResponseWriter, question *dns.Msg) {
		answer := new(dns.Msg)
		answer.SetReply(question)
		if asked := question.Question[0]; asked.Qtype == dns.TypeA {
			for _, address := range addresses {
				record, err := dns.NewRR(fmt.Sprintf("%s 60 IN A %s", asked.Name, address))
				if err == nil {
					answer.Answer = append(answer.Answer, record)
				}
			}
		}
		_ = w.WriteMsg(answer)
	}
}
