package check

import (
	"cmp"
	"fmt"
	"strings"
)

// Manual returns the reference of the configuration file in Markdown: a table
// for each section, and one of the kinds of checks. It is made from the tables
// that files are read by.
func Manual() string {
	var b strings.Builder
	for _, s := range schema() {
		title := "Top level"
		if s.Path != "" {
			title = "`" + s.Path + "`"
		}
		fmt.Fprintf(&b, "#### %s\n\n| Key | Value | Default | Gatus | Meaning |\n|---|---|---|---|---|\n", title)
		for _, k := range s.Keys {
			row(&b, "`"+k.Name+"`", k.Type, code(k.Default), string(k.Verdict), meaning(k))
		}
		b.WriteString("\n")
	}
	b.WriteString("#### Kinds of checks\n\n| URL | Default port | What it does | `[CONNECTED]` | Conditions also read |\n|---|---|---|---|---|\n")
	for _, k := range Kinds {
		for _, s := range k.Schemes {
			row(&b, "`"+s.Name+"://`", port(s), k.Does, k.Connected, reads(&k, s))
		}
	}
	for _, s := range rejectedSchemes {
		row(&b, "`"+s.name+"://`", "", "rejected: "+s.why, "", "")
	}
	return b.String()
}

// meaning joins what a key is for and what differs from Gatus.
func meaning(k KeyInfo) string {
	if k.Note == "" {
		return k.Doc
	}
	return k.Doc + "; " + k.Note
}

// code sets a text as code, and nothing as nothing.
func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

// port shows the default port of a scheme.
func port(s Scheme) string {
	if s.Port == 0 {
		return "must be written"
	}
	return fmt.Sprint(s.Port)
}

// reads lists what conditions can read of a kind when this scheme is used.
func reads(k *KindInfo, s Scheme) string {
	var list []string
	for _, f := range k.Reads {
		if k.fills(f.Placeholder, s.TLS) {
			list = append(list, fmt.Sprintf("`%s` %s", f.Placeholder, f.Means))
		}
	}
	return cmp.Or(strings.Join(list, "; "), "nothing")
}

// row writes one line of a table.
func row(b *strings.Builder, cells ...string) {
	for _, c := range cells {
		b.WriteString("| " + strings.ReplaceAll(c, "|", `\|`) + " ")
	}
	b.WriteString("|\n")
}
