package incident

import (
	"encoding/json"
	"errors"
	"fmt"
)

// What stores say of a state.
var (
	// ErrConflict says that the state was changed since it was loaded.
	ErrConflict = errors.New("the state has been changed by another run")
	// ErrNewer says that a newer program wrote the state.
	ErrNewer = errors.New("the state was written by a newer Tidewatch")
	// ErrFull says that the state has become larger than a store takes.
	ErrFull = errors.New("the state is too large to be stored")
	// ErrDamaged says that what is kept is not a state.
	ErrDamaged = errors.New("the state is damaged")
)

// Decode reads a state from the JSON that a store kept. Its errors are
// ErrNewer or ErrDamaged with what is wrong, and never quote the state.
func Decode(data []byte) (State, error) {
	var format struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &format); err != nil {
		return State{}, fmt.Errorf("%w: it is not JSON of the expected form", ErrDamaged)
	}
	if format.Version > Version {
		return State{}, fmt.Errorf("%w: format %d, this one knows formats up to %d", ErrNewer, format.Version, Version)
	}
	if format.Version < 1 {
		return State{}, fmt.Errorf("%w: it names no format", ErrDamaged)
	}
	var s State
	if err := json.Unmarshal(data, &s); err != nil {
		wrong, _ := errors.AsType[*json.UnmarshalTypeError](err)
		if wrong != nil {
			return State{}, fmt.Errorf("%w: %s holds a JSON %s", ErrDamaged, wrong.Field, wrong.Value)
		}
		return State{}, fmt.Errorf("%w: it is not JSON of the expected form", ErrDamaged)
	}
	return s, s.whole()
}

// whole reports entries that hold nothing, which nobody who decides expects.
func (s State) whole() error {
	for key, e := range s.Endpoints {
		if e == nil {
			return fmt.Errorf("%w: endpoint %s is null", ErrDamaged, key)
		}
	}
	for key, e := range s.Services {
		if e == nil {
			return fmt.Errorf("%w: service %s is null", ErrDamaged, key)
		}
	}
	for i, e := range s.Incidents {
		if e == nil {
			return fmt.Errorf("%w: incident %d is null", ErrDamaged, i)
		}
	}
	for i, e := range s.Outbox {
		if e == nil {
			return fmt.Errorf("%w: notice %d of the outbox is null", ErrDamaged, i)
		}
	}
	return nil
}
