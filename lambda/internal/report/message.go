package report

// Message is one notification in every format that subscribers get.
type Message struct {
	ID         string            // the same message again has the same id
	Subject    string            // below 100 characters, no control characters, may be empty
	Body       string            // JSON object by protocol, for MessageStructure=json
	Attributes map[string]string // severity, kind, environment, incident; nothing relies on them
}
