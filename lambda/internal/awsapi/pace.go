package awsapi

import (
	"context"
	"sync"

	"golang.org/x/time/rate"
)

// pace keeps calls to a service below the rate at which AWS refuses them. The
// rate is one for the account, and others use it too: a refusal halves it, and
// answers bring it back.
type pace struct {
	limiter *rate.Limiter
	full    rate.Limit
}

// rates are calls a second, and how many may come at once. They are about half
// of what AWS documents for an account and region.
var rates = map[string]struct {
	second float64
	burst  int
}{
	"elasticloadbalancing": {8, 20},
	"ecs":                  {10, 25},
	"ec2":                  {10, 25},
	"route53":              {3, 5}, // AWS: 5 for all of an account
	"servicediscovery":     {4, 5},
	"acm":                  {5, 5},
	"rds":                  {4, 4},
	"logs":                 {4, 4},
	"cloudtrail":           {1.5, 1}, // AWS: 2
	"lambda":               {5, 5},
}

// paces are those of one client, which all diagnoses share.
type paces struct {
	mu  sync.Mutex
	all map[string]*pace
}

// paceOf returns the pace of a service; nil, which never waits, if it has none.
func (c *Client) paceOf(service string) *pace {
	c.paces.mu.Lock()
	defer c.paces.mu.Unlock()
	if p, ok := c.paces.all[service]; ok {
		return p
	}
	var p *pace
	if r, ok := rates[service]; ok {
		p = &pace{limiter: rate.NewLimiter(rate.Limit(r.second), r.burst), full: rate.Limit(r.second)}
	}
	if c.paces.all == nil {
		c.paces.all = map[string]*pace{}
	}
	c.paces.all[service] = p
	return p
}

// wait returns when a call may be made. It fails at once if there is no time to wait.
func (p *pace) wait(ctx context.Context) error {
	if p == nil {
		return ctx.Err()
	}
	return p.limiter.Wait(ctx)
}

// heard adapts to what came of a call.
func (p *pace) heard(refused bool) {
	switch {
	case p == nil:
	case refused:
		p.limiter.SetLimit(max(p.limiter.Limit()/2, p.full/8))
	default:
		p.limiter.SetLimit(min(p.limiter.Limit()*1.1, p.full))
	}
}
