package filestate

import (
	"errors"
	"os"
	"path/filepath"
)

// replace writes a file so that a crash at any moment leaves the old content
// or the new one. Only the owner may read it: reports of failures may say more
// than everybody should know.
func replace(path string, text []byte) error {
	draft, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = draft.Write(text)
	if err == nil {
		err = draft.Sync()
	}
	err = errors.Join(err, draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return syncDirectory(filepath.Dir(path))
}
