package main

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	got := tidewatch(t, "version")
	if got.status != 0 || !strings.HasPrefix(got.out, "tidewatch ") || !strings.Contains(got.out, runtime.Version()) {
		t.Errorf("%+v", got)
	}
	if flag := tidewatch(t, "--version"); flag != got {
		t.Errorf("--version: %+v, version: %+v", flag, got)
	}
}

func TestVersionLine(t *testing.T) {
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	for _, tt := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{nil, "tidewatch, of unknown version"},
		{&debug.BuildInfo{GoVersion: "go1.26.8"}, "tidewatch (devel), go1.26.8"},
		{&debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
			setting("GOOS", "linux"), setting("GOARCH", "arm64"), setting("vcs.revision", "0123456789abcdef"),
			setting("vcs.modified", "true"), setting("vcs.time", "2026-03-01T00:00:00Z"),
		}}, "tidewatch v1.2.3, go1.26.8 linux/arm64, revision 0123456789ab with changes of 2026-03-01T00:00:00Z"},
	} {
		if got := versionLine(tt.info); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
