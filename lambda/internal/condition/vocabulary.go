package condition

import "hokus.ai/tidewatch/lambda/internal/result"

// PlaceholderInfo documents one placeholder.
type PlaceholderInfo struct {
	Name    Placeholder
	Example string // a condition that uses it
	Meaning string // one line
	Unit    string // what it is compared with
}

// FunctionInfo documents one function.
type FunctionInfo struct {
	Name    string // without parentheses
	Example string // a condition that uses it
	Meaning string // one line
	Unit    string // what it gives, or what it is compared with
}

// Units of placeholders and functions.
const (
	unitNumber = "number"
	unitTruth  = "true or false"
	unitText   = "text"
	unitValue  = "text or number"
	unitTime   = "duration such as 500ms, 2s, 7d, 1d12h; a bare number is milliseconds"
)

// kind is how a value compares.
type kind uint8

const (
	dynamic kind = iota // text from outside; a number or duration if it looks like one
	word                // text that is never a number
	truth               // true or false
	integer
	span
)

// placeholder is a row of the table: its documentation, and how it is read.
type placeholder struct {
	PlaceholderInfo
	kind   kind
	format spanFormat // of a span
	read   func(*reading, *Observation) value
}

// Placeholders that the code asks for by name.
const (
	status    Placeholder = "[STATUS]"
	connected Placeholder = "[CONNECTED]"
	bodyName  Placeholder = "[BODY]"
	headers   Placeholder = "[HEADERS]"
)

// placeholders is the closed table: parsing, suggestions and documentation
// derive from it.
var placeholders = [...]placeholder{
	{PlaceholderInfo{status, "[STATUS] == 200",
		"HTTP status, or the exit status of an SSH probe; 0 without an answer", unitNumber}, integer, spanFormat{}, readStatus},
	{PlaceholderInfo{connected, "[CONNECTED] == true",
		"whether the exchange that the kind of probe makes took place", unitTruth}, truth, spanFormat{}, readConnected},
	{PlaceholderInfo{"[RESPONSE_TIME]", "[RESPONSE_TIME] < 2s",
		"the whole probe, from the name lookup to the end of the body", unitTime}, span, inMillis,
		readSpan(func(o *Observation) Span { return o.ResponseTime })},
	{PlaceholderInfo{"[DNS_TIME]", "[DNS_TIME] < 100ms",
		"the name lookup", unitTime}, span, inMillis, readPhase(result.PhaseDNS)},
	{PlaceholderInfo{"[CONNECT_TIME]", "[CONNECT_TIME] < 200ms",
		"the TCP connection", unitTime}, span, inMillis, readPhase(result.PhaseTCP)},
	{PlaceholderInfo{"[TLS_TIME]", "[TLS_TIME] < 300ms",
		"the TLS handshake", unitTime}, span, inMillis, readPhase(result.PhaseTLS)},
	{PlaceholderInfo{"[TTFB]", "[TTFB] < 1s",
		"from the request sent to the first byte of the answer", unitTime}, span, inMillis,
		readPhase(result.PhaseTTFB)},
	{PlaceholderInfo{bodyName, "[BODY].users[0].name == john",
		"the body of the answer, or a value in it: .key and [index] lead into JSON, a backslash makes . and [ part of a key",
		unitValue}, dynamic, spanFormat{}, readBody},
	{PlaceholderInfo{headers, "[HEADERS].content-type == pat(*json*)",
		"a header of the answer, in any case; several values are joined by a comma and a space", unitValue},
		dynamic, spanFormat{}, readHeader},
	{PlaceholderInfo{"[IP]", "[IP] == pat(10.*)",
		"the address that was dialled", unitText}, word, spanFormat{}, readIP},
	{PlaceholderInfo{"[DNS_RCODE]", "[DNS_RCODE] == NOERROR",
		"the response code of a DNS probe", unitText}, word, spanFormat{}, readRCode},
	{PlaceholderInfo{"[CERTIFICATE_EXPIRATION]", "[CERTIFICATE_EXPIRATION] > 14d",
		"time until the certificate expires; negative afterwards", unitTime}, span, inSeconds,
		readSpan(func(o *Observation) Span { return o.CertificateExpiration })},
	{PlaceholderInfo{"[DOMAIN_EXPIRATION]", "[DOMAIN_EXPIRATION] > 30d",
		"time until the registration of the domain expires", unitTime}, span, inSeconds,
		readSpan(func(o *Observation) Span { return o.DomainExpiration })},
}

// Placeholders documents every placeholder, in the order of the manual.
func Placeholders() []PlaceholderInfo {
	infos := make([]PlaceholderInfo, len(placeholders))
	for i := range placeholders {
		infos[i] = placeholders[i].PlaceholderInfo
	}
	return infos
}

// function is a row of the table of functions. Exactly one of takes and
// compile is set.
type function struct {
	FunctionInfo
	takes   func(*reading, *Observation) value             // of a placeholder
	compile func(argument piece) (matchFunc, *SyntaxError) // of a text to compare with
}

// Functions that the code asks for by name.
const (
	lenName = "len"
	hasName = "has"
	patName = "pat"
	anyName = "any"
)

// functions is the closed table of functions.
var functions = [...]function{
	{FunctionInfo{lenName, "len([BODY].users) > 0",
		"elements of an array; characters of anything else, an object counted as JSON without spaces", unitNumber},
		readLength, nil},
	{FunctionInfo{hasName, "has([BODY].errors) == false",
		"whether the value exists and is not null; empty values inside JSON exist", unitTruth}, readPresence, nil},
	{FunctionInfo{patName, "[BODY] == pat(*healthy*)",
		"a pattern for the whole text: * any text, ? one character, [a-z] one of these; every / is ignored", unitText},
		nil, compileGlob},
	{FunctionInfo{anyName, "[STATUS] == any(200, 429)",
		"equals one of these texts", unitText}, nil, compileOptions},
	{FunctionInfo{"matches", "[BODY].version == matches(^v2\\.)",
		"a regular expression (RE2) that matches anywhere in the first 256 KiB of the text", unitText}, nil, compileRegexp},
}

// Functions documents every function, in the order of the manual.
func Functions() []FunctionInfo {
	infos := make([]FunctionInfo, len(functions))
	for i := range functions {
		infos[i] = functions[i].FunctionInfo
	}
	return infos
}
