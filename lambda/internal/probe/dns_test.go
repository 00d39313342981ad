package probe

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/nettest"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// records answers every question with the records, written as in a zone file.
func records(lines ...string) dns.HandlerFunc {
	return func(w dns.ResponseWriter, question *dns.Msg) {
		answer := new(dns.Msg)
		answer.SetReply(question)
		for _, line := range lines {
			if record, err := dns.NewRR(line); err == nil {
				answer.Answer = append(answer.Answer, record)
			}
		}
		_ = w.WriteMsg(answer)
	}
}

// rcode answers every question with a response code.
func rcode(code int) dns.HandlerFunc {
	return func(w dns.ResponseWriter, question *dns.Msg) {
		_ = w.WriteMsg(new(dns.Msg).SetRcode(question, code))
	}
}

// altered answers with an address, in a message changed by change.
func altered(change func(*dns.Msg)) dns.HandlerFunc {
	return func(w dns.ResponseWriter, question *dns.Msg) {
		answer := new(dns.Msg)
		answer.SetReply(question)
		record, _ := dns.NewRR(question.Question[0].Name + " 60 IN A 127.0.0.1")
		answer.Answer = []dns.RR{record}
		change(answer)
		_ = w.WriteMsg(answer)
	}
}

func silentServer(dns.ResponseWriter, *dns.Msg) {}

func overUDP(w dns.ResponseWriter) bool { return w.RemoteAddr().Network() == "udp" }

// truncated says over UDP that the answer is too long, and goes on over TCP.
func truncated(next dns.HandlerFunc) dns.HandlerFunc {
	cut := altered(func(m *dns.Msg) { m.Truncated, m.Answer = true, nil })
	return func(w dns.ResponseWriter, question *dns.Msg) {
		if overUDP(w) {
			cut(w, question)
			return
		}
		next(w, question)
	}
}

// cutShort sends over UDP as much of a long answer as fits, to the byte.
func cutShort(w dns.ResponseWriter, question *dns.Msg) {
	if !overUDP(w) {
		altered(unchanged)(w, question)
		return
	}
	answer := new(dns.Msg)
	answer.SetReply(question)
	answer.Truncated = true
	for range 40 {
		record, _ := dns.NewRR(question.Question[0].Name + " 60 IN A 127.0.0.2")
		answer.Answer = append(answer.Answer, record)
	}
	packed, _ := answer.Pack()
	_, _ = w.Write(packed[:512])
}

// each calls the handlers for one question after the other.
func each(handlers ...dns.HandlerFunc) dns.HandlerFunc {
	return func(w dns.ResponseWriter, question *dns.Msg) {
		for _, handle := range handlers {
			handle(w, question)
		}
	}
}

// inTurn calls one handler per question, the last for all that follow.
func inTurn(handlers ...dns.HandlerFunc) dns.HandlerFunc {
	var asked atomic.Int64
	return func(w dns.ResponseWriter, question *dns.Msg) {
		handlers[min(int(asked.Add(1)), len(handlers))-1](w, question)
	}
}

// udpOnly is a name server without TCP.
func udpOnly(t testing.TB) string {
	return datagrams(t, func(packet string) string {
		question := new(dns.Msg)
		if question.Unpack([]byte(packet)) != nil {
			return ""
		}
		answer := new(dns.Msg)
		answer.SetReply(question)
		answer.Truncated = true
		packed, _ := answer.Pack()
		return string(packed)
	})
}

func wrongID(m *dns.Msg)   { m.Id++ }
func wrongName(m *dns.Msg) { m.Question[0].Name = "evil.example." }
func unchanged(*dns.Msg)   {}

// noEDNS stumbles over questions with EDNS, as very old servers do.
func noEDNS(w dns.ResponseWriter, question *dns.Msg) {
	if question.IsEdns0() != nil {
		answer := new(dns.Msg)
		answer.Id, answer.Response, answer.Rcode = question.Id, true, dns.RcodeFormatError
		_ = w.WriteMsg(answer)
		return
	}
	altered(unchanged)(w, question)
}

