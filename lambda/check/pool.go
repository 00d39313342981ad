package check

import (
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
	"hokus.ai/tidewatch/lambda/internal/condition"
)

// pools let endpoints that say the same share one value. They are dropped with
// the reader; a fleet of thousands of endpoints differs in little but names.
type pools struct {
	strings    map[string]string
	conditions map[string]parsed
	lists      map[*condition.Condition][][]*condition.Condition
	alerts     map[Alert][][]Alert
	clients    map[Client]*Client
	requests   map[request]*HTTP
	resolvers  map[Resolver]*Resolver
	proxies    map[string]*url.URL
	questions  map[DNS]*DNS
	oauth2     map[*yaml.Node]*OAuth2
	tls        map[*yaml.Node]*ClientTLS
}

// newPools returns pools that hold nothing.
func newPools() pools {
	return pools{
		strings:    make(map[string]string),
		conditions: make(map[string]parsed),
		lists:      make(map[*condition.Condition][][]*condition.Condition),
		alerts:     make(map[Alert][][]Alert),
		clients:    make(map[Client]*Client),
		requests:   make(map[request]*HTTP),
		resolvers:  make(map[Resolver]*Resolver),
		proxies:    make(map[string]*url.URL),
		questions:  make(map[DNS]*DNS),
		oauth2:     make(map[*yaml.Node]*OAuth2),
		tls:        make(map[*yaml.Node]*ClientTLS),
	}
}

// intern returns the one copy of a text that is kept.
func (r *reader) intern(text string) string {
	if text == "" {
		return ""
	}
	if kept, ok := r.pools.strings[text]; ok {
		return kept
	}
	text = strings.Clone(text)
	r.pools.strings[text] = text
	return text
}

// one returns the one copy of a value that is kept.
func one[T comparable](pool map[T]*T, value T) *T {
	if kept := pool[value]; kept != nil {
		return kept
	}
	pool[value] = &value
	return &value
}

// share returns the one copy of a list that is kept. The list given may be
// used again by the caller.
func share[T comparable](pool map[T][][]T, list []T) []T {
	if len(list) == 0 {
		return nil
	}
	for _, kept := range pool[list[0]] {
		if slices.Equal(kept, list) {
			return kept
		}
	}
	kept := slices.Clone(list)
	pool[list[0]] = append(pool[list[0]], kept)
	return kept
}
