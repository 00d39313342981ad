package check

import "testing"

func TestClientMistakes(t *testing.T) {
	testMistakes(t, []mistake{
		{
			name: "timeout with a space",
			file: "    client: {timeout: 10 s}",
			want: []string{`t.yaml:5:23: endpoints[0].client.timeout: "10 s" is not a duration; accepted: a number with a unit such as 500ms, 10s, 5m; did you mean "10s"?`},
		},
		{
			name: "timeout without unit",
			file: "    client: {timeout: 10}",
			want: []string{`t.yaml:5:23: endpoints[0].client.timeout: "10" has no unit; accepted: a number with a unit such as 500ms, 10s, 5m; did you mean "10s"?`},
		},
		{
			name: "timeout in words",
			file: "    client: {timeout: 10 secs}",
			want: []string{`t.yaml:5:23: endpoints[0].client.timeout: "10 secs" is not a duration; accepted: a number with a unit such as 500ms, 10s, 5m; did you mean "10s"?`},
		},
		{
			name: "timeout in days",
			file: "    client: {timeout: 2d}",
			want: []string{`t.yaml:5:23: endpoints[0].client.timeout: "2d" is not a duration; accepted: a number with a unit such as 500ms, 10s, 5m; did you mean "48h"?`},
		},
		{
			name: "timeout as a word",
			file: "    client: {timeout: soon}",
			want: []string{`t.yaml:5:23: endpoints[0].client.timeout: "soon" is not a duration; accepted: a number with a unit such as 500ms, 10s, 5m`},
		},
		{
			name: "timeout of zero",
			file: "    client: {timeout: 0s}",
			want: []string{`t.yaml:5:23: warning: endpoints[0].client.timeout: "0s" is no time to answer in, so the default of 10s holds, as in Gatus`},
		},
		{
			name: "long timeout",
			file: "    client: {timeout: 5m}",
			want: []string{`t.yaml:5:23: warning: endpoints[0].client.timeout: "5m" is longer than a minute: a whole round has two, so this probe can cost the others their report`},
		},
		{
			name: "client as a list",
			file: "    client: [timeout]",
			want: []string{"t.yaml:5:13: endpoints[0].client: a list does not fit here; accepted: a mapping of timeout, insecure, ignore-redirect, store-cookies, proxy-url, dns-resolver and 5 more"},
		},
		{
			name: "misspelt key",
			file: "    client: {time-out: 10s}",
			want: []string{`t.yaml:5:14: endpoints[0].client: "time-out" is not a key of client; did you mean "timeout"?`},
		},
		{
			name: "unknown key",
			file: "    client: {retries: 3}",
			want: []string{`t.yaml:5:14: endpoints[0].client: "retries" is not a key of client; accepted: timeout, insecure, ignore-redirect, store-cookies, proxy-url, dns-resolver, oauth2, tls, ip-family, every-address, max-body-size`},
		},
		{
			name: "network",
			file: "    client: {network: ip6}",
			want: []string{"t.yaml:5:14: endpoints[0].client.network: only concerns ICMP, which a Lambda function cannot send; write ip-family: ipv4 or ip-family: ipv6 instead"},
		},
		{
			name: "tunnel",
			file: "    client: {tunnel: x}",
			want: []string{"t.yaml:5:14: endpoints[0].client.tunnel: SSH tunnels are not made here; run the function in that network, or connect the networks by VPC peering or a transit gateway"},
		},
		{
			name: "identity-aware proxy",
			file: "    client: {identity-aware-proxy: {audience: x}}",
			want: []string{"t.yaml:5:14: endpoints[0].client.identity-aware-proxy: Google's identity-aware proxy is not supported; use client.oauth2, or a token in a header"},
		},
		{
			name: "family",
			file: "    client: {ip-family: ipv5}",
			want: []string{`t.yaml:5:25: endpoints[0].client.ip-family: "ipv5" is not accepted; accepted: auto, ipv4, ipv6; did you mean "ipv4"?`},
		},
		{
			name: "size",
			file: "    client: {max-body-size: 1GiB}",
			want: []string{`t.yaml:5:29: endpoints[0].client.max-body-size: "1GiB" is not a size; accepted: bytes with a unit such as 512KiB, 1MiB, from 1B to 16MiB`},
		},
		{
			name: "size as a word",
			file: "    client: {max-body-size: big}",
			want: []string{`t.yaml:5:29: endpoints[0].client.max-body-size: "big" is not a size; accepted: bytes with a unit such as 512KiB, 1MiB, from 1B to 16MiB`},
		},
		{
			name: "size of zero",
			file: "    client: {max-body-size: 0}",
			want: []string{`t.yaml:5:29: endpoints[0].client.max-body-size: "0" is not a size; accepted: bytes with a unit such as 512KiB, 1MiB, from 1B to 16MiB`},
		},
		{
			name: "cookies",
			file: "    client: {store-cookies: true}",
			want: []string{"t.yaml:5:14: info: endpoints[0].client.store-cookies: cookies are kept within one probe, over its redirects, and not from one probe to the next"},
		},
		{
			name: "proxy",
			file: "    client: {proxy-url: example.com}",
			want: []string{`t.yaml:5:25: endpoints[0].client.proxy-url: "example.com" is not the URL of a proxy; accepted: http://HOST:PORT, https://HOST:PORT, socks5://HOST:PORT`},
		},
		{
			name: "proxy with a password",
			file: `    client: {proxy-url: "http://me:hunter3@proxy:3128"}`,
			want: []string{"t.yaml:5:25: warning: endpoints[0].client.proxy-url: a password stands in this file; write a variable such as ${PASSWORD} in its place"},
		},
		{
			name: "bad proxy with a password",
			file: `    client: {proxy-url: "ftp://me:hunter3@proxy:3128"}`,
			want: []string{`t.yaml:5:25: endpoints[0].client.proxy-url: "ftp://me:[redacted]@proxy:3128" is not the URL of a proxy; accepted: http://HOST:PORT, https://HOST:PORT, socks5://HOST:PORT`},
		},
		{
			name: "resolver without network",
			file: "    client: {dns-resolver: 10.0.0.2}",
			want: []string{`t.yaml:5:28: endpoints[0].client.dns-resolver: "10.0.0.2" is not a DNS resolver; accepted: udp://HOST:PORT, tcp://HOST:PORT; did you mean "udp://10.0.0.2:53"?`},
		},
		{
			name: "resolver without port",
			file: `    client: {dns-resolver: "udp://10.0.0.2"}`,
			want: []string{`t.yaml:5:28: endpoints[0].client.dns-resolver: "udp://10.0.0.2" is not a DNS resolver; accepted: udp://HOST:PORT, tcp://HOST:PORT; did you mean "udp://10.0.0.2:53"?`},
		},
		{
			name: "resolver of another network",
			file: `    client: {dns-resolver: "https://10.0.0.2:443"}`,
			want: []string{`t.yaml:5:28: endpoints[0].client.dns-resolver: "https://10.0.0.2:443" is not a DNS resolver; accepted: udp://HOST:PORT, tcp://HOST:PORT; did you mean "udp://10.0.0.2:443"?`},
		},
		{
			name: "resolver as a word",
			file: `    client: {dns-resolver: "a b"}`,
			want: []string{`t.yaml:5:28: endpoints[0].client.dns-resolver: "a b" is not a DNS resolver; accepted: udp://HOST:PORT, tcp://HOST:PORT`},
		},
		{
			name: "oauth2 not complete",
			file: `    client: {oauth2: {token-url: "https://a.example.com"}}`,
			want: []string{"t.yaml:5:22: endpoints[0].client.oauth2: no client-id, no client-secret, no scopes; accepted: token-url, client-id, client-secret and scopes, all of them"},
		},
		{
			name: "oauth2 as a text",
			file: "    client: {oauth2: x}",
			want: []string{`t.yaml:5:22: endpoints[0].client.oauth2: "x" does not fit here; accepted: a mapping of token-url, client-id, client-secret, scopes`},
		},
		{
			name: "token-url",
			file: `    client: {oauth2: {token-url: x, client-id: a, client-secret: "ssm:s", scopes: [s]}}`,
			want: []string{`t.yaml:5:34: endpoints[0].client.oauth2.token-url: "x" is not a URL of http or https; accepted: a URL such as https://auth.example.com/token`},
		},
		{
			name: "client secret in the file",
			file: `    client: {oauth2: {token-url: "https://a.example.com", client-id: a, client-secret: hunter3, scopes: [s]}}`,
			want: []string{"t.yaml:5:88: warning: endpoints[0].client.oauth2.client-secret: a credential stands in this file; write a reference such as secretsmanager:NAME#key or ssm:NAME, or a variable such as ${TOKEN}"},
		},
		{
			name: "certificate without key",
			file: "    client: {tls: {certificate-file: client.pem}}",
			want: []string{
				"t.yaml:5:19: endpoints[0].client.tls: a client certificate needs both files; accepted: certificate-file and private-key-file, or neither",
				"t.yaml:5:20: info: endpoints[0].client.tls.certificate-file: the file is read once, when the configuration is; relative names start at the configuration's directory",
				`t.yaml:5:38: endpoints[0].client.tls.certificate-file: the file "client.pem" cannot be read: no such file or directory`,
			},
		},
		{
			name: "no such file",
			file: "    client: {tls: {certificate-file: nowhere.pem, private-key-file: nowhere.key}}",
			want: []string{
				"t.yaml:5:20: info: endpoints[0].client.tls.certificate-file: the file is read once, when the configuration is; relative names start at the configuration's directory",
				`t.yaml:5:38: endpoints[0].client.tls.certificate-file: the file "nowhere.pem" cannot be read: no such file or directory`,
				`t.yaml:5:69: endpoints[0].client.tls.private-key-file: the file "nowhere.key" cannot be read: no such file or directory`,
			},
		},
		{
			name: "file as a reference",
			file: `    client: {tls: {ca-file: "ssm:ca"}}`,
			want: []string{"t.yaml:5:29: endpoints[0].client.tls.ca-file: a file is needed here, a reference to a secret does not work; accepted: the name of a file that is deployed beside the configuration"},
		},
		{
			name: "authorities without certificate",
			file: "    client: {tls: {ca-file: gatus.yaml}}",
			want: []string{`t.yaml:5:29: endpoints[0].client.tls: the file "gatus.yaml" holds no certificate; accepted: certificates in PEM, which start with -----BEGIN CERTIFICATE-----`},
		},
		{
			name: "pair of other files",
			file: "    client: {tls: {certificate-file: gatus.yaml, private-key-file: gatus.yaml}}",
			want: []string{
				"t.yaml:5:20: info: endpoints[0].client.tls.certificate-file: the file is read once, when the configuration is; relative names start at the configuration's directory",
				"t.yaml:5:38: endpoints[0].client.tls: certificate-file and private-key-file are not a pair: failed to find any PEM data in certificate input",
			},
		},
		{
			name: "server name",
			file: "    client: {tls: {server-name: a b}}",
			want: []string{`t.yaml:5:33: endpoints[0].client.tls.server-name: "a b" is not a host name; accepted: a name such as example.com`},
		},
		{
			name: "version of TLS",
			file: "    client: {tls: {min-version: 1.4}}",
			want: []string{`t.yaml:5:33: endpoints[0].client.tls.min-version: "1.4" is not a version of TLS; accepted: 1.0, 1.1, 1.2, 1.3`},
		},
		{
			name: "renegotiation",
			file: "    client: {tls: {renegotiation: always}}",
			want: []string{`t.yaml:5:35: endpoints[0].client.tls.renegotiation: "always" is not accepted; accepted: never, once, freely`},
		},
		{
			name: "unknown key of tls",
			file: "    client: {tls: {insecure: true}}",
			want: []string{`t.yaml:5:20: endpoints[0].client.tls: "insecure" is not a key of tls: it belongs to client itself`},
		},
	})
}
