package condition

import (
	"slices"
	"strings"
)

// suitePlaceholder is known to Gatus but only inside suites.
const suitePlaceholder = "CONTEXT"

// parsePlaceholder reads "[NAME]" and what may follow it. It returns nil
// without an error for any other text, and for a bracketed word that resembles
// no placeholder: [bindBracketed] decides about those.
func parsePlaceholder(p piece) (*reading, *SyntaxError) {
	name, rest, closed := cutBracket(p.text)
	if name == "" {
		return nil, nil
	}
	known := findPlaceholder(name)
	switch {
	case strings.EqualFold(name, suitePlaceholder):
		return nil, syntaxError(p.at, "[%s] belongs to suites, which are not supported", suitePlaceholder)
	case known == nil && closed && rest == "" && nearestPlaceholder(name) == "":
		return nil, nil
	case known == nil:
		return nil, unknownPlaceholder(p)
	case !closed:
		return nil, syntaxError(p.at+len(p.text), "missing \"]\" after %q", p.text)
	}
	r := &reading{piece: p, from: known, format: known.format}
	return r, r.parseRest(piece{rest, p.at + len(p.text) - len(rest)})
}

// cutBracket splits "[NAME]rest". Only letters and underscores make a name, so
// that `[1 2 3]`, the text of an array, stays text. An unclosed bracket counts
// only if the whole text is the name.
func cutBracket(text string) (name, rest string, closed bool) {
	inner, ok := strings.CutPrefix(text, "[")
	if !ok {
		return "", "", false
	}
	name, rest, closed = strings.Cut(inner, "]")
	if strings.ContainsFunc(name, notInName) {
		return "", "", false
	}
	return name, rest, closed
}

// parseRest reads what follows the brackets.
func (r *reading) parseRest(rest piece) (err *SyntaxError) {
	switch r.from.Name {
	case bodyName:
		r.path, err = parsePath(rest)
		return err
	case headers:
		return r.parseHeader(rest)
	}
	if rest.text != "" {
		return syntaxError(rest.at, "unexpected %q after %s", rest.text, r.from.Name)
	}
	return nil
}

func (r *reading) parseHeader(rest piece) *SyntaxError {
	name, dotted := strings.CutPrefix(rest.text, ".")
	if !dotted || name == "" {
		err := syntaxError(rest.at, "%s needs the name of a header", headers)
		err.Accepted = "a name after a dot, such as [HEADERS].content-type"
		return err
	}
	if i := strings.IndexFunc(name, notInHeader); i >= 0 {
		return syntaxError(rest.at+1+i, "%q is not the name of a header", name)
	}
	r.header = canonicalHeader(name)
	return nil
}

func notInHeader(r rune) bool {
	return notInCall(r) && !strings.ContainsRune("!#$%&'*+-.^`|~", r)
}

func findPlaceholder(name string) *placeholder {
	bracketed := Placeholder("[" + strings.ToUpper(name) + "]")
	for i := range placeholders {
		if placeholders[i].Name == bracketed {
			return &placeholders[i]
		}
	}
	return nil
}

func placeholderNames() []string {
	names := make([]string, len(placeholders))
	for i := range placeholders {
		names[i] = string(placeholders[i].Name)
	}
	return names
}

// nearestPlaceholder returns the placeholder that the name was probably meant
// to be, in brackets, or "".
func nearestPlaceholder(name string) string {
	candidates := placeholderNames()
	for i, c := range candidates {
		candidates[i] = strings.Trim(c, "[]")
	}
	if near := nearest(strings.ToUpper(name), candidates); near != "" {
		return "[" + near + "]"
	}
	return ""
}

// resembled returns the placeholder that a text of any spelling was probably
// meant to be, in brackets, or "": of `STATUS`, `{STATUS}`, `[STATUS-CODE]`.
func resembled(text string) string {
	bare := strings.Trim(text, "[](){}<>$%#\"' ")
	return nearestPlaceholder(strings.NewReplacer("-", "_", " ", "_").Replace(bare))
}

func unknownPlaceholder(p piece) *SyntaxError {
	_, rest, _ := cutBracket(p.text)
	written := strings.TrimSuffix(p.text, rest)
	err := syntaxError(p.at, "unknown placeholder %q", written)
	err.Nearest = resembled(written)
	err.Accepted = strings.Join(placeholderNames(), " ")
	return err
}

// mentionsPlaceholder reports whether a placeholder occurs anywhere in the text.
func mentionsPlaceholder(text string) bool {
	upper := strings.ToUpper(text)
	return slices.ContainsFunc(placeholderNames(), func(name string) bool {
		return strings.Contains(upper, name)
	})
}
