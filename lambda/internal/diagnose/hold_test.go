package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// began lets a deployment of the sample's service be under way: its tasks need
// a minute of grace and five checks of half a minute to count as healthy.
func began(s *topology.Snapshot, ago time.Duration, rollout string) {
	ofService(s, func(v *topology.Service) {
		v.GracePeriod = time.Minute
		v.Deployments = []topology.Deployment{
			{ID: "ecs-svc/1", Status: "ACTIVE", Rollout: "COMPLETED", Created: noon.Add(-24 * time.Hour)},
			{ID: "ecs-svc/2", Status: "PRIMARY", Rollout: rollout, TaskDefinition: taskDefARN, Created: noon.Add(-ago), Desired: 1},
		}
	})
	s.TargetGroups.Put("", know([]topology.TargetGroup{{ARN: groupARN, Name: "api", Port: 8001, TargetType: "ip", Health: topology.HealthCheck{Path: "/health", Interval: 30 * time.Second, HealthyThreshold: 5}}}, "elasticloadbalancing:DescribeTargetGroups"))
}

// While a deployment is within its normal time nothing about targets and tasks
// is proven, and why is said; what lies before them is as sure as ever.
func TestDeploymentsHoldWhatIsSaidOfTargets(t *testing.T) {
	t.Parallel()
	blocked := func() *topology.Snapshot { s := sample(); closedGroup(s); return s }
	crashed := func() *topology.Snapshot { return down(ended("t1", 1, nil), ended("t2", 2, nil)) }
	empty := func() *topology.Snapshot {
		s := sample()
		s.TargetHealth.Put(groupARN, know([]topology.Target{}, "elasticloadbalancing:DescribeTargetHealth"))
		return s
	}
	for name, c := range map[string]struct {
		facts   func() *topology.Snapshot
		symptom Symptom
		code    Code
		ago     time.Duration
		rollout string
		level   Level
	}{
		"just begun":              {blocked, gateway504("/api/v1/x", 10*time.Second), NetTargetGroup, 2 * time.Minute, "IN_PROGRESS", Likely},
		"longer than normal":      {blocked, gateway504("/api/v1/x", 10*time.Second), NetTargetGroup, 4 * time.Minute, "IN_PROGRESS", Proven},
		"over":                    {blocked, gateway504("/api/v1/x", 10*time.Second), NetTargetGroup, 2 * time.Minute, "COMPLETED", Proven},
		"no targets, just begun":  {empty, gateway(503, 0), GroupEmpty, time.Minute, "IN_PROGRESS", Likely},
		"tasks crash, just begun": {crashed, gateway5xx(503, 0), ECSCrashLoop, 2 * time.Minute, "IN_PROGRESS", Likely},
		"tasks crash, long ago":   {crashed, gateway5xx(503, 0), ECSCrashLoop, 30 * time.Minute, "COMPLETED", Proven},
		"no rule, just begun":     {sample, notFound("/health"), RuleDefaultFixed, time.Minute, "IN_PROGRESS", Proven},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.facts()
			began(s, c.ago, c.rollout)
			f := only(t, Diagnose(caseOf(s, c.symptom)), c.code, Cause)
			held := slices.ContainsFunc(f.Inferred, func(link string) bool { return strings.Contains(link, "the deployment of api, which began at") })
			if f.Level != c.level || held != (c.level == Likely) {
				t.Errorf("%s %q %+v", f.Level, f.Inferred, f.Gaps)
			}
		})
	}
}
