package check

import (
	"regexp"
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

// fallbacks finds the defaults of variables, even in a text that was cut.
var fallbacks = regexp.MustCompile(`\$\{([^{}:]*):-[^}]*`)

// withoutFallbacks hides, in a text of the file, what stands in for variables
// that are secrets.
func withoutFallbacks(text string) string {
	if !strings.Contains(text, ":-") {
		return text
	}
	return fallbacks.ReplaceAllStringFunc(text, func(variable string) string {
		name, _, _ := strings.Cut(variable[len("${"):], ":-")
		if !namesSecret(name) {
			return variable
		}
		return "${" + name + ":-…"
	})
}

// conceal remembers values that no report may show.
func (r *reader) conceal(values ...string) {
	for _, value := range values {
		if value != "" && !r.concealed[value] {
			r.concealed[value] = true
			r.sensitive = append(r.sensitive, value)
		}
	}
}

// References are the secrets that a check's request is made with.
func (c *Check) References() []Reference {
	var found []Reference
	add := func(v Value) {
		if v.Secret != nil {
			found = append(found, *v.Secret)
		}
	}
	add(c.Body)
	if c.HTTP != nil {
		add(c.HTTP.Body)
		for _, h := range c.HTTP.Headers {
			add(h.Value)
		}
	}
	if c.Client != nil && c.Client.OAuth2 != nil {
		add(c.Client.OAuth2.ClientID)
		add(c.Client.OAuth2.ClientSecret)
	}
	return found
}
