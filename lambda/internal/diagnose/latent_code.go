package diagnose

// The codes of what is wrong although nothing fails, and is no failure mode by
// itself. What is one has the code of that mode.
const (
	LiteralAddress  Code = "LITERAL_ADDRESS"
	GroupUnused     Code = "TG_UNUSED_TARGETS"
	MatcherHides    Code = "TG_MATCHER_HIDES_ERRORS"
	ListenerNowhere Code = "LISTENER_REACHES_NOTHING"
	RulePlainOnly   Code = "RULE_WITHOUT_TLS_ONLY"
	RegistryGone    Code = "SD_REGISTRY_GONE"
)

// LatentModes is the closed table of these codes.
var LatentModes = []Mode{
	{"L01", LiteralAddress, HopDependency, S4, "private address written into a task definition", false, []string{ecs + "DescribeTaskDefinition"}},
	{"L02", GroupUnused, HopTarget, S4, "registered targets get no requests", false, []string{elb + "DescribeTargetGroups", elb + "DescribeTargetHealth"}},
	{"L03", MatcherHides, HopTarget, S4, "health check accepts errors", false, []string{elb + "DescribeTargetGroups"}},
	{"L04", ListenerNowhere, HopListener, S4, "listener reaches nothing", false, []string{elb + "DescribeRules"}},
	{"L05", RulePlainOnly, HopRule, S4, "reached without TLS only", false, []string{elb + "DescribeRules"}},
	{"L06", RegistryGone, HopDependency, S4, "service registers under a discovery name that is gone", false, []string{ecs + "DescribeServices", "servicediscovery:ListServices"}},
}

// Gravity has every code that Latents may find, the worst first: what will break
// by itself, what breaks with the next request, what hides an outage.
var Gravity = []Code{
	TLSExpired, TLSRenewalAtRisk, DepStaleAddress, DiscoveryNoInstances, ListenerNowhere, GroupEmpty, GroupStaleTarget,
	RegistryGone, GroupUnused, RuleShadowed, RulePlainOnly, MatcherHides, LiteralAddress,
}
