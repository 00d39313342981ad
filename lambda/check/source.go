package check

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	// A minimal image, such as that of a Lambda function, has no time zones,
	// and a window in the wrong zone would silence alerts at the wrong hours.
	_ "time/tzdata"
)

// Source is one configuration file.
type Source struct {
	Name string                           // shown in messages
	Data []byte                           // YAML
	Dir  string                           // where relative names of client.tls files start
	Env  func(name string) (string, bool) // variables; nil: none are set
}

//go:embed hokusai.yaml
var hokusai []byte

// EnvConfig is the variable that names the configuration if no path is given.
const EnvConfig = "TIDEWATCH_CONFIG"

// Open loads the configuration that the path names, or else that of
// $TIDEWATCH_CONFIG, or else the embedded one.
func Open(path string, env func(string) (string, bool)) (*Config, Report) {
	if path == "" && env != nil {
		path, _ = env(EnvConfig)
	}
	if path == "" {
		return Default(env)
	}
	return ReadFile(path, env)
}

// Default loads the embedded configuration.
func Default(env func(string) (string, bool)) (*Config, Report) {
	return Load(Source{Name: "hokusai.yaml", Data: hokusai, Env: env})
}

// ReadFile loads a file, or a directory whose *.yaml and *.yml files are merged
// as Gatus does: mappings key by key, lists one after the other, by file name.
func ReadFile(path string, env func(string) (string, bool)) (*Config, Report) {
	names, dir, err := configFiles(path)
	if err != nil {
		return nil, failed(Message{File: path, Problem: "the configuration cannot be read: " + reason(err)})
	}
	if len(names) == 0 {
		return nil, failed(Message{File: path, Problem: "the directory holds no configuration", Accepted: "files named *.yaml or *.yml"})
	}
	sources := make([]Source, len(names))
	for i, name := range names {
		// What is named outright may be a pipe, such as /dev/stdin.
		data, err := readFile(name, name == path)
		if err != nil {
			return nil, failed(Message{File: name, Problem: "the file cannot be read: " + reason(err)})
		}
		sources[i] = Source{Name: name, Data: data, Dir: dir, Env: env}
	}
	return load(sources)
}

// configFiles lists the files to read, and the directory that relative names
// start from.
func configFiles(path string) (names []string, dir string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", err
	}
	if !info.IsDir() {
		return []string{path}, filepath.Dir(path), nil
	}
	root := path + string(filepath.Separator) // which is the directory, also where the path is a link to one
	err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		// Kubernetes mounts every file twice, once below a directory named ..data.
		case entry.IsDir() && name != root && strings.HasPrefix(entry.Name(), ".."):
			return fs.SkipDir
		case !entry.IsDir() && (filepath.Ext(name) == ".yaml" || filepath.Ext(name) == ".yml"):
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	return names, path, err
}

// largest is the size from which a file is no configuration but a mistake.
const largest = 32 << 20

// readFile reads a file up to the largest size. Opening a pipe or a device can
// wait for ever, so unless one is wanted, only regular files are opened.
func readFile(name string, anyType bool) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !anyType && !info.Mode().IsRegular() {
		return nil, errors.New("it is " + fileType(info.Mode()) + ", not a file" + remedy(name, info.Mode()))
	}
	opened, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	data, err := io.ReadAll(io.LimitReader(opened, largest+1))
	if err == nil && len(data) > largest {
		err = fmt.Errorf("it is larger than %d MiB", largest>>20)
	}
	return data, err
}

// remedy is what to do about a link to a directory, which looks like the
// directory itself but is not walked through.
func remedy(name string, mode fs.FileMode) string {
	link, err := os.Lstat(name)
	if err != nil || !mode.IsDir() || link.Mode()&fs.ModeSymlink == 0 {
		return ""
	}
	return "; links to directories are not followed: put a copy of the directory in its place, or links to its files"
}

// fileType names what is not a regular file.
func fileType(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// reason drops the operation and path of a file error, which the message has.
func reason(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}
