package check

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

const acceptedReference = "secretsmanager:NAME, secretsmanager:NAME#key, ssm:NAME"

// references finds a reference that is the whole value, or follows one word
// such as Bearer.
var references = regexp.MustCompile(`^((?:[A-Za-z][A-Za-z0-9_-]* )?)(secretsmanager|ssm):(\S*)$`)

var (
	secretName    = regexp.MustCompile(`^[A-Za-z0-9/_+=.@:-]+$`)
	parameterName = regexp.MustCompile(`^[A-Za-z0-9/_.:-]+$`)
)

// value reads text that may end in a reference to a secret. credential says
// that a literal text would be a secret written into the file.
func (r *reader) value(n *yaml.Node, credential bool) (Value, bool) {
	r.hidden = credential
	defer func() { r.hidden = false }()
	s, ok := r.scalar(n, "text")
	if !ok {
		return Value{}, false
	}
	v := Value{Text: s.text, Sensitive: s.expanded || credential}
	r.conceal(s.values...)
	if m := references.FindStringSubmatch(strings.TrimRight(s.text, "\n")); m != nil {
		ref, ok := parseReference(m[2], m[3])
		if !ok {
			r.fail(n, Message{Problem: "this starts as a reference to a secret, but names none", Got: "…", Accepted: acceptedReference})
			return Value{}, false
		}
		v.Text, v.Secret = m[1], ref
		return v, true
	}
	if credential && !s.expanded && strings.TrimSpace(s.text) != "" {
		r.warn(n, "a credential stands in this file; write a reference such as secretsmanager:NAME#key or ssm:NAME, or a variable such as ${TOKEN}")
	}
	return v, true
}

// parseReference checks the name against what the store can hold, so that a typing
// error shows here and not at the first probe.
func parseReference(store, text string) (*Reference, bool) {
	name, key, hasKey := strings.Cut(text, "#")
	if store == "ssm" {
		return &Reference{Store: store, Name: name}, !hasKey && parameterName.MatchString(name)
	}
	ok := secretName.MatchString(name) && (!hasKey || key != "" && !strings.ContainsAny(key, " \t\r\n#"))
	return &Reference{Store: store, Name: name, Key: key}, ok
}

// carriesCredentials reports whether a header of that name is a secret.
func carriesCredentials(header string) bool {
	lower := strings.ToLower(header)
	switch lower {
	case "authorization", "proxy-authorization", "cookie":
		return true
	}
	return namesSecret(lower)
}

// namesSecret reports whether a header or variable of that name is a secret,
// as far as names tell.
func namesSecret(name string) bool {
	lower := strings.ToLower(name)
	for _, word := range []string{"token", "secret", "password", "passwd", "key", "credential"} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}

// conceal remembers values that no report may show.
func (r *reader) conceal(values ...string) {
	for _, value := range values {
		if value != "" && !slices.Contains(r.sensitive, value) {
			r.sensitive = append(r.sensitive, value)
		}
	}
}
