package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/condition"
	"hokus.ai/tidewatch/lambda/internal/redact"
)

const (
	ianaServers   = "https://data.iana.org/rdap/dns.json" // RDAP servers by top-level domain
	rdapTimeout   = 5 * time.Second                       // of a lookup, and of a probe's wait for it
	rdapRedirects = 3
	maxServers    = 2 << 20   // bytes of IANA's list
	maxDomain     = 256 << 10 // bytes of an answer about one domain

	// Registrations change once a year, and registries limit how often one
	// may ask; a registry that does not answer is not asked every minute.
	keepFound  = 24 * time.Hour
	keepFailed = time.Hour
)

// registry finds out by RDAP when registrations of domains end. It may be used
// by several goroutines.
type registry struct {
	bootstrap string // where the list of RDAP servers is
	client    *http.Client
	now       func() time.Time

	servers memo[map[string]*url.URL] // under one key
	domains memo[time.Time]           // by registrable domain
}

func newRegistry() *registry {
	return &registry{
		bootstrap: ianaServers,
		now:       time.Now,
		client: &http.Client{
			CheckRedirect: checkRedirect,
			Transport:     &http.Transport{DisableKeepAlives: true, Protocols: http1(), MaxResponseHeaderBytes: 64 << 10},
		},
	}
}

func checkRedirect(next *http.Request, via []*http.Request) error {
	switch {
	case len(via) > rdapRedirects:
		return fmt.Errorf("it redirects more than %d times", rdapRedirects)
	case next.URL.Scheme != "http" && next.URL.Scheme != "https":
		return errors.New("it redirects to something that is not http or https")
	}
	return nil
}

// measureDomain fills [DOMAIN_EXPIRATION] if a condition reads it, before the
// probe's deadline. It returns why it could not, or "".
func (x *exchange) measureDomain(ctx context.Context) (unread string) {
	if !reads(x.check, domainExpiration) {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, min(x.left(), rdapTimeout))
	defer cancel()
	registry := x.prober.registry
	ends, err := registry.expiration(ctx, x.check.Target.Host)
	if err != nil {
		return redact.Snippet([]byte(err.Error()), quoteLimit)
	}
	x.seen.DomainExpiration = condition.Measured(ends.Sub(registry.now()))
	return ""
}

const domainExpiration condition.Placeholder = "[DOMAIN_EXPIRATION]"

// reads reports whether a condition of the check reads the placeholder.
func reads(c *check.Check, p condition.Placeholder) bool {
	read := func(one *condition.Condition) bool { return slices.Contains(one.Reads(), p) }
	return slices.ContainsFunc(c.Conditions, read) || slices.ContainsFunc(c.Warnings, read)
}

// expiration is when the registration of the host's domain ends. The error's
// text says why that is not known; it does not name the domain, which
// ui.hide-hostname may keep out of reports.
func (r *registry) expiration(ctx context.Context, host string) (time.Time, error) {
	domain, err := registrable(host)
	if err != nil {
		return time.Time{}, err
	}
	return r.domains.get(ctx, domain, r.now, func(ctx context.Context) (time.Time, error) {
		return r.ask(ctx, domain)
	})
}

// ask asks the domain's registry.
func (r *registry) ask(ctx context.Context, domain string) (time.Time, error) {
	servers, err := r.servers.get(ctx, "", r.now, r.fetchServers)
	if err != nil {
		return time.Time{}, fmt.Errorf("without the list of RDAP servers: %w", err)
	}
	server := serverOf(servers, domain)
	if server == nil {
		return time.Time{}, fmt.Errorf("no RDAP server for .%s", domain[strings.LastIndexByte(domain, '.')+1:])
	}
	body, err := r.fetch(ctx, server.JoinPath("domain", domain).String(), maxDomain)
	if err != nil {
		return time.Time{}, err
	}
	ends, err := parseExpiration(body)
	if err != nil {
		return time.Time{}, fmt.Errorf("the answer of %s %w", server.Host, err)
	}
	return ends, nil
}

// unregistered are top-level names that no registry hands out.
var unregistered = []string{"localhost", "local", "internal", "test"}

