package probe

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// An endpoint whose name has trouble in DNS fails in the dns phase, with the
// trouble's name.
func TestLookupTroubles(t *testing.T) {
	for _, c := range dnsTroubles {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			resolver := ""
			if c.server != nil {
				resolver = c.server(t)
			} else {
				resolver = nameserver(t, c.handle)
			}
			_, port, _ := net.SplitHostPort(serve(t, replay(jsonAnswer(`{"status":"UP"}`))))
			r := probeOne(t, endpoint("http://www.example:"+port, strings.TrimSuffix(dnsTimeout(c.name), "}")+", dns-resolver: \"udp://"+resolver+"\"}"))
			if c.class == "" {
				requireHealthy(t, r)
				verifyPhases(t, r, "dns tcp write ttfb body")
				return
			}
			verify(t, r, hostile{class: c.class, phase: result.PhaseDNS, sentence: c.sentence})
			verifyPhases(t, r, "")
		})
	}
}

func TestLookupOverTCP(t *testing.T) {
	noLeaks(t)
	resolver := nameserver(t, func(w dns.ResponseWriter, question *dns.Msg) {
		if !overUDP(w) {
			answerA("127.0.0.1")(w, question)
		}
	})
	_, port, _ := net.SplitHostPort(serve(t, hold))
	r := probeOne(t, endpoint("tcp://www.example:"+port, "client: {timeout: 4s, dns-resolver: \"tcp://"+resolver+"\"}"))
	requireHealthy(t, r)
	r = probeOne(t, endpoint("tcp://www.example:"+port, "client: {timeout: 700ms, dns-resolver: \"tcp://"+serve(t, hold)+"\"}"))
	verify(t, r, hostile{class: result.DNSTimeout, phase: result.PhaseDNS, sentence: "gave no answer for www.example within 700ms"})
	r = probeOne(t, endpoint("tcp://www.example:"+port, "client: {timeout: 4s, dns-resolver: \"tcp://"+serve(t, func(net.Conn) {})+"\"}"))
	if r.Class != result.DNSMalformed && r.Class != result.DNSRefused {
		t.Errorf("class %q (%s) for a resolver that closes", r.Class, r.Error)
	}
}

func TestLookupFamilies(t *testing.T) {
	noLeaks(t)
	six := func(w dns.ResponseWriter, question *dns.Msg) {
		if question.Question[0].Qtype == dns.TypeAAAA {
			records("www.example. 60 IN AAAA ::1")(w, question)
			return
		}
		records()(w, question)
	}
	silentSix := func(w dns.ResponseWriter, question *dns.Msg) {
		if question.Question[0].Qtype == dns.TypeA {
			answerA("127.0.0.1")(w, question)
		}
	}
	for _, c := range []struct {
		name   string
		handle dns.HandlerFunc
		family check.Family
		want   string
		class  result.Class
	}{
		{"IPv4 first", answerA("127.0.0.1"), check.FamilyAuto, "127.0.0.1", ""},
		{"IPv6 where there is no IPv4", six, check.FamilyAuto, "::1", ""},
		{"IPv4 only", six, check.FamilyIPv4, "", result.DNSNoData},
		{"IPv6 only", six, check.FamilyIPv6, "::1", ""},
		{"a silent server for AAAA", silentSix, check.FamilyAuto, "127.0.0.1", ""},
		{"neither", records(), check.FamilyAuto, "", result.DNSNoData},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		r := resolver{server: &check.Resolver{Network: "udp", Address: nameserver(t, c.handle)}, limit: 2 * time.Second}
		addresses, err := r.lookup(ctx, "www.example", c.family)
		cancel()
		class := result.Class("")
		if failure, ok := err.(*Failure); ok {
			class = failure.Class
		}
		if class != c.class || (c.want != "" && (len(addresses) != 1 || addresses[0].String() != c.want)) {
			t.Errorf("%s: %v, %v; want %q, class %q", c.name, addresses, err, c.want, c.class)
		}
	}
}

func TestCancelledLookup(t *testing.T) {
	noLeaks(t)
	silent := nameserver(t, silentServer)
	for _, network := range []string{"udp", "tcp"} {
		checks := load(t, endpoint("tcp://www.example:80", "client: {timeout: 30s, dns-resolver: \""+network+"://"+silent+"\"}"))
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		r := New(Options{}).Probe(ctx, &checks[0])
		cancel()
		if r.Class != result.ProbeSkipped || time.Duration(r.Duration) > 10*time.Second {
			t.Errorf("%s: class %q after %v (%s)", network, r.Class, time.Duration(r.Duration), r.Error)
		}
	}
}
