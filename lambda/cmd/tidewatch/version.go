package main

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Prints the version, as `tidewatch --version` does",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(s.out, versionLine(buildInfo()))
			return err
		},
	}
}

func buildInfo() *debug.BuildInfo {
	info, _ := debug.ReadBuildInfo()
	return info
}

// versionLine says what was built: version, Go, and the revision if known.
func versionLine(info *debug.BuildInfo) string {
	if info == nil {
		return "tidewatch, of unknown version"
	}
	line := fmt.Sprintf("tidewatch %s, %s", cmp.Or(info.Main.Version, "(devel)"), info.GoVersion)
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if platform := settings["GOOS"]; platform != "" {
		line += " " + platform + "/" + settings["GOARCH"]
	}
	if revision := settings["vcs.revision"]; revision != "" {
		line += ", revision " + revision[:min(12, len(revision))]
		if settings["vcs.modified"] == "true" {
			line += " with changes"
		}
		if at := settings["vcs.time"]; at != "" {
			line += " of " + at
		}
	}
	return line
}
