package probe

import (
	"fmt"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// Failure is why a probe got no answer that conditions could judge. Its text
// is one sentence for the reader of a report.
type Failure struct {
	Class    result.Class
	Phase    result.Phase
	Sentence string
	Err      error // what the network or library said; may be nil
}

// Error returns the sentence.
func (f *Failure) Error() string { return f.Sentence }

// Unwrap returns the underlying error.
func (f *Failure) Unwrap() error { return f.Err }

// failf makes a Failure whose class the caller knows.
func failf(class result.Class, phase result.Phase, err error, format string, args ...any) *Failure {
	return &Failure{Class: class, Phase: phase, Err: err, Sentence: fmt.Sprintf(format, args...)}
}
