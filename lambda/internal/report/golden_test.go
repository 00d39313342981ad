package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

func TestGolden(t *testing.T) {
	text := func(options TextOptions) func(io.Writer, Run) error {
		return func(w io.Writer, run Run) error { return Text(w, run, options) }
	}
	forms := map[string]func(io.Writer, Run) error{
		"080.txt":   text(TextOptions{Width: 80, Fold: 60}),
		"200.txt":   text(TextOptions{Width: 200, Fold: 60}),
		"pipe.txt":  text(TextOptions{}),
		"color.txt": text(TextOptions{Width: 120, Color: true, Fold: 60}),
		"md":        Markdown,
		"json":      JSON,
	}
	for sample, run := range samples {
		for form, write := range forms {
			name := sample + "." + form
			t.Run(name, func(t *testing.T) {
				var got bytes.Buffer
				if err := write(&got, run()); err != nil {
					t.Fatal(err)
				}
				golden(t, name, got.Bytes())
			})
		}
	}
}

// golden compares got with a file of testdata, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; if that is wanted: go test ./lambda/internal/report -update\n--- got\n%s\n--- want\n%s", path, got, want)
	}
}
