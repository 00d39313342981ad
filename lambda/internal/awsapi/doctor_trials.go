package awsapi

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"sync"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// trials has the worst that came of each action.
type trials struct {
	mu    sync.Mutex
	worst map[string]Tried
}

// severity orders outcomes: one denial counts, whatever else was allowed.
var severity = map[Outcome]int{Untried: 0, Allowed: 1, TrialFailed: 2, Denied: 3}

// note keeps what came of a call. AWS looks at permissions before it looks for
// the thing, so what does not exist may be asked for.
func (b *trials) note(action string, err error) {
	one := Tried{Outcome: Allowed}
	if f, ok := errors.AsType[*Failure](err); ok && f.kind != missing {
		one = Tried{Outcome: TrialFailed, Code: f.Code, Detail: cmp.Or(f.Message, f.detail())}
		if f.kind == denied || f.kind == sealed {
			one.Outcome = Denied
		}
	} else if err != nil && !ok {
		one = Tried{Outcome: TrialFailed, Detail: err.Error()}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if severity[one.Outcome] > severity[cmp.Or(b.worst[action].Outcome, Untried)] {
		b.worst[action] = one
	}
}

// rest tries, on things that are not there, the calls that no reader came to
// make because something before them was empty.
func (b *trials) rest(ctx context.Context, r *reading, cluster string) {
	var group sync.WaitGroup
	for _, q := range []request{
		{operation: describeVpcAttribute, form: url.Values{"VpcId": {noVPC}, "Attribute": {"enableDnsSupport"}}, out: new(struct{})},
		{operation: getHostedZone, region: r.client.route53Region(), path: "/2013-04-01/hostedzone/Z00000000000000000000", out: new(struct{})},
		{operation: listResourceRecordSets, region: r.client.route53Region(), path: "/2013-04-01/hostedzone/Z00000000000000000000/rrset?maxitems=1", out: new(struct{})},
		{operation: describeTasks, region: regionOf(cluster, ""), in: map[string]any{"cluster": cluster, "tasks": []string{"00000000000000000000000000000000"}}, out: new(struct{})},
		{operation: listDiscoveryServices, in: map[string]any{"MaxResults": 1}, out: new(struct{})},
	} {
		b.mu.Lock()
		_, tried := b.worst[q.operation.action()]
		b.mu.Unlock()
		if !tried {
			group.Go(func() { _ = r.call(ctx, q) }) // what comes of it is noted
		}
	}
	group.Wait()
}

// rows are all actions of the diagnosis.
func (b *trials) rows(scope Scope) (rows []Tried) {
	for _, a := range access.Actions {
		if a.Part != access.Diagnosis {
			continue
		}
		row := b.worst[a.Name]
		row.Action, row.Limits = a, limitsOf(a.Name)
		if row.Outcome == "" {
			row.Outcome, row.Detail = Untried, scope.why(a.Name)
		}
		rows = append(rows, row)
	}
	return rows
}

// why says what was missing to try an action.
func (s Scope) why(action string) string {
	switch {
	case action == filterLogEvents.action() && len(s.LogGroups) == 0:
		return "the configuration names no log group (aws.log-groups)"
	case action == getFunctionConfiguration.action() && s.Function == "":
		return "the checker does not run as a Lambda function here"
	}
	return "there was nothing to try it on, or what comes before it was not allowed"
}

// limitsOf is what the diagnosis cannot tell without an action.
func limitsOf(action string) (limits []string) {
	for _, info := range topology.Kinds {
		if info.Action == action || slices.Contains(info.Also, action) {
			if !slices.Contains(limits, info.Tells) {
				limits = append(limits, info.Tells)
			}
		}
	}
	return limits
}