// registrable is the part of a host's name that somebody registered, such as
// example.co.uk. Where a company hands out names below its own, as github.io
// does, it is the company's domain: only that one has a registration.
func registrable(host string) (string, error) {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	top := name[strings.LastIndexByte(name, '.')+1:]
	if name == "" {
		return "", errors.New("the endpoint has no host")
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return "", errors.New("the host is an address, not a name")
	}
	if top == name || slices.Contains(unregistered, top) {
		return "", errors.New("the host's name is not a registered one")
	}
	suffix, official := publicsuffix.PublicSuffix(name)
	for !official && strings.Contains(suffix, ".") {
		_, parent, _ := strings.Cut(suffix, ".")
		suffix, official = publicsuffix.PublicSuffix(parent)
	}
	below, ok := strings.CutSuffix(name, "."+suffix)
	if !ok {
		return "", errors.New("the host is a suffix under which domains are registered")
	}
	return below[strings.LastIndexByte(below, '.')+1:] + "." + suffix, nil
}

// serverOf finds the server for the longest suffix of the domain; nil if there
// is none.
func serverOf(servers map[string]*url.URL, domain string) *url.URL {
	for more := true; more; _, domain, more = strings.Cut(domain, ".") {
		if server := servers[domain]; server != nil {
			return server
		}
	}
	return nil
}

func (r *registry) fetchServers(ctx context.Context) (map[string]*url.URL, error) {
	body, err := r.fetch(ctx, r.bootstrap, maxServers)
	if err != nil {
		return nil, err
	}
	return parseServers(body)
}

// fetch gets a document of at most limit bytes.
func (r *registry) fetch(ctx context.Context, from string, limit int64) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, err
	}
	host := request.URL.Host
	request.Header.Set("Accept", "application/rdap+json, application/json")
	request.Header.Set("User-Agent", userAgent)
	response, err := r.client.Do(request)
	if err != nil {
		return nil, fetchError(host, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", host, strings.TrimSpace(fmt.Sprintf("%d %s", response.StatusCode, http.StatusText(response.StatusCode))))
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	switch {
	case err != nil:
		return nil, fetchError(host, err)
	case int64(len(body)) > limit:
		return nil, fmt.Errorf("%s sends more than %d KiB", host, limit>>10)
	}
	return body, nil
}

func fetchError(host string, err error) error {
	if isTimeout(err) {
		return fmt.Errorf("%s did not answer within %s", host, rdapTimeout)
	}
	return fmt.Errorf("%s cannot be asked: %s", host, rootCause(err))
}

// parseServers reads IANA's list (RFC 9224): the server for each top-level
// domain. Of several it takes the first one with https.
func parseServers(body []byte) (map[string]*url.URL, error) {
	var list struct {
		Services [][][]string `json:"services"` // each [[domain, …], [url, …]]
	}
	if err := json.Unmarshal(body, &list); err != nil || len(list.Services) == 0 {
		return nil, errors.New("what came is not the list of RDAP servers")
	}
	servers := map[string]*url.URL{}
	for _, service := range list.Services {
		if len(service) < 2 {
			continue
		}
		if server := chooseServer(service[1]); server != nil {
			for _, domain := range service[0] {
				servers[strings.ToLower(domain)] = server
			}
		}
	}
	return servers, nil
}

func chooseServer(addresses []string) *url.URL {
	var chosen *url.URL
	for _, address := range addresses {
		server, err := url.Parse(address)
		switch {
		case err != nil || server.Host == "":
		case server.Scheme == "https":
			return server
		case server.Scheme == "http" && chosen == nil:
			chosen = server
		}
	}
	return chosen
}

// firstYear is that of the first domains. Registries without a date write an
// earlier one, such as 0001-01-01, which is not an expired registration.
const firstYear = 1985

// parseExpiration reads when a registration ends out of an answer (RFC 9083).
func parseExpiration(body []byte) (time.Time, error) {
	var domain struct {
		Events []struct {
			Action string `json:"eventAction"`
			Date   string `json:"eventDate"`
		} `json:"events"`
	}
	if err := json.Unmarshal(body, &domain); err != nil {
		return time.Time{}, errors.New("does not follow RDAP")
	}
	for _, event := range domain.Events {
		if !strings.EqualFold(event.Action, "expiration") {
			continue
		}
		// The standard asks for the first form; some registries leave out the rest.
		for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, time.DateOnly} {
			if ends, err := time.Parse(form, event.Date); err == nil && ends.Year() >= firstYear {
				return ends, nil
			}
		}
	}
	return time.Time{}, errors.New("gives no expiration date")
}
