package awsapi

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// whole is a number that some services, and emulators of them, write as text.
type whole int

// UnmarshalJSON takes a number or a text with one; anything else is 0.
func (w *whole) UnmarshalJSON(text []byte) error {
	n, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	if err != nil || math.IsNaN(n) || math.Abs(n) > 1<<52 {
		n = 0
	}
	*w = whole(n)
	return nil
}

// words is a text that emulators write as a number.
type words string

// UnmarshalJSON takes a text or a number; anything else is empty.
func (w *words) UnmarshalJSON(text []byte) error {
	var s string
	if json.Unmarshal(text, &s) != nil && len(text) > 0 && (text[0] == '-' || text[0] >= '0' && text[0] <= '9') {
		s = string(text)
	}
	*w = words(s)
	return nil
}

// lastPart is what stands behind the last slash of an ARN.
func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
