package awsapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"hokus.ai/tidewatch/lambda/internal/redact"
)

// Failure is a call to AWS that did not do what it should.
type Failure struct {
	Doing    string // what was wanted, such as "reading the state from the table tidewatch"
	Action   string // as policies name it, such as "dynamodb:GetItem"
	Region   string
	Code     string // of AWS; "" if no answer came
	Message  string // of AWS, clean
	Status   int    // of HTTP; 0 if no answer came
	Attempts int    // 0: not known
	Took     time.Duration
	kind     kind
	cause    error
}

// kind is what a reader has to do about a failure.
type kind int

const (
	other       kind = iota
	keys             // no credentials, or refused ones
	denied           // no permission
	sealed           // the KMS key cannot be used
	missing          // what was asked for does not exist
	throttled        // too much at once
	unavailable      // AWS answers that it has a problem
	slow             // no answer in time
	unreachable      // no connection
	broken           // a connection that ended before the answer
	canceled         // the caller gave up
)

// kinds has the kind of each code that AWS answers.
var kinds = map[string]kind{
	"AccessDenied": denied, "AccessDeniedException": denied, "AuthorizationError": denied, "NotAuthorized": denied, "UnauthorizedOperation": denied,

	"ExpiredToken": keys, "ExpiredTokenException": keys, "InvalidClientTokenId": keys, "UnrecognizedClientException": keys,
	"AuthFailure": keys, "SignatureDoesNotMatch": keys, "InvalidSignatureException": keys, "IncompleteSignature": keys, "InvalidSecurity": keys,
	"MissingAuthenticationToken": keys, "MissingAuthenticationTokenException": keys, "RequestExpired": keys,

	"KMSAccessDenied": sealed, "KMSDisabled": sealed, "KMSInvalidState": sealed, "KMSNotFound": sealed, "KMSOptInRequired": sealed,
	"DecryptionFailure": sealed, "InvalidKeyId": sealed,

	"ResourceNotFoundException": missing, "ResourceNotFound": missing, "NotFound": missing, "NotFoundException": missing,
	"ParameterNotFound": missing, "ParameterVersionNotFound": missing, "ClusterNotFoundException": missing, "ServiceNotFoundException": missing,
	"LoadBalancerNotFound": missing, "ListenerNotFound": missing, "TargetGroupNotFound": missing, "RuleNotFound": missing,
	"NoSuchHostedZone": missing, "ServiceNotFound": missing, "NamespaceNotFound": missing,
	"InvalidPrefixListID.NotFound": missing, "InvalidPrefixListId.NotFound": missing, "InvalidVpcID.NotFound": missing,
	"DBInstanceNotFound": missing, "DBInstanceNotFoundFault": missing,

	"Throttled": throttled, "KMSThrottling": throttled, "Throttling": throttled, "ThrottlingException": throttled,
	"ProvisionedThroughputExceededException": throttled, "RequestLimitExceeded": throttled, "TooManyRequestsException": throttled,
	"RequestThrottled": throttled, "RequestThrottledException": throttled, "ThrottledException": throttled, "EC2ThrottledException": throttled,
	"SlowDown": throttled, "BandwidthLimitExceeded": throttled, "PriorRequestNotComplete": throttled,
}

// trial is what is known of a call beside its error.
type trial struct {
	doing    string
	action   string // "": that of the SDK's operation
	region   string
	started  time.Time
	attempts int
}

// failed makes a Failure of an error, whichever way the call was made.
func (c *Client) failed(err error, t trial) error {
	f := &Failure{Doing: t.doing, Action: t.action, Region: t.region, Attempts: t.attempts, Took: time.Since(t.started), cause: err}
	if f.Region == "" {
		f.Region = c.config.Region
	}
	if op, ok := errors.AsType[*smithy.OperationError](err); ok && f.Action == "" {
		f.Action = strings.ToLower(op.Service()) + ":" + op.Operation()
	}
	if spent, ok := errors.AsType[*retry.MaxAttemptsError](err); ok {
		f.Attempts = spent.Attempt
	}
	if answered, ok := errors.AsType[interface {
		error
		HTTPStatusCode() int
	}](err); ok {
		f.Status = answered.HTTPStatusCode()
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		f.Code, f.Message = redact.Text(api.ErrorCode()), redact.Text(api.ErrorMessage())
	}
	f.kind = f.classify()
	return f
}

