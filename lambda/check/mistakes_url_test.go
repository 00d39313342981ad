package check

import "testing"

func TestURLMistakes(t *testing.T) {
	testMistakes(t, []mistake{
		{
			name: "no scheme",
			file: `endpoints: [{name: a, url: "example.com", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "example.com" names no scheme; accepted: http://, https://, tcp://, tls://, dns://, udp://, starttls://, ws://, wss://, grpc://, grpcs://, ssh://; did you mean "https://example.com"?`},
		},
		{
			name: "unknown scheme",
			file: `endpoints: [{name: a, url: "htps://example.com", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "htps://example.com" has a scheme that is not known; accepted: http://, https://, tcp://, tls://, dns://, udp://, starttls://, ws://, wss://, grpc://, grpcs://, ssh://; did you mean "https://example.com"?`},
		},
		{
			name: "foreign scheme",
			file: `endpoints: [{name: a, url: "mysql://h:3306", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "mysql://h:3306" has a scheme that is not known; accepted: http://, https://, tcp://, tls://, dns://, udp://, starttls://, ws://, wss://, grpc://, grpcs://, ssh://`},
		},
		{
			name: "icmp",
			file: `endpoints: [{name: a, url: "icmp://example.com", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:28: endpoints[0].url: a Lambda function cannot send ICMP (ping); use tcp://HOST:PORT with a port that the host serves"},
		},
		{
			name: "sctp",
			file: `endpoints: [{name: a, url: "sctp://example.com:80", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:28: endpoints[0].url: a Lambda function cannot speak SCTP; use tcp://HOST:PORT if the service also listens there"},
		},
		{
			name: "http without host",
			file: `endpoints: [{name: a, url: "https:///path", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "https:///path" names no host; accepted: https://HOST or https://HOST:PORT (default 443), with or without a /PATH`},
		},
		{
			name: "space",
			file: `endpoints: [{name: a, url: "https://exa mple.com", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "https://exa mple.com" is not a URL: the host holds a space or another character that it cannot; accepted: https://HOST or https://HOST:PORT (default 443), with or without a /PATH`},
		},
		{
			name: "space in the path is no mistake, percent is",
			file: `endpoints: [{name: a, url: "https://example.com/%zz", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "https://example.com/%zz" is not a URL: a % must be followed by two hexadecimal digits, and stands for itself as %25; accepted: https://HOST or https://HOST:PORT (default 443), with or without a /PATH`},
		},
		{
			name: "port that is no number",
			file: `endpoints: [{name: a, url: "https://example.com:https/", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "https://example.com:https/" is not a URL: the port is not a number; accepted: https://HOST or https://HOST:PORT (default 443), with or without a /PATH`},
		},
		{
			name: "port out of range",
			file: `endpoints: [{name: a, url: "tcp://example.com:70000", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "tcp://example.com:70000" has a port that does not exist; accepted: ports from 1 to 65535`},
		},
		{
			name: "port zero",
			file: `endpoints: [{name: a, url: "https://example.com:0/", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "https://example.com:0/" has a port that does not exist; accepted: ports from 1 to 65535`},
		},
		{
			name: "empty label",
			file: `endpoints: [{name: a, url: "https://a..example.com", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "https://a..example.com" names a host that cannot exist; accepted: https://HOST or https://HOST:PORT (default 443), with or without a /PATH, where HOST is a name of letters, digits, - and ., or an address`},
		},
		{
			name: "long label",
			file: `endpoints: [{name: a, url: "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example…" names a host that cannot exist; accepted: https://HOST or https://HOST:PORT (default 443), with or without a /PATH, where HOST is a name of letters, digits, - and ., or an address`},
		},
		{
			name: "long name",
			file: `endpoints: [{name: a, url: "https://a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.com", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "https://a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.…" names a host that cannot exist; accepted: https://HOST or https://HOST:PORT (default 443), with or without a /PATH, where HOST is a name of letters, digits, - and ., or an address`},
		},
		{
			name: "name that is none in any alphabet",
			file: `endpoints: [{name: a, url: "https://b\u00fc\u202echer.example", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "https://bü\\u202echer.example" names a host that cannot exist; accepted: https://HOST or https://HOST:PORT (default 443), with or without a /PATH, where HOST is a name of letters, digits, - and ., or an address`},
		},
		{
			name: "tcp without port",
			file: `endpoints: [{name: a, url: "tcp://example.com", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "tcp://example.com" names no port, and tcp has no usual one; accepted: tcp://HOST:PORT`},
		},
		{
			name: "udp without port",
			file: `endpoints: [{name: a, url: "udp://example.com", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "udp://example.com" names no port, and udp has no usual one; accepted: udp://HOST:PORT`},
		},
		{
			name: "grpc without port",
			file: `endpoints: [{name: a, url: "grpc://example.com", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "grpc://example.com" names no port, and grpc has no usual one; accepted: grpc://HOST:PORT`},
		},
		{
			name: "tcp with a path",
			file: `endpoints: [{name: a, url: "tcp://example.com:80/health", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "tcp://example.com:80/health" goes on after the port; accepted: tcp://HOST:PORT; did you mean "tcp://example.com:80"?`},
		},
		{
			name: "tcp with a user",
			file: `endpoints: [{name: a, url: "tcp://me:hunter3@example.com:80", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "tcp://me:[redacted]@example.com:80" names a user, which a tcp check does not need; accepted: tcp://HOST:PORT; did you mean "tcp://example.com:80"?`},
		},
		{
			name: "user in the url",
			file: `endpoints: [{name: a, url: "https://me:hunter3@example.com/", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:28: warning: endpoints[0].url: a password stands in this file; write a variable such as ${PASSWORD} in its place"},
		},
		{
			name: "starttls on port 25",
			file: `endpoints: [{name: a, url: "starttls://mail.example.com:25", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:28: warning: endpoints[0].url: AWS blocks outbound port 25 of Lambda functions, so this check will time out there; use the submission port 587"},
		},
		{
			name: "dns without a question",
			file: `endpoints: [{name: a, url: "dns://10.0.0.2", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:28: endpoints[0].url: a dns:// url needs a dns: block with the question; accepted: dns: {query-name: example.com, query-type: A}"},
		},
		{
			name: "dns with a web address",
			file: `endpoints: [{name: a, url: "https://example.com", dns: {query-name: a}, conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "https://example.com" is not a DNS server, and beside a dns: block the url is the server to ask; accepted: a server such as 10.0.0.2 or dns://10.0.0.2:53, or dns://system for the system's resolver; did you mean "dns://example.com"?`},
		},
		{
			name: "dns with a server that cannot be",
			file: `endpoints: [{name: a, url: "10.0.0.2:x", dns: {query-name: a}, conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "10.0.0.2:x" is not a DNS server; accepted: a server such as 10.0.0.2 or dns://10.0.0.2:53, or dns://system for the system's resolver`},
		},
		{
			name: "dns with a server that is no name",
			file: `endpoints: [{name: a, url: "a b", dns: {query-name: a}, conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "a b" is not a DNS server; accepted: a server such as 10.0.0.2 or dns://10.0.0.2:53, or dns://system for the system's resolver`},
		},
		{
			name: "url as a list",
			file: `endpoints: [{name: a, url: [x], conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{"t.yaml:1:28: endpoints[0].url: a list does not fit here; accepted: a URL such as https://example.com/health"},
		},
		{
			name: "value of a variable is not shown",
			file: `endpoints: [{name: a, url: "${TOKEN}", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "${TOKEN}" names no scheme; accepted: http://, https://, tcp://, tls://, dns://, udp://, starttls://, ws://, wss://, grpc://, grpcs://, ssh://`},
		},
		{
			name: "value of a variable in a bad host",
			file: `endpoints: [{name: a, url: "https://${BAD}/", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "https://${BAD}/" is not a URL: it holds a space or another character that it cannot; accepted: https://HOST or https://HOST:PORT (default 443), with or without a /PATH`},
		},
		{
			name: "password of a bad url is not shown",
			file: `endpoints: [{name: a, url: "htps://me:hunter3@example.com", conditions: ["[CONNECTED] == true"]}]
`,
			want: []string{`t.yaml:1:28: endpoints[0].url: "htps://me:[redacted]@example.com" has a scheme that is not known; accepted: http://, https://, tcp://, tls://, dns://, udp://, starttls://, ws://, wss://, grpc://, grpcs://, ssh://; did you mean "https://me:[redacted]@example.com"?`},
		},
	})
}
