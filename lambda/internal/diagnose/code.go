// Package diagnose finds out why endpoints fail. It is pure: what probes saw
// and what was read of the infrastructure go in; findings and what is still
// wanted come out, the same for the same input. It walks the path of every
// failing request hop by hop, takes as its cause the first broken hop that
// predicts exactly what was seen, folds causes that many endpoints share, and
// says what was ruled out and what could not be read.
package diagnose

import (
	"slices"
	"sync"
)

// Code names a failure mode. The table below has all of them; documentation
// and tests are made from it.
type Code string

// Hop is a station on the way of a request. The order is that of the way.
type Hop int

// The hops.
const (
	HopProbe Hop = iota
	HopDNS
	HopBalancer
	HopListener
	HopTLS
	HopRule
	HopGroup
	HopTarget
	HopNetwork
	HopService
	HopApp
	HopDependency
)

var hopNames = [...]string{"probe", "DNS", "load balancer", "listener", "TLS", "rule", "target group", "target", "network to the target", "service", "application", "dependency"}

// String is the hop's name in reports.
func (h Hop) String() string {
	if h < 0 || int(h) >= len(hopNames) {
		return "unknown hop"
	}
	return hopNames[h]
}

// MarshalText writes the name.
func (h Hop) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText writes; a name of another version is an
// unknown hop.
func (h *Hop) UnmarshalText(text []byte) error {
	*h = Hop(slices.Index(hopNames[:], string(text)))
	return nil
}

// The codes.
const (
	DNSNoRecord          Code = "DNS_NO_RECORD"
	DNSDanglingAlias     Code = "DNS_DANGLING_ALIAS"
	DNSPrivateZone       Code = "DNS_PRIVATE_ZONE_UNREACHABLE"
	LBInternalScheme     Code = "LB_INTERNAL_SCHEME"
	LBNoListener         Code = "LB_NO_LISTENER"
	LBSecurityGroup      Code = "LB_SG_INGRESS"
	LBSubnetRoute        Code = "LB_SUBNET_ROUTE"
	TLSExpired           Code = "TLS_EXPIRED"
	TLSNameMismatch      Code = "TLS_NAME_MISMATCH"
	TLSRenewalAtRisk     Code = "TLS_RENEWAL_AT_RISK"
	RuleDefaultFixed     Code = "RULE_DEFAULT_FIXED"
	RuleShadowed         Code = "RULE_SHADOWED"
	RuleNearMiss         Code = "RULE_PATTERN_NEAR_MISS"
	GroupEmpty           Code = "TG_EMPTY"
	GroupHealth404       Code = "TG_HC_404"
	GroupHealth401       Code = "TG_HC_401_403"
	GroupTimeout         Code = "TG_TIMEOUT_APP"
	GroupRefused         Code = "TG_REFUSED"
	GroupStaleTarget     Code = "TG_STALE_TARGET"
	NetTargetGroup       Code = "NET_TARGET_SG"
	NetACL               Code = "NET_NACL"
	ECSImagePull         Code = "ECS_IMAGE_PULL"
	ECSResourceInit      Code = "ECS_RESOURCE_INIT"
	ECSCrashLoop         Code = "ECS_CRASH_LOOP"
	ECSOutOfMemory       Code = "ECS_OOM"
	ECSHealthKill        Code = "ECS_HC_KILL"
	ECSDeployFailed      Code = "ECS_DEPLOY_FAILED"
	App5xx               Code = "APP_5XX"
	AppSlowPath          Code = "APP_SLOW_PATH"
	DepStaleAddress      Code = "DEP_STALE_IP"
	DepSecurityGroup     Code = "DEP_SG"
	DiscoveryNoInstances Code = "SD_NO_INSTANCES"
	MLflowInvalidHost    Code = "MLFLOW_INVALID_HOST"
	DepDatabaseDown      Code = "DEP_DB_DOWN"
	SelfNoEgress         Code = "SELF_NO_EGRESS"
	SelfAccessDenied     Code = "SELF_ACCESS_DENIED"
	SelfBudget           Code = "SELF_BUDGET"
	ProbeStalePath       Code = "PROBE_STALE_PATH"
	ProbeTimeoutTooShort Code = "PROBE_TIMEOUT_TOO_SHORT"
	AssertDegradedBody   Code = "ASSERT_DEGRADED_BODY"
)

