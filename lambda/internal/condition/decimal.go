package condition

import (
	"bytes"
	"cmp"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// decimal is an exact number: 0.digits × 10^point. Digits neither begin nor
// end with 0; zero has none. Comparing digits loses nothing, neither of an
// identifier beyond 2^53 nor of 19.99, and 1e999999999 costs nothing.
type decimal struct {
	negative bool
	digits   string
	point    int
}

// maxNumber bounds what is read as a number; a longer text is text.
const maxNumber = 400

// parseNumber reads 12, -1.5, 2e3, and the whole numbers of Go.
func parseNumber(s string) (decimal, bool) {
	if d, ok := parseWhole(s); ok {
		return d, true
	}
	if len(s) > maxNumber {
		return decimal{}, false
	}
	return parseDecimal(s)
}

// parseWhole reads the whole numbers of Go: 12, -3, 0x1F, 0o17, 017, 0b11,
// 1_000.
func parseWhole(s string) (decimal, bool) {
	if s == "" || len(s) > maxNumber || strings.Trim(s[:1], "+-.0123456789") != "" {
		return decimal{}, false
	}
	if n, err := strconv.ParseInt(s, 0, 64); err == nil {
		return decimalOf(n), true
	}
	if n, ok := new(big.Int).SetString(s, 0); ok {
		return parseDecimal(n.String())
	}
	return decimal{}, false
}

func decimalOf(n int64) decimal {
	d, _ := parseDecimal(strconv.FormatInt(n, 10))
	return d
}

// milliseconds is the exact number of milliseconds of a duration.
func milliseconds(d time.Duration) decimal {
	n := decimalOf(int64(d))
	if n.digits != "" {
		n.point -= 6
	}
	return n
}

// duration is the inverse of milliseconds; false for a number that no duration
// holds exactly.
func (d decimal) duration() (time.Duration, bool) {
	d.point += 6
	n, ok := d.integer()
	return time.Duration(n), ok
}

// integer is the number as an int64, if it is one.
func (d decimal) integer() (int64, bool) {
	if d.digits == "" {
		return 0, true
	}
	if d.point < len(d.digits) || d.point > 19 {
		return 0, false
	}
	digits := d.digits + strings.Repeat("0", d.point-len(d.digits))
	if d.negative {
		digits = "-" + digits
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil
}

// parseDecimal reads a number without prefix or underscores.
func parseDecimal(s string) (decimal, bool) {
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	exponent := 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.ParseInt(s[i+1:], 10, 32)
		if err != nil {
			return decimal{}, false
		}
		s, exponent = s[:i], int(n)
	}
	whole, fraction, _ := strings.Cut(s, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return decimal{}, false
	}
	significant := strings.TrimLeft(digits, "0")
	point := len(whole) - (len(digits) - len(significant)) + exponent
	significant = strings.TrimRight(significant, "0")
	if significant == "" {
		return decimal{}, true
	}
	return decimal{negative, significant, point}, true
}

// printNumber returns the text that a number of JSON is compared as: with all
// of its digits, but without zeros at the end of a fraction, and without an
// exponent unless that saves many zeros.
func printNumber(number []byte) []byte {
	switch {
	case bytes.ContainsAny(number, "eE"):
		if d, ok := parseDecimal(string(number)); ok && len(number) <= maxNumber {
			return []byte(d.String())
		}
	case bytes.IndexByte(number, '.') >= 0:
		return bytes.TrimSuffix(bytes.TrimRight(number, "0"), []byte("."))
	}
	return number
}

// addedZeros is how many zeros a number is written with to need no exponent.
const addedZeros = 20

func (d decimal) String() string {
	before, after := max(d.point-len(d.digits), 0), max(-d.point, 0)
	var text string
	switch {
	case d.digits == "":
		return "0"
	case before > addedZeros || after > addedZeros:
		text = d.digits[:1]
		if len(d.digits) > 1 {
			text += "." + d.digits[1:]
		}
		text += fmt.Sprintf("e%+03d", d.point-1)
	case d.point <= 0:
		text = "0." + strings.Repeat("0", after) + d.digits
	case d.point < len(d.digits):
		text = d.digits[:d.point] + "." + d.digits[d.point:]
	default:
		text = d.digits + strings.Repeat("0", before)
	}
	if d.negative {
		return "-" + text
	}
	return text
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	default:
		return 1
	}
}

// compare returns the order of two numbers: -1, 0 or 1.
func (d decimal) compare(e decimal) int {
	if order := cmp.Compare(d.sign(), e.sign()); order != 0 || d.digits == "" {
		return order
	}
	return d.sign() * cmp.Or(cmp.Compare(d.point, e.point), strings.Compare(d.digits, e.digits))
}
