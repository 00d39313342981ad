package probe

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

const (
	// tokenTimeout bounds a request for a token, which is made on behalf of
	// all probes that wait for it and therefore outside any one's deadline.
	tokenTimeout = 5 * time.Second
	// tokenMargin is how long before its end a token is no longer used: it
	// has a connection to wait for, and clocks differ.
	tokenMargin = 30 * time.Second
	keepUndated = 10 * time.Minute // a token whose end the server does not tell
	keepRefused = 5 * time.Second  // so that a round asks a failing server once
)

// grant keeps the access tokens of one client.oauth2, by the credentials they
// were given for: a secret that is rotated leads to another token.
type grant struct {
	tokens memo[*oauth2.Token]
}

// token gets an access token by client credentials; it is kept until it
// expires. A probe without its token says nothing about the endpoint.
func (p *Prober) token(ctx context.Context, x *exchange, o *check.OAuth2) (string, error) {
	id, err := p.fill(ctx, x, o.ClientID)
	if err != nil {
		return "", err
	}
	secret, err := p.fill(ctx, x, o.ClientSecret)
	if err != nil {
		return "", err
	}
	x.secrets = append(x.secrets, secret)
	config := clientcredentials.Config{ClientID: id, ClientSecret: secret, TokenURL: o.TokenURL, Scopes: o.Scopes}
	ctx, cancel := context.WithDeadline(ctx, x.deadline)
	defer cancel()
	token, err := p.grant(o).tokens.get(ctx, id+"\x00"+secret, time.Now, func(ctx context.Context) (*oauth2.Token, error) {
		return config.Token(context.WithValue(ctx, oauth2.HTTPClient, tokenClient))
	})
	if err != nil {
		return "", failf(result.ProbeSkipped, "", err, "no access token from client.oauth2.token-url: %s", oauthReason(err))
	}
	x.secrets = append(x.secrets, token.AccessToken)
	return token.Type() + " " + token.AccessToken, nil
}

func (p *Prober) grant(o *check.OAuth2) *grant {
	p.mu.Lock()
	defer p.mu.Unlock()
	if g, ok := p.tokens[o]; ok {
		return g
	}
	g := &grant{tokens: memo[*oauth2.Token]{timeout: tokenTimeout, until: tokenUntil}}
	p.tokens[o] = g
	return g
}

// tokenUntil is when another token must be asked for.
func tokenUntil(token *oauth2.Token, err error, now time.Time) time.Time {
	switch {
	case err != nil:
		return now.Add(keepRefused)
	case token.Expiry.IsZero():
		return now.Add(keepUndated)
	default:
		return token.Expiry.Add(-tokenMargin)
	}
}

// oauthReason is the server's own error code, or the transport's; never the
// answer's body, which may repeat the credentials.
func oauthReason(err error) string {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		if refused.ErrorCode != "" {
			return strconv.Itoa(refused.Response.StatusCode) + " " + refused.ErrorCode
		}
		return "it answers " + strconv.Itoa(refused.Response.StatusCode)
	}
	return rootCause(err)
}

// tokenClient asks for access tokens. Connections are not kept: tokens are
// asked for once an hour or so.
var tokenClient = &http.Client{
	Timeout:   tokenTimeout,
	Transport: &http.Transport{DisableKeepAlives: true, Protocols: http1()},
}

// http1 keeps net/http from HTTP/2, whose hidden retries are not wanted here.
func http1() *http.Protocols {
	var only http.Protocols
	only.SetHTTP1(true)
	return &only
}