func (f *Failure) classify() kind {
	if k, ok := kinds[f.Code]; ok {
		return k
	}
	if _, ok := errors.AsType[NoKeys](f.cause); ok {
		return keys
	}
	switch {
	case f.Status == 429:
		return throttled
	case f.Status >= 500:
		return unavailable
	case f.Code != "" || f.Status >= 300:
		return other
	case errors.Is(f.cause, context.Canceled):
		return canceled
	}
	if late, ok := errors.AsType[net.Error](f.cause); errors.Is(f.cause, context.DeadlineExceeded) || (ok && late.Timeout()) {
		return slow
	}
	if _, ok := errors.AsType[*net.DNSError](f.cause); ok {
		return unreachable
	}
	if op, ok := errors.AsType[*net.OpError](f.cause); ok && op.Op == "dial" {
		return unreachable
	}
	if _, ok := errors.AsType[net.Error](f.cause); ok {
		return broken
	}
	return other
}

// Temporary reports whether the same call may succeed later without anybody
// doing anything.
func (f *Failure) Temporary() bool { return f.kind >= throttled }

// Unwrap returns what the network or the SDK said.
func (f *Failure) Unwrap() error { return f.cause }

// Error is one sentence.
func (f *Failure) Error() string {
	service, _, _ := strings.Cut(f.Action, ":")
	var why string
	switch f.kind {
	case keys:
		why = f.said("AWS does not accept the credentials")
		if none, ok := errors.AsType[NoKeys](f.cause); ok {
			why = none.Error()
		}
	case denied:
		why = f.said("the role may not do this: its policy needs " + f.Action)
	case sealed:
		why = f.said(f.sealedHint())
	case missing:
		why = f.said("it does not exist in " + f.Region)
	case throttled:
		why = f.said(service + " takes no more requests at the moment")
	case unavailable:
		why = f.said(service + " has a problem")
	case slow:
		why = fmt.Sprintf("no answer from %s within %.1f s", service, f.Took.Seconds())
		if f.Took < 50*time.Millisecond {
			why = "no time was left to ask " + service
		}
	case unreachable:
		why = fmt.Sprintf("%s cannot be reached from here (%s): the network needs a route to it, or a VPC endpoint for it", service, networkReason(f.cause))
	case broken:
		why = fmt.Sprintf("the connection to %s gave no answer (%s)", service, networkReason(f.cause))
	case canceled:
		why = "the run ended before there was an answer"
	default:
		why = f.said(service + " refuses the request")
		if f.Code == "" {
			why = f.said("the call to " + service + " did not work")
		}
	}
	return f.Doing + ": " + why
}

func (f *Failure) sealedHint() string {
	if f.Action == "sns:Publish" {
		return "the KMS key of the topic cannot be used: it must be enabled, and the role needs kms:GenerateDataKey and kms:Decrypt on it"
	}
	return "the KMS key that seals it cannot be used: it must be enabled, and the role needs kms:Decrypt on it"
}

// said adds in brackets what AWS answered.
func (f *Failure) said(hint string) string {
	var parts []string
	switch {
	case f.Code != "":
		parts = append(parts, f.Code)
	case f.Status != 0:
		parts = append(parts, fmt.Sprintf("HTTP status %d", f.Status))
	}
	if f.Attempts > 1 {
		parts = append(parts, fmt.Sprintf("%d attempts", f.Attempts))
	}
	said := strings.Join(parts, ", ")
	switch {
	case f.Message != "" && said != "":
		said += ": " + f.Message
	case said == "" && f.cause != nil:
		said = redact.Text(innermost(f.cause))
	}
	if said == "" {
		return hint
	}
	return hint + " (" + said + ")"
}

// networkReason leaves out the wrapping that repeats URL and operation.
func networkReason(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "the name " + dns.Name + " has no address: " + dns.Err
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return redact.Text(op.Error())
	}
	return redact.Text(innermost(err))
}

func innermost(err error) string {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err.Error()
}
