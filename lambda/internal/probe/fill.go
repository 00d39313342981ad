package probe

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// fill makes the text that is sent out of a configured value: its placeholders
// and its secret. What must not be quoted is remembered.
func (p *Prober) fill(ctx context.Context, x *exchange, v check.Value) (string, error) {
	text := v.Text
	if strings.Contains(text, "[") {
		text = expand(text, x)
	}
	if v.Secret != nil {
		secret, err := p.secret(ctx, x, *v.Secret)
		if err != nil {
			return "", err
		}
		x.secrets = append(x.secrets, secret)
		text += secret
	}
	if v.Sensitive && text != "" {
		x.secrets = append(x.secrets, text)
		if scheme, credential, ok := strings.Cut(text, " "); ok { // "Bearer …"
			x.secrets = append(x.secrets, credential)
			if plain, err := base64.StdEncoding.DecodeString(credential); err == nil && strings.EqualFold(scheme, "basic") {
				_, password, _ := strings.Cut(string(plain), ":")
				x.secrets = append(x.secrets, password)
			}
		}
	}
	return text, nil
}

// secret reads a reference. An endpoint whose secret cannot be read is not
// probed: without it the answer would say nothing about the endpoint.
func (p *Prober) secret(ctx context.Context, x *exchange, ref check.Reference) (string, error) {
	if p.options.Secrets == nil {
		return "", failf(result.ProbeSkipped, "", nil, "the probe needs the secret %s, and no secret store is connected to this run", ref)
	}
	ctx, cancel := context.WithDeadline(ctx, x.deadline)
	defer cancel()
	secret, err := p.options.Secrets(ctx, ref)
	if err != nil {
		return "", failf(result.ProbeSkipped, "", err, "the secret %s cannot be read: %v", ref, err)
	}
	return secret, nil
}

// placeholder matches what Gatus replaces in a body.
var placeholder = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\[(ENDPOINT_NAME|ENDPOINT_GROUP|ENDPOINT_URL|LOCAL_ADDRESS|RANDOM_STRING_(\d{1,5}))\]`)
})

// maxRandom is the longest [RANDOM_STRING_n]; longer ones stay as written.
const maxRandom = 8192

func expand(text string, x *exchange) string {
	return placeholder().ReplaceAllStringFunc(text, func(found string) string {
		switch name := strings.Trim(found, "[]"); name {
		case "ENDPOINT_NAME":
			return x.check.Name
		case "ENDPOINT_GROUP":
			return x.check.Group
		case "ENDPOINT_URL":
			return x.check.URL
		case "LOCAL_ADDRESS":
			return x.localAddress(found)
		default:
			n, err := strconv.Atoi(strings.TrimPrefix(name, "RANDOM_STRING_"))
			if err != nil || n > maxRandom {
				return found
			}
			return randomString(n)
		}
	})
}

// localAddress is the checker's end of the connection, once there is one.
func (x *exchange) localAddress(otherwise string) string {
	if len(x.conns) == 0 {
		return otherwise
	}
	return x.conns[len(x.conns)-1].LocalAddr().String()
}

// randomString is n random letters and digits.
func randomString(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(rand.Text())
	}
	return b.String()[:n]
}