// dnsTroubles are what name servers do to questions for the address of
// www.example; class "" is an answer in the end.
var dnsTroubles = []struct {
	name     string
	handle   dns.HandlerFunc // nil: as server says
	server   func(testing.TB) string
	class    result.Class
	answered bool   // with a response code, for conditions to judge
	sentence string // of a failed lookup, or of a question without answer
}{
	{name: "right", handle: altered(unchanged)},
	{name: "answer after a lost packet", handle: inTurn(silentServer, altered(unchanged))},
	{name: "right answer after a wrong id", handle: each(altered(wrongID), altered(unchanged))},
	{name: "right answer after a wrong name", handle: each(altered(wrongName), altered(unchanged))},
	{name: "truncated", handle: truncated(altered(unchanged))},
	{name: "truncated in a record", handle: cutShort},
	{name: "no EDNS", handle: noEDNS},
	{name: "NXDOMAIN", handle: rcode(dns.RcodeNameError), class: result.DNSNXDomain, answered: true, sentence: "www.example does not exist in DNS (NXDOMAIN from "},
	{name: "SERVFAIL", handle: rcode(dns.RcodeServerFailure), class: result.DNSServFail, answered: true, sentence: "could not get an answer for www.example (SERVFAIL)"},
	{name: "REFUSED", handle: rcode(dns.RcodeRefused), class: result.DNSRefused, answered: true, sentence: "refused to answer for www.example (REFUSED)"},
	{name: "FORMERR", handle: rcode(dns.RcodeFormatError), class: result.DNSMalformed, answered: true, sentence: "does not understand the question for www.example (FORMERR)"},
	{name: "no data", handle: records(), class: result.DNSNoData, answered: true, sentence: "www.example exists in DNS but has no"},
	{name: "silent", handle: silentServer, class: result.DNSTimeout, sentence: "gave no answer for www.example"},
	{name: "wrong id", handle: altered(wrongID), class: result.DNSMalformed, sentence: "sent no answer for www.example"},
	{name: "wrong name", handle: altered(wrongName), class: result.DNSMalformed, sentence: "that belongs to the question (wrong id, name or format; 2 dropped)"},
	{name: "garbage", server: func(t testing.TB) string {
		return datagrams(t, func(string) string { return "\x00\xff\x1b[2Jgarbage" })
	}, class: result.DNSMalformed, sentence: "sent no answer for www.example"},
	{name: "truncated, TCP refused", server: udpOnly, class: result.DNSRefused, sentence: "is too long for UDP, and asking over TCP was refused"},
	{name: "truncated, TCP silent", handle: truncated(silentServer), class: result.DNSTimeout, sentence: "is too long for UDP, and asking over TCP got no answer in time"},
	{name: "truncated, TCP wrong id", handle: truncated(altered(wrongID)), class: result.DNSMalformed, sentence: "is too long for UDP, and asking over TCP failed: dns: id mismatch"},
	{name: "refused", server: nettest.Refused, class: result.DNSRefused, sentence: "refused the connection while asked for www.example"},
}

// dnsTimeout is short for the troubles that take all the time there is.
func dnsTimeout(name string) string {
	switch name {
	case "answer after a lost packet", "silent", "wrong id", "wrong name", "garbage", "truncated, TCP silent":
		return "client: {timeout: 700ms}"
	}
	return patient
}

func TestDNSTroubles(t *testing.T) {
	for _, c := range dnsTroubles {
		t.Run(c.name, func(t *testing.T) {
			noLeaks(t)
			address := ""
			if c.server != nil {
				address = c.server(t)
			} else {
				address = nameserver(t, c.handle)
			}
			r := probeOne(t, endpoint("dns://"+address, "dns: {query-name: www.example, query-type: A}", dnsTimeout(c.name),
				`conditions: ["[DNS_RCODE] == NOERROR", "[BODY] == 127.0.0.1"]`))
			switch {
			case c.class == "":
				requireHealthy(t, r)
				verifyPhases(t, r, "dns")
			case c.answered:
				verify(t, r, hostile{class: c.class, phase: result.PhaseAssert, sentence: "but not as expected: "})
				verifyPhases(t, r, "dns")
			default:
				verify(t, r, hostile{class: c.class, phase: result.PhaseDNS, sentence: strings.ReplaceAll(c.sentence, "www.example", "www.example.")})
				verifyPhases(t, r, "")
			}
			if r.Address != address {
				t.Errorf("address %q, want %q", r.Address, address)
			}
		})
	}
}

func TestDNSCodesCanBeWanted(t *testing.T) {
	noLeaks(t)
	for name, code := range map[string]int{"NXDOMAIN": dns.RcodeNameError, "REFUSED": dns.RcodeRefused, "RCODE13": 13} {
		r := probeOne(t, endpoint("dns://"+nameserver(t, rcode(code)), "dns: {query-name: www.example, query-type: A}", patient,
			`conditions: ["[CONNECTED] == true", "[DNS_RCODE] == `+name+`"]`))
		requireHealthy(t, r)
	}
}

