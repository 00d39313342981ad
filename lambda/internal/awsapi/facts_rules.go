package awsapi

import (
	"context"
	"net/url"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

type rulesAnswer struct {
	Members []struct {
		RuleArn, Priority string

		IsDefault  bool
		Conditions []conditionXML `xml:"Conditions>member"`
		Actions    []actionXML    `xml:"Actions>member"`
		Transforms []transformXML `xml:"Transforms>member"`
	} `xml:"DescribeRulesResult>Rules>member"`
	NextMarker string `xml:"DescribeRulesResult>NextMarker"`
}

// conditionXML: the values stand in the configuration of the field, and for
// hosts and paths a second time in Values.
type conditionXML struct {
	Field  string
	Values []string                      `xml:"Values>member"`
	Host   valuesXML                     `xml:"HostHeaderConfig"`
	Path   valuesXML                     `xml:"PathPatternConfig"`
	Method valuesXML                     `xml:"HttpRequestMethodConfig"`
	Source valuesXML                     `xml:"SourceIpConfig"`
	Header valuesXML                     `xml:"HttpHeaderConfig"`
	Query  []struct{ Key, Value string } `xml:"QueryStringConfig>Values>member"`
}

type valuesXML struct {
	Name   string   `xml:"HttpHeaderName"`
	Values []string `xml:"Values>member"`
	Regex  []string `xml:"RegexValues>member"`
}

type actionXML struct {
	Type           string
	Order          int
	TargetGroupArn string
	Groups         []struct {
		TargetGroupArn string
		Weight         *int
	} `xml:"ForwardConfig>TargetGroups>member"`
	Fixed *struct {
		MessageBody, StatusCode, ContentType string
	} `xml:"FixedResponseConfig"`
	Redirect *struct {
		Protocol, Host, Port, Path, Query, StatusCode string
	} `xml:"RedirectConfig"`
}

type transformXML struct {
	Type string
	Host []rewriteXML `xml:"HostHeaderRewriteConfig>Rewrites>member"`
	URL  []rewriteXML `xml:"UrlRewriteConfig>Rewrites>member"`
}

type rewriteXML struct{ Regex, Replace string }

func readRules(ctx context.Context, r *reading, listener string) {
	q := request{operation: describeRules, region: regionOf(listener, ""), form: url.Values{"ListenerArn": {listener}}}
	all, err := pages(ctx, r, q, func(page rulesAnswer) (some []topology.Rule, marker string) {
		for _, m := range page.Members {
			rule := topology.Rule{ARN: m.RuleArn, Priority: numeral(m.Priority), Default: m.IsDefault, Conditions: conditionsOf(m.Conditions), Actions: actionsOf(m.Actions)}
			for _, t := range m.Transforms {
				for _, w := range append(t.Host, t.URL...) {
					rule.Transforms = append(rule.Transforms, topology.Transform{Type: t.Type, Regex: w.Regex, Replace: w.Replace})
				}
			}
			some = append(some, rule)
		}
		return some, page.NextMarker
	})
	putList(r, &r.to.Rules, topology.Rules, listener, all, err)
}

func conditionsOf(read []conditionXML) []topology.Condition {
	all := []topology.Condition{}
	for _, c := range read {
		one := topology.Condition{Field: c.Field, Header: c.Header.Name}
		for _, v := range []valuesXML{c.Host, c.Path, c.Method, c.Source, c.Header} {
			one.Values = append(one.Values, v.Values...)
			one.Regex = append(one.Regex, v.Regex...)
		}
		if len(one.Values) == 0 && len(one.Regex) == 0 {
			one.Values = c.Values
		}
		// A request that lacks the header does not match such a condition either way.
		if c.Field == "http-header" && redact.HoldsSecret(one.Header) {
			one.Values, one.Regex = []string{redact.Mask}, nil
		}
		for _, q := range c.Query {
			if redact.HoldsSecret(q.Key) {
				q.Value = redact.Mask
			}
			one.Query = append(one.Query, topology.QueryPair{Key: q.Key, Value: q.Value})
		}
		all = append(all, one)
	}
	return all
}

// actionsOf reads both forms of a forward: one with weights has no group of
// its own, and one without has weight 1.
func actionsOf(read []actionXML) []topology.Action {
	all := []topology.Action{}
	for _, a := range read {
		one := topology.Action{Type: a.Type, Order: a.Order}
		for _, g := range a.Groups {
			weight := 1
			if g.Weight != nil {
				weight = *g.Weight
			}
			one.Groups = append(one.Groups, topology.Weight{Group: g.TargetGroupArn, Weight: weight})
		}
		if len(one.Groups) == 0 && a.TargetGroupArn != "" {
			one.Groups = []topology.Weight{{Group: a.TargetGroupArn, Weight: 1}}
		}
		if f := a.Fixed; f != nil {
			one.Fixed = &topology.Fixed{Status: numeral(f.StatusCode), ContentType: f.ContentType, Body: redact.Text(f.MessageBody)}
		}
		if d := a.Redirect; d != nil {
			code := map[string]int{"HTTP_301": 301, "HTTP_302": 302}[d.StatusCode]
			one.Redirect = &topology.Redirect{Protocol: d.Protocol, Host: d.Host, Port: d.Port, Path: d.Path, Query: redact.Text(d.Query), Status: code}
		}
		all = append(all, one)
	}
	return all
}
