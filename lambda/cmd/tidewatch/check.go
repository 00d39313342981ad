package main

import (
	"encoding/json"
	"io"

	"github.com/spf13/cobra"

	"hokus.ai/tidewatch/lambda/check"
)

// checkFlags are the flags of `tidewatch check`.
type checkFlags struct {
	config configPath
	output string
}

func newCheck(s streams) *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Checks a configuration without probing anything",
		Long: `Checks a configuration file, or a directory of them, without probing anything:
what is wrong, what will surprise someone one day, and how the keys of a Gatus
file fare here.

Exit status: 0 valid, 1 valid with warnings, 2 invalid, or nothing could be
checked: no such file, or wrong flags.`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) > 1 || len(args) == 1 && f.config != "":
				return usagef("check takes one file or directory, but got more; name it once, as FILE or with --config")
			case len(args) == 1 && args[0] == "":
				return usagef("FILE %q: expected %s", args[0], expectations[pathType])
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			path := string(f.config)
			if len(args) == 1 {
				path = args[0]
			}
			return checkConfig(s, path, f.output)
		},
	}
	f.config.register(c.Flags())
	c.Flags().StringVar(&f.output, "output", "text", "`form` of the report: text or json")
	return c
}

func checkConfig(s streams, path, output string) error {
	if output != "text" && output != "json" {
		return usagef("--output %q: expected text or json", output)
	}
	cfg, found := check.Open(path, s.env)
	endpoints := 0
	if cfg != nil {
		endpoints = len(cfg.Checks)
	}
	var err error
	if output == "json" {
		err = checkJSON(s.out, found, endpoints)
	} else {
		err = checkText(s.out, found, endpoints, s.screenOf(s.out))
	}
	if err != nil {
		return err
	}
	switch found.Messages.Worst() {
	case check.Error:
		return status(statusFailed)
	case check.Warning:
		return status(statusUnhealthy)
	}
	return nil
}

// checkDocument is what `tidewatch check --output json` prints.
type checkDocument struct {
	Valid         bool                 `json:"valid"`
	Endpoints     int                  `json:"endpoints"` // enabled ones
	Messages      []messageDocument    `json:"messages"`
	Compatibility map[string][]keyUsed `json:"compatibility"` // by verdict
}

type messageDocument struct {
	Level    string `json:"level"` // error, warning or info
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Path     string `json:"path,omitempty"`
	Problem  string `json:"problem"`
	Accepted string `json:"accepted,omitempty"`
	Nearest  string `json:"nearest,omitempty"`
}

type keyUsed struct {
	Key   string `json:"key"`
	Count int    `json:"count"`
	Note  string `json:"note,omitempty"`
}

func checkJSON(w io.Writer, found check.Report, endpoints int) error {
	doc := checkDocument{
		Valid: !found.Failed(), Endpoints: endpoints,
		Messages: []messageDocument{}, Compatibility: map[string][]keyUsed{},
	}
	for _, m := range found.Messages {
		doc.Messages = append(doc.Messages, messageDocument{
			Level: m.Level.String(), File: m.File, Line: m.Line, Column: m.Column, Path: m.Path,
			Problem: m.Problem, Accepted: m.Accepted, Nearest: m.Nearest,
		})
	}
	for _, part := range compatibility(found.Compat) {
		uses := make([]keyUsed, 0, len(part.keys))
		for _, k := range part.keys {
			uses = append(uses, keyUsed{k.Key, k.Count, k.Note})
		}
		doc.Compatibility[string(part.verdict)] = uses
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}