func TestDNSValues(t *testing.T) {
	noLeaks(t)
	for _, c := range []struct {
		qtype, body string
		records     []string
	}{
		{"A", "192.0.2.1", []string{"www.example. 60 IN A 192.0.2.1"}},
		{"A", "192.0.2.1\n192.0.2.2", []string{"www.example. 60 IN A 192.0.2.1", "www.example. 60 IN A 192.0.2.2"}},
		{"A", "192.0.2.1", []string{"www.example. 60 IN CNAME lb.example.", "lb.example. 60 IN A 192.0.2.1"}},
		{"AAAA", "2001:db8::1", []string{"www.example. 60 IN AAAA 2001:db8::1"}},
		{"CNAME", "lb.example.", []string{"www.example. 60 IN CNAME lb.example."}},
		{"MX", "mx1.example.\nmx2.example.", []string{"www.example. 60 IN MX 10 mx1.example.", "www.example. 60 IN MX 20 mx2.example."}},
		{"NS", "ns.example.", []string{"www.example. 60 IN NS ns.example."}},
		{"PTR", "host.example.", []string{"www.example. 60 IN PTR host.example."}},
		{"SRV", "host.example.:5060", []string{"www.example. 60 IN SRV 10 5 5060 host.example."}},
		{"TXT", "v=spf1 -all\nother", []string{`www.example. 60 IN TXT "v=spf1 " "-all"`, `www.example. 60 IN TXT "other"`}},
		{"SOA", "ns.example. me.example. 1 2 3 4 5", []string{"www.example. 60 IN SOA ns.example. me.example. 1 2 3 4 5"}},
		{"CAA", `0 issue "amazon.com"`, []string{`www.example. 60 IN CAA 0 issue "amazon.com"`}},
	} {
		checks := load(t, endpoint("dns://"+nameserver(t, records(c.records...)), "dns: {query-name: www.example, query-type: "+c.qtype+"}", patient))
		x := &exchange{prober: New(Options{}), check: &checks[0], deadline: time.Now().Add(10 * time.Second)}
		if err := probeDNS(t.Context(), x); err != nil || string(x.seen.Body) != c.body {
			t.Errorf("%s: body %q (%v), want %q", c.qtype, x.seen.Body, err, c.body)
		}
	}
}

func TestDNSPointerOfAnAddress(t *testing.T) {
	for name, want := range map[string]string{"192.0.2.7.": "7.2.0.192.in-addr.arpa.", "7.2.0.192.in-addr.arpa.": "7.2.0.192.in-addr.arpa.", "2001:db8::1": "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."} {
		if got := questionName(name, dns.TypePTR); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := questionName("192.0.2.7.", dns.TypeA); got != "192.0.2.7." {
		t.Errorf("%q is changed although no pointer is asked for", got)
	}
}

// A server given by name is looked up first, which is part of the dns phase.
func TestDNSServerByName(t *testing.T) {
	noLeaks(t)
	address := nameserver(t, altered(unchanged))
	_, port, _ := strings.Cut(address, ":")
	r := probeOne(t, endpoint("dns://ns.example:"+port, "dns: {query-name: www.example, query-type: A}",
		"client: {timeout: 4s, dns-resolver: \"udp://"+address+"\"}", `conditions: ["[BODY] == 127.0.0.1", "[IP] == 127.0.0.1"]`))
	requireHealthy(t, r)
	if r.Address != address {
		t.Errorf("address %q, want %q", r.Address, address)
	}
	r = probeOne(t, endpoint("dns://ns.example:"+port, "dns: {query-name: www.example, query-type: A}",
		"client: {timeout: 4s, dns-resolver: \"udp://"+nameserver(t, rcode(dns.RcodeNameError))+"\"}"))
	verify(t, r, hostile{class: result.DNSNXDomain, phase: result.PhaseDNS, sentence: "ns.example does not exist in DNS"})
}

// dns://system asks whoever the names of other endpoints are asked of.
func TestDNSOfTheSystem(t *testing.T) {
	noLeaks(t)
	address := nameserver(t, altered(unchanged))
	checks := load(t, endpoint("dns://system", "dns: {query-name: www.example, query-type: A}", "client: {timeout: 4s, every-address: true}", `conditions: ["[BODY] == 127.0.0.1"]`))
	r := New(Options{Resolver: &check.Resolver{Network: "udp", Address: address}}).Probe(t.Context(), &checks[0])
	requireHealthy(t, r)
	if r.Address != address {
		t.Errorf("address %q, want %q", r.Address, address)
	}
}

func TestDNSFloodOfWrongAnswers(t *testing.T) {
	noLeaks(t)
	many := func(w dns.ResponseWriter, question *dns.Msg) {
		for range 2000 {
			altered(wrongID)(w, question)
		}
	}
	r := probeOne(t, endpoint("dns://"+nameserver(t, many), "dns: {query-name: www.example, query-type: A}", soon))
	verify(t, r, hostile{class: result.DNSMalformed, phase: result.PhaseDNS, sentence: "dropped"})
}
