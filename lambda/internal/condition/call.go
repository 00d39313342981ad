package condition

import "strings"

// leftCallEnd returns the index after the function call that the text begins
// with; 0 if it begins with anything else. A pattern may hold a lone
// parenthesis: then the call ends at the first one followed by an operator.
func leftCallEnd(text string) int {
	end := callEnd(text)
	if end >= 0 {
		return end
	}
	for i := range len(text) {
		if text[i] != ')' {
			continue
		}
		if _, ok := operatorAfter(text, i+1); ok {
			return i + 1
		}
	}
	return 0
}

// callEnd returns the index after the parenthesis that closes the call at the
// beginning of the text: 0 where no call begins, -1 where it never closes.
func callEnd(text string) int {
	start := len(text) - len(strings.TrimLeft(text, " \t\r\n"))
	name, _, ok := cutCall(text[start:])
	if !ok {
		return 0
	}
	depth := 0
	for i := start + len(name); i < len(text); i++ {
		switch text[i] {
		case '\\': // escapes the next byte in patterns and paths
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// cutCall splits "name(argument…" at its first parenthesis.
func cutCall(text string) (name, rest string, ok bool) {
	name, rest, ok = strings.Cut(text, "(")
	if !ok || name == "" || strings.ContainsFunc(name, notInCall) {
		return "", "", false
	}
	return name, rest, true
}

func notInName(r rune) bool {
	return r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

func notInCall(r rune) bool { return notInName(r) && (r < '0' || r > '9') }

// parseCall reads "name(argument)". A name that is no function is text, unless
// it is given a placeholder: then it was meant to be one.
func parseCall(p piece, name, rest string) (operand, *SyntaxError) {
	f := findFunction(name)
	if f == nil {
		if !mentionsPlaceholder(rest) {
			return newLiteral(p), nil
		}
		err := syntaxError(p.at, "unknown function %q", name)
		err.Nearest = nearest(strings.ToLower(name), functionNames())
		err.Accepted = strings.Join(functionNames(), " ")
		return nil, err
	}
	if !strings.HasSuffix(rest, ")") {
		return nil, syntaxError(p.at+len(p.text), "missing \")\" at the end of %q", p.text)
	}
	if f.compile != nil { // spaces are part of a pattern
		argument := piece{rest[:len(rest)-1], p.at + len(name) + 1}
		match, err := f.compile(argument)
		return &matcher{piece: p, argument: argument, function: f, match: match}, err
	}
	argument := p.cut(len(name)+1, len(p.text)-1)
	r, err := parsePlaceholder(argument)
	if err != nil {
		return nil, err
	}
	if r == nil {
		err := syntaxError(argument.at, "%s() takes a placeholder, not %q", name, argument.text)
		err.Accepted = strings.Join(placeholderNames(), " ")
		return nil, err
	}
	r.piece, r.function = p, f
	return r, nil
}

// spaceInCall refuses `any (200, 201)`, which would be a text that hardly any
// answer equals.
func spaceInCall(p piece) *SyntaxError {
	name, rest, spaced := strings.Cut(p.text, " ")
	rest = strings.TrimLeft(rest, " ")
	if !spaced || findFunction(name) == nil || !strings.HasPrefix(rest, "(") || !strings.HasSuffix(rest, ")") {
		return nil
	}
	err := syntaxError(p.at+len(name), "no space may stand between %s and its parenthesis in %q", name, p.text)
	err.Nearest = name + rest
	return err
}

func findFunction(name string) *function {
	for i := range functions {
		if functions[i].Name == name {
			return &functions[i]
		}
	}
	return nil
}

func functionNames() []string {
	names := make([]string, len(functions))
	for i := range functions {
		names[i] = functions[i].Name
	}
	return names
}
