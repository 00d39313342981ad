package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"hokus.ai/tidewatch/lambda/check"
)

// code are the folders that functions are made from, and where in its own the
// function finds its configuration ("" for the one that is built in).
type code struct {
	function, slack string
	config          string
}

// arm64 is what the functions run on. GOARM64 is named because it is in the
// binary, and so would be what somebody has set it to.
var arm64 = []string{"GOOS=linux", "GOARCH=arm64", "GOARM64=v8.0"}

// build makes the folders of both functions below dir. The same source gives
// the same bytes, in whatever folder, as long as Go is the same.
func build(c config, root, dir string, platform []string) (code, error) {
	made := code{function: filepath.Join(dir, "function")}
	if err := compile(root, "./lambda", made.function, platform); err != nil {
		return code{}, err
	}
	var err error
	if made.config, err = packConfig(c, made.function); err != nil {
		return code{}, err
	}
	if c.slack.webhook != "" {
		made.slack = filepath.Join(dir, "slack")
		err = compile(root, "./lambda/cmd/slack", made.slack, platform)
	}
	return made, err
}

// compile builds a command as dir/bootstrap, which is the name that Lambda
// starts.
func compile(root, command, dir string, platform []string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	bootstrap := filepath.Join(dir, "bootstrap")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w -buildid=", "-o", bootstrap, command)
	build.Dir = root
	build.Env = append(append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off"), platform...)
	build.Stdout, build.Stderr = os.Stderr, os.Stderr // the CDK reads standard output
	if err := build.Run(); err != nil {
		return fmt.Errorf("building %s in %s: %w; its output stands above", command, root, err)
	}
	// The mode is not in the hash of an asset: a wrong one would look unchanged.
	return os.Chmod(bootstrap, 0o755)
}

// packConfig copies the configuration into the folder of the function, and
// reads it there as the function will. It returns its path from that folder.
func packConfig(c config, dir string) (string, error) {
	if c.path == "" {
		return "", nil
	}
	info, err := os.Stat(c.path)
	if err != nil {
		return "", fmt.Errorf("packing the configuration: %w", err)
	}
	inside := "config"
	if info.IsDir() {
		err = copyFolder(c.path, filepath.Join(dir, inside))
	} else {
		inside = filepath.Join(inside, filepath.Base(c.path))
		err = copyFile(c.path, filepath.Join(dir, inside))
	}
	if err != nil {
		return "", fmt.Errorf("packing the configuration: %w", err)
	}
	if file, report := check.Open(filepath.Join(dir, inside), c.variable); file == nil {
		return "", fmt.Errorf("context config: %s is understood where it stands, but not alone in the function; if it names other files, put them into one directory and name that: %s",
			c.path, strings.TrimSpace(report.Messages.String()))
	}
	return filepath.ToSlash(inside), nil
}

// maxFile and maxFiles bound what is packed: a directory named by mistake, such
// as a home directory, is not sent to AWS.
const (
	maxFile  = 4 << 20
	maxFiles = 200
)

// copyFolder copies what is in a directory, which may be named by a link to it.
func copyFolder(from, to string) error {
	files := 0
	root := from + string(filepath.Separator) // the directory, not the link
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(root, path)
		if err != nil || entry.IsDir() || leftOut(inside) {
			return err
		}
		if files++; files > maxFiles {
			return fmt.Errorf("%s holds more than %d files; expected the configuration and what it names", from, maxFiles)
		}
		return copyFile(path, filepath.Join(to, inside))
	})
}

// leftOut tells what is not packed: hidden files, as those of .git, are none of
// the function's business, unless they are read as configuration.
func leftOut(inside string) bool {
	hidden := false
	for name := range strings.SplitSeq(filepath.ToSlash(inside), "/") {
		if strings.HasPrefix(name, "..") {
			return true // as Kubernetes names what it shows a second time
		}
		hidden = hidden || strings.HasPrefix(name, ".")
	}
	end := filepath.Ext(inside)
	return hidden && end != ".yaml" && end != ".yml"
}

// copyFile copies one file, whose mode must not depend on whoever deploys.
func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() { // the walk follows no links
		return fmt.Errorf("%s is a link to a directory, and expected is a directory or a file; put a copy of the directory in its place, or links to its files", from)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is a pipe, a socket or a device, and expected is a file; take it out of the directory", from)
	}
	if info.Size() > maxFile {
		return fmt.Errorf("%s has %d bytes; at most %d are packed", from, info.Size(), maxFile)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}
