package check

import "testing"

func TestRequestMistakes(t *testing.T) {
	testMistakes(t, []mistake{
		{
			name: "name of a header",
			file: `    headers: {"A B": c}`,
			want: []string{"t.yaml:5:15: endpoints[0].headers.A B: \"A B\" cannot be the name of a header; accepted: letters, digits and !#$%&'*+-.^_`|~"},
		},
		{
			name: "line break in a header",
			file: `    headers: {A: "b\nc"}`,
			want: []string{"t.yaml:5:18: endpoints[0].headers.A: the value of a header cannot hold a line break or control character"},
		},
		{
			name: "line break in a header from a variable",
			file: `    headers: {A: "${INJECT}"}`,
			want: []string{"t.yaml:5:18: endpoints[0].headers.A: the value of a header cannot hold a line break or control character"},
		},
		{
			name: "header as a list",
			file: "    headers: {A: [b]}",
			want: []string{"t.yaml:5:18: endpoints[0].headers.A: a list does not fit here; accepted: text"},
		},
		{
			name: "headers as a list",
			file: `    headers: ["A: b"]`,
			want: []string{"t.yaml:5:14: endpoints[0].headers: a list does not fit here; accepted: a mapping of header names to texts such as {Accept: text/html}"},
		},
		{
			name: "host header",
			file: `    headers: {Host: "a b"}`,
			want: []string{`t.yaml:5:21: endpoints[0].headers.Host: "a b" is not a host; accepted: a name or address, with a port if need be`},
		},
		{
			name: "method",
			file: `    method: "GET /"`,
			want: []string{`t.yaml:5:13: endpoints[0].method: "GET /" is not a method; accepted: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, CONNECT, TRACE`},
		},
		{
			name: "method as a list",
			file: "    method: [GET]",
			want: []string{"t.yaml:5:13: endpoints[0].method: a list does not fit here; accepted: a method such as GET or POST"},
		},
		{
			name: "credential in a header",
			file: "    headers: {Authorization: Bearer hunter3}",
			want: []string{"t.yaml:5:30: warning: endpoints[0].headers.Authorization: a credential stands in this file; write a reference such as secretsmanager:NAME#key or ssm:NAME, or a variable such as ${TOKEN}"},
		},
		{
			name: "credential in other headers",
			file: "    headers: {X-Api-Key: a, Cookie: b, X-Auth-Token: c, Proxy-Authorization: d, My-Secret: e, Password: f}",
			want: []string{
				"t.yaml:5:26: warning: endpoints[0].headers.X-Api-Key: a credential stands in this file; write a reference such as secretsmanager:NAME#key or ssm:NAME, or a variable such as ${TOKEN}",
				"t.yaml:5:37: warning: endpoints[0].headers.Cookie: a credential stands in this file; write a reference such as secretsmanager:NAME#key or ssm:NAME, or a variable such as ${TOKEN}",
				"t.yaml:5:54: warning: endpoints[0].headers.X-Auth-Token: a credential stands in this file; write a reference such as secretsmanager:NAME#key or ssm:NAME, or a variable such as ${TOKEN}",
				"t.yaml:5:78: warning: endpoints[0].headers.Proxy-Authorization: a credential stands in this file; write a reference such as secretsmanager:NAME#key or ssm:NAME, or a variable such as ${TOKEN}",
				"t.yaml:5:92: warning: endpoints[0].headers.My-Secret: a credential stands in this file; write a reference such as secretsmanager:NAME#key or ssm:NAME, or a variable such as ${TOKEN}",
				"t.yaml:5:105: warning: endpoints[0].headers.Password: a credential stands in this file; write a reference such as secretsmanager:NAME#key or ssm:NAME, or a variable such as ${TOKEN}",
			},
		},
		{
			name: "reference without a name",
			file: `    headers: {Authorization: "Bearer secretsmanager:"}`,
			want: []string{"t.yaml:5:30: endpoints[0].headers.Authorization: this starts as a reference to a secret, but names none; accepted: secretsmanager:NAME, secretsmanager:NAME#key, ssm:NAME"},
		},
		{
			name: "reference with a space",
			file: `    headers: {Authorization: "ssm:a b"}`,
			want: []string{"t.yaml:5:30: warning: endpoints[0].headers.Authorization: a credential stands in this file; write a reference such as secretsmanager:NAME#key or ssm:NAME, or a variable such as ${TOKEN}"},
		},
		{
			name: "reference with an empty key",
			file: `    body: "secretsmanager:a#"`,
			want: []string{"t.yaml:5:11: endpoints[0].body: this starts as a reference to a secret, but names none; accepted: secretsmanager:NAME, secretsmanager:NAME#key, ssm:NAME"},
		},
		{
			name: "parameter with a key",
			file: `    body: "ssm:a#b"`,
			want: []string{"t.yaml:5:11: endpoints[0].body: this starts as a reference to a secret, but names none; accepted: secretsmanager:NAME, secretsmanager:NAME#key, ssm:NAME"},
		},
		{
			name: "reference as a GraphQL body",
			file: `    graphql: true
    body: ssm:query`,
			want: []string{"t.yaml:6:11: endpoints[0].body: a graphql body cannot be a reference to a secret; put the secret into a header; accepted: the query as text"},
		},
		{
			name: "body as a mapping",
			file: "    body: {a: b}",
			want: []string{"t.yaml:5:11: endpoints[0].body: a mapping does not fit here; accepted: text"},
		},
		{
			name: "undefined variable",
			file: "    body: $NOWHERE",
			want: []string{"t.yaml:5:11: endpoints[0].body: the environment variable NOWHERE is not set; set it, or give a default: ${NOWHERE:-default}; $$ stands for a dollar sign"},
		},
		{
			name: "undefined variable in braces",
			file: `    body: "a ${NOWHERE} b"`,
			want: []string{"t.yaml:5:11: endpoints[0].body: the environment variable NOWHERE is not set; set it, or give a default: ${NOWHERE:-default}; $$ stands for a dollar sign"},
		},
		{
			name: "two undefined variables",
			file: `    headers: {A: "$NO $NEITHER"}`,
			want: []string{
				"t.yaml:5:18: endpoints[0].headers.A: the environment variable NO is not set; set it, or give a default: ${NO:-default}; $$ stands for a dollar sign",
				"t.yaml:5:18: endpoints[0].headers.A: the environment variable NEITHER is not set; set it, or give a default: ${NEITHER:-default}; $$ stands for a dollar sign",
			},
		},
		{
			name: "open brace",
			file: `    body: "${TOKEN"`,
			want: []string{`t.yaml:5:11: endpoints[0].body: "${TOKEN" is not a variable; accepted: ${NAME} or ${NAME:-default}, where NAME is letters, digits and _; $$ for a dollar sign`},
		},
		{
			name: "variable without a name",
			file: `    body: "${}"`,
			want: []string{`t.yaml:5:11: endpoints[0].body: "${}" is not a variable; accepted: ${NAME} or ${NAME:-default}, where NAME is letters, digits and _; $$ for a dollar sign`},
		},
		{
			name: "variable with a bad name",
			file: `    body: "${a-b}"`,
			want: []string{`t.yaml:5:11: endpoints[0].body: "${a-b}" is not a variable; accepted: ${NAME} or ${NAME:-default}, where NAME is letters, digits and _; $$ for a dollar sign`},
		},
		{
			name: "open brace in a credential",
			file: `    headers: {Authorization: "Basic ${abcdef"}`,
			want: []string{"t.yaml:5:30: endpoints[0].headers.Authorization: the ${ in this credential starts no variable; accepted: ${NAME} or ${NAME:-default}, where NAME is letters, digits and _; $$ for a dollar sign"},
		},
		{
			name: "what Gatus would remove",
			file: `    body: "costs $5"`,
			want: []string{`t.yaml:5:11: warning: endpoints[0].body: "$5" stays as it is here, but Gatus would remove it; write "$$5" to mean the same in both`},
		},
	})
}
