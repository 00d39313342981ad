package main

import (
	"strings"

	"github.com/spf13/cobra"

	"hokus.ai/tidewatch/lambda/internal/report"
)

// schemas are those of the documents that commands print.
var schemas = map[string][]byte{"run": report.Schema, "incidents": report.IncidentsSchema, "report": report.DiagnosisSchema}

func newSchema(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "schema [run|incidents|report]",
		Short: "Prints the JSON schema of what a command writes",
		Long:  "Prints the JSON schema of `run --output json`, of `incidents --output json`, or\nof what `report` and `diagnose` write as JSON.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 1 && schemas[args[0]] == nil {
				return usagef("schema %q: expected run, incidents or report", strings.Join(args, " "))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			_, err := s.out.Write(schemas[append(args, "run")[0]])
			return err
		},
	}
}