// Mode documents one failure mode.
type Mode struct {
	ID       string // D01 to D40
	Code     Code
	Hop      Hop
	Severity Severity // for a critical endpoint
	Title    string
	// Onward: what is broken here has its reason further on. Where a later hop
	// explains it, that one is the cause and this one its consequence.
	Onward  bool
	Actions []string // of AWS, that decide it; without them it is never proven
}

const (
	elb = "elasticloadbalancing:"
	ec2 = "ec2:"
	ecs = "ecs:"
)

// Modes is the closed table.
var Modes = []Mode{
	{"D01", DNSNoRecord, HopDNS, S2, "name does not exist", false, []string{"route53:ListHostedZonesByName", "route53:ListResourceRecordSets"}},
	{"D02", DNSDanglingAlias, HopDNS, S1, "record points to a deleted load balancer", false, []string{"route53:ListResourceRecordSets", elb + "DescribeLoadBalancers"}},
	{"D03", DNSPrivateZone, HopDNS, S2, "private name does not resolve in the VPC", false, []string{"route53:ListHostedZonesByName", "ec2:DescribeVpcs"}},
	{"D04", LBInternalScheme, HopBalancer, S2, "internal load balancer probed from outside", false, []string{elb + "DescribeLoadBalancers"}},
	{"D05", LBNoListener, HopListener, S1, "no listener on the port", false, []string{elb + "DescribeListeners"}},
	{"D06", LBSecurityGroup, HopBalancer, S1, "security group of the load balancer blocks the client", false, []string{ec2 + "DescribeSecurityGroups"}},
	{"D07", LBSubnetRoute, HopBalancer, S1, "subnet of the load balancer is not public", false, []string{ec2 + "DescribeRouteTables"}},
	{"D08", TLSExpired, HopTLS, S1, "certificate expired", false, []string{elb + "DescribeListenerCertificates", "acm:DescribeCertificate"}},
	{"D09", TLSNameMismatch, HopTLS, S1, "certificate does not cover the name", false, []string{elb + "DescribeListenerCertificates", "acm:DescribeCertificate"}},
	{"D10", TLSRenewalAtRisk, HopTLS, S4, "certificate will not renew", false, []string{"acm:DescribeCertificate"}},
	{"D11", RuleDefaultFixed, HopRule, S1, "no rule matches, the default action answers", false, []string{elb + "DescribeRules"}},
	{"D12", RuleShadowed, HopRule, S2, "an earlier rule takes the request", false, []string{elb + "DescribeRules"}},
	{"D13", RuleNearMiss, HopRule, S2, "a rule misses the path or host by a little", false, []string{elb + "DescribeRules"}},
	{"D14", GroupEmpty, HopGroup, S1, "target group has no targets", true, []string{elb + "DescribeTargetHealth"}},
	{"D15", GroupHealth404, HopTarget, S2, "health check asks for a path that does not exist", false, []string{elb + "DescribeTargetHealth"}},
	{"D16", GroupHealth401, HopTarget, S2, "health check is refused", false, []string{elb + "DescribeTargetHealth"}},
	{"D17", GroupTimeout, HopApp, S1, "target accepts but does not answer", true, []string{elb + "DescribeTargetHealth", ec2 + "DescribeSecurityGroups"}},
	{"D18", GroupRefused, HopTarget, S1, "nothing listens on the target's port", true, []string{elb + "DescribeTargetHealth"}},
	{"D19", GroupStaleTarget, HopTarget, S3, "target is an address that nobody owns", false, []string{elb + "DescribeTargetHealth", ec2 + "DescribeNetworkInterfaces"}},
	{"D20", NetTargetGroup, HopNetwork, S1, "security group of the target does not admit the load balancer", false, []string{ec2 + "DescribeNetworkInterfaces", ec2 + "DescribeSecurityGroups"}},
	{"D21", NetACL, HopNetwork, S1, "network ACL, or a route, stops the request or the answer", false, []string{ec2 + "DescribeNetworkAcls"}},
	{"D22", ECSImagePull, HopService, S1, "image cannot be pulled", false, []string{ecs + "DescribeTasks"}},
	{"D23", ECSResourceInit, HopService, S1, "secrets or parameters cannot be read", false, []string{ecs + "DescribeTasks"}},
	{"D24", ECSCrashLoop, HopService, S1, "containers crash at startup", false, []string{ecs + "DescribeTasks"}},
	{"D25", ECSOutOfMemory, HopService, S2, "container is out of memory", false, []string{ecs + "DescribeTasks"}},
	{"D26", ECSHealthKill, HopService, S1, "ECS stops tasks whose health checks fail", true, []string{ecs + "DescribeTasks"}},
	{"D27", ECSDeployFailed, HopService, S2, "deployment failed or was rolled back", false, []string{ecs + "DescribeServices"}},
	{"D28", App5xx, HopApp, S1, "application answers 5xx", true, []string{"logs:FilterLogEvents"}},
	{"D29", AppSlowPath, HopApp, S2, "one path is slower than the idle timeout", true, []string{elb + "DescribeLoadBalancerAttributes"}},
	{"D30", DepStaleAddress, HopDependency, S1, "hard-coded address that nobody owns", false, []string{ec2 + "DescribeNetworkInterfaces"}},
	{"D31", DepSecurityGroup, HopDependency, S1, "security group of a dependency blocks the caller", false, []string{ec2 + "DescribeSecurityGroups"}},
	{"D32", DiscoveryNoInstances, HopDependency, S1, "discovery name without instances", false, []string{"servicediscovery:ListInstances"}},
	{"D33", MLflowInvalidHost, HopApp, S1, "MLflow refuses the Host header", false, nil},
	{"D34", DepDatabaseDown, HopDependency, S1, "database is unavailable", false, []string{"rds:DescribeDBInstances"}},
	{"D35", SelfNoEgress, HopProbe, S2, "the checker cannot reach the internet", false, []string{"lambda:GetFunctionConfiguration", ec2 + "DescribeRouteTables"}},
	{"D36", SelfAccessDenied, HopProbe, S4, "the checker lacks a permission", false, nil},
	{"D37", SelfBudget, HopProbe, S4, "the diagnosis was throttled or ran out of time", false, nil},
	{"D38", ProbeStalePath, HopApp, S4, "the probe asks for what cannot exist", false, nil},
	{"D39", ProbeTimeoutTooShort, HopProbe, S4, "the probe's limit hides the load balancer's answer", true, []string{elb + "DescribeLoadBalancerAttributes"}},
	{"D40", AssertDegradedBody, HopApp, S3, "answers 200 but says that it is degraded", true, nil},
}

// ModeOf returns the row of a code, of a failure mode or of what is wrong
// although nothing fails; false if there is none.
func ModeOf(code Code) (Mode, bool) {
	m, known := modesByCode()[code]
	return m, known
}

// modesByCode are both tables: candidates are asked for their modes all the
// time.
var modesByCode = sync.OnceValue(func() map[Code]Mode {
	byCode := map[Code]Mode{}
	for _, m := range slices.Concat(Modes, LatentModes) {
		byCode[m.Code] = m
	}
	return byCode
})

// ModeByID returns the row of D01 to D40; false if there is none.
func ModeByID(id string) (Mode, bool) {
	for _, m := range Modes {
		if m.ID == id {
			return m, true
		}
	}
	return Mode{}, false
}
