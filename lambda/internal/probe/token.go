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

// token gets an access token by client credentials; it is kept until it
// expires. A probe without its token says nothing about the endpoint.
func (p *Prober) token(ctx context.Context, x *exchange, o *check.OAuth2) (string, error) {
	source, err := p.tokenSource(ctx, x, o)
	if err != nil {
		return "", err
	}
	token, err := tokenBefore(x.deadline, source)
	if err != nil {
		return "", failf(result.ProbeSkipped, "", err, "no access token from client.oauth2.token-url: %s", oauthReason(err))
	}
	x.secrets = append(x.secrets, token.AccessToken)
	return token.Type() + " " + token.AccessToken, nil
}

// tokenBefore waits for the token until the deadline. The request itself goes
// on to its own end: other probes may be waiting for the same token.
func tokenBefore(deadline time.Time, source oauth2.TokenSource) (*oauth2.Token, error) {
	type fetched struct {
		token *oauth2.Token
		err   error
	}
	done := make(chan fetched, 1)
	go func() {
		token, err := source.Token()
		done <- fetched{token, err}
	}()
	late := time.NewTimer(time.Until(deadline))
	defer late.Stop()
	select {
	case got := <-done:
		return got.token, got.err
	case <-late.C:
		return nil, context.DeadlineExceeded
	}
}

// tokenTimeout bounds a request for a token, which the source makes on behalf
// of all probes that share it and therefore outside any one probe's deadline.
const tokenTimeout = 5 * time.Second

func (p *Prober) tokenSource(ctx context.Context, x *exchange, o *check.OAuth2) (oauth2.TokenSource, error) {
	id, err := p.fill(ctx, x, o.ClientID)
	if err != nil {
		return nil, err
	}
	secret, err := p.fill(ctx, x, o.ClientSecret)
	if err != nil {
		return nil, err
	}
	x.secrets = append(x.secrets, secret)
	p.mu.Lock()
	defer p.mu.Unlock()
	if source, ok := p.tokens[o]; ok {
		return source, nil
	}
	config := clientcredentials.Config{ClientID: id, ClientSecret: secret, TokenURL: o.TokenURL, Scopes: o.Scopes}
	source := config.TokenSource(context.WithValue(context.Background(), oauth2.HTTPClient, tokenClient))
	p.tokens[o] = source
	return source, nil
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
