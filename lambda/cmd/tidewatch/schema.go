package main

import (
	"github.com/spf13/cobra"

	"hokus.ai/tidewatch/lambda/internal/report"
)

func newSchema(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Prints the JSON schema of `run --output json`",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := s.out.Write(report.Schema)
			return err
		},
	}
}
