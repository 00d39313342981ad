package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// statuses have what to do about each status of a database that does not
// serve. Others than these and those that serve are told as they are.
var statuses = map[string]string{
	"storage-full":                        "give it more storage",
	"stopped":                             "start it",
	"stopping":                            "wait until it has stopped, then start it",
	"starting":                            "wait until it has started",
	"rebooting":                           "wait until it has started again",
	"failed":                              "restore it from a snapshot or to a point in time",
	"restore-error":                       "restore it again",
	"incompatible-parameters":             "correct its parameter group and reboot it",
	"incompatible-network":                "correct its subnets and start it",
	"inaccessible-encryption-credentials": "enable its KMS key again",
	"maintenance":                         "wait until its maintenance ends",
	"upgrading":                           "wait until its upgrade ends",
	"deleting":                            "restore it if that was not meant",
	"insufficient-capacity":               "choose another instance class or zone",
}

// serving are statuses in which a database answers.
var serving = []string{"available", "backing-up", "configuring-enhanced-monitoring", "storage-optimization", "modifying", "configuring-log-exports", "storage-config-upgrade", "storage-initialization", "configuring-iam-database-auth", "configuring-associated-roles", "resetting-master-credentials", "delete-precheck", "moving-to-vpc"}

// exhausted are lines of logs that tell of a database which runs and has no more to give.
var exhausted = []string{"too many connections", "remaining connection slots are reserved", "no space left on device", "disk full"}

// lookAtDatabase is D34: the status of a database of RDS, what happened to it,
// and then the way there.
func (w *walk) lookAtDatabase(c chain, e call) Verdict {
	all := get(w, w.facts.Databases, topology.Databases, "")
	i := slices.IndexFunc(all.Value, func(d topology.Database) bool { return d.Host == e.to.Host })
	if all.State != topology.Known {
		return Unclear
	}
	if i < 0 {
		return NotApplicable // a cluster endpoint, or one of another account
	}
	d := all.Value[i]
	full := ""
	if e.failing != nil {
		for _, text := range exhausted {
			if strings.Contains(strings.ToLower(e.failing.Sample), text) {
				full = text
			}
		}
	}
	if !slices.Contains(serving, d.Status) || full != "" {
		w.broken(w.databaseDown(e, d, all.Status, full))
		return Broken
	}
	w.clear(DepDatabaseDown, told(all.Status, fmt.Sprintf("the database %s is %s", d.ID, d.Status)))
	for _, address := range hint(w, w.facts.Lookups, topology.Lookups, d.Host).Value {
		if address.IsPrivate() {
			return w.lookAtAddress(c, e, address.String())
		}
	}
	return w.lookAtWayTo(c, e, w.endOfDatabase(d))
}

// endOfDatabase is a database whose address is not known: it may be in any of its subnets.
func (w *walk) endOfDatabase(d topology.Database) end {
	to := end{name: "the database " + d.ID, groups: d.SecurityGroups, subnets: d.Subnets}
	if len(d.Subnets) > 0 {
		to.vpc = get(w, w.facts.Subnets, topology.Subnets, d.Subnets[0]).Value.VPC
	}
	to.address = netip.Addr{}
	return to
}

func (w *walk) databaseDown(e call, d topology.Database, read topology.Status, full string) candidate {
	c := w.ofCall(DepDatabaseDown, d.ID, e)
	c.evidence = append(c.evidence, told(read, fmt.Sprintf("the database %s (%s) is %s", d.ID, d.Engine, d.Status)))
	since := ""
	events := hint(w, w.facts.DatabaseEvents, topology.DatabaseEvents, d.ID)
	if len(events.Value) > 0 {
		newest := events.Value[0]
		since = fmt.Sprintf(", at %s: %s", clock(newest.At), newest.Text)
		c.evidence = append(c.evidence, told(events.Status, fmt.Sprintf("%s at %s: %q", d.ID, clock(newest.At), newest.Text)))
	}
	c.say = func([]string) string {
		if full != "" {
			return fmt.Sprintf("the database %s, which %s calls, runs and refuses: %s", d.ID, e.caller, full)
		}
		return fmt.Sprintf("the database %s, which %s calls, is %s%s", d.ID, e.caller, d.Status, since)
	}
	c.verify = []string{"aws rds describe-db-instances --query 'DBInstances[].[DBInstanceIdentifier,DBInstanceStatus]' --output table --region " + w.facts.Region}
	a := Action{Priority: "P0", Mutates: true, Risk: "the data are at stake, so the owner of the database decides", DoneWhen: d.ID + " is available", Done: Test{FindingGone, c.key()}}
	do := statuses[d.Status]
	switch {
	case full == exhausted[0] || full == exhausted[1]:
		do = "close connections that are not used, bound the pools of its clients, or raise max_connections"
	case full != "":
		do = statuses["storage-full"]
	case do == "":
		do = "find out from its events why it is " + d.Status
	}
	switch d.Status {
	case "stopped":
		a.Command = fmt.Sprintf("aws rds start-db-instance --db-instance-identifier %s --region %s", d.ID, w.facts.Region)
	case "storage-full":
		a.Command = fmt.Sprintf("aws rds modify-db-instance --db-instance-identifier %s --allocated-storage GIB --apply-immediately --region %s", d.ID, w.facts.Region)
	}
	a.Do = fmt.Sprintf("%s: %s", d.ID, do)
	c.actions = []Action{a}
	return c
}
