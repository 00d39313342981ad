package awsapi

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// put keeps a fact that the kind's own action told now.
func put[T any](r *reading, table *topology.Table[T], kind topology.Kind, key string, value T) {
	info, _ := kind.Info()
	r.mu.Lock()
	defer r.mu.Unlock()
	table.Put(key, topology.KnownFact(value, info.Action, r.limits.Now()))
}

// putList keeps a list, or what went wrong with it.
func putList[T any](r *reading, table *topology.Table[[]T], kind topology.Kind, key string, list []T, err error) {
	if err != nil {
		r.fail(kind, key, err)
		return
	}
	put(r, table, kind, key, list)
}

// missing notes that AWS answered that there is no such thing.
func (r *reading) missing(kind topology.Kind, key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to.Missing(topology.Want{Kind: kind, Key: key}, r.limits.Now())
}

// unsupported notes that a key is of a kind that cannot be asked for.
func (r *reading) unsupported(kind topology.Kind, key, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to.Fail(topology.Want{Kind: kind, Key: key}, topology.Unsupported, why)
}

// whys has the reason for each kind of failure; others are Failed.
var whys = map[kind]topology.Why{
	keys: topology.Denied, denied: topology.Denied, sealed: topology.Denied, throttled: topology.Throttled,
	slow: topology.TimedOut, unreachable: topology.TimedOut,
	other: topology.Failed, unavailable: topology.Failed, broken: topology.Failed,
}

// errLeftOut is for a thing that an answer says nothing of, not even that it is
// not there.
var errLeftOut = errors.New("the answer does not speak of it")

// fail notes an error for a want: absent only where AWS says that the thing
// does not exist, and never for a thing of another account, which AWS hides.
func (r *reading) fail(kind topology.Kind, key string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	want := topology.Want{Kind: kind, Key: key}
	f, answered := errors.AsType[*Failure](err)
	switch {
	case errors.Is(err, errSpent):
		r.to.Fail(want, topology.Budget, err.Error())
	case !answered:
		r.to.Fail(want, topology.Failed, redact.Text(err.Error()))
	case (f.kind == missing || f.kind == denied) && foreign(key, r.to.Account):
		r.to.FailAt(want, f.Action, topology.CrossAccount, f.Code)
	case f.kind == canceled:
		r.to.FailAt(want, f.Action, topology.Budget, r.noTime().Error())
	case f.kind == missing:
		r.to.Missing(want, r.limits.Now())
	default:
		r.to.FailAt(want, f.Action, cmp.Or(whys[f.kind], topology.Failed), f.detail())
	}
}

// detail is what a report may show of a failure: the code, where there is one.
// The message of a refusal names roles and resources, and is left out.
func (f *Failure) detail() string {
	switch {
	case f.Code != "":
		return redact.Text(redact.Cut(f.Code, 100, false))
	case f.Status != 0:
		return fmt.Sprintf("HTTP status %d", f.Status)
	case f.cause != nil:
		return redact.Cut(networkReason(f.cause), 200, false)
	}
	return ""
}

// foreign reports whether a key is, or begins with, an ARN of another account.
func foreign(key, account string) bool {
	of := accountOf(key)
	return account != "" && of != "" && of != account
}

// accountOf is the account that an ARN names; "" if it names none.
func accountOf(name string) string {
	parsed, err := arn.Parse(name)
	if err != nil || strings.Trim(parsed.AccountID, "0123456789") != "" {
		return ""
	}
	return parsed.AccountID
}

// own notes the account that owns a thing which only its owner can list.
func (r *reading) own(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.to.Account == "" {
		r.to.Account = accountOf(name)
	}
}
