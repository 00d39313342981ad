package topology

import (
	"time"

	"hokus.ai/tidewatch/lambda/internal/result"
)

// Dial is what a TCP connection made for the diagnosis came to. A refused one
// proves that the network path is open.
type Dial struct {
	Class result.Class  `json:"class,omitempty"` // empty: connected
	Took  time.Duration `json:"took"`
}

// Answer is what an HTTP request made for the diagnosis came to.
type Answer struct {
	Class       result.Class  `json:"class,omitempty"` // empty: an answer came, whatever its status
	Phase       result.Phase  `json:"phase,omitempty"`
	Status      int           `json:"status,omitempty"`
	Server      string        `json:"server,omitempty"`
	ContentType string        `json:"content_type,omitempty"`
	Location    string        `json:"location,omitempty"`
	Body        string        `json:"body,omitempty"` // the first 1 KiB, redacted
	Took        time.Duration `json:"took"`
	Limit       time.Duration `json:"limit"`
}
