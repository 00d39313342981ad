package main

import (
	"testing"

	"hokus.ai/tidewatch/lambda/check"
)

func TestParseResolver(t *testing.T) {
	for text, want := range map[string]check.Resolver{
		"10.0.0.2":           {Network: "udp", Address: "10.0.0.2:53"},
		"10.0.0.2:5353":      {Network: "udp", Address: "10.0.0.2:5353"},
		"udp://dns.internal": {Network: "udp", Address: "dns.internal:53"},
		"tcp://10.0.0.2":     {Network: "tcp", Address: "10.0.0.2:53"},
		"fd00::2":            {Network: "udp", Address: "[fd00::2]:53"},
		"[fd00::2]":          {Network: "udp", Address: "[fd00::2]:53"},
		"tcp://[fd00::2]:54": {Network: "tcp", Address: "[fd00::2]:54"},
	} {
		if got, err := parseResolver(text); err != nil || *got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"ftp://a", "a:0", "a:65536", "a:b", ":53", "udp://", "a/b", "a b", "[::1", "https://dns.example/dns-query"} {
		if got, err := parseResolver(text); err == nil {
			t.Errorf("%q is accepted as %v", text, got)
		}
	}
	if got, err := parseResolver(""); got != nil || err != nil {
		t.Errorf("no resolver: %v, %v", got, err)
	}
}
