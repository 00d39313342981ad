package topology

import (
	"net/netip"
	"time"
)

// SnapshotVersion is that of the saved form.
const SnapshotVersion = 1

// Snapshot is everything that was read for one diagnosis: a table for each
// kind of fact. It is filled by one goroutine, and not changed while a
// diagnosis reads it.
type Snapshot struct {
	Version int       `json:"version"`
	Region  string    `json:"region"`
	Account string    `json:"account,omitempty"`
	From    time.Time `json:"from,omitzero"` // logs and changes are read from here on

	LoadBalancers        Table[[]LoadBalancer]        `json:"load_balancers,omitempty"`
	LoadBalancerSettings Table[BalancerAttributes]    `json:"load_balancer_attributes,omitempty"`
	Listeners            Table[[]Listener]            `json:"listeners,omitempty"`
	Rules                Table[[]Rule]                `json:"rules,omitempty"`
	ListenerCertificates Table[[]ListenerCertificate] `json:"listener_certificates,omitempty"`
	TargetGroups         Table[[]TargetGroup]         `json:"target_groups,omitempty"`
	TargetHealth         Table[[]Target]              `json:"target_health,omitempty"`

	ServiceNames       Table[[]string]            `json:"service_names,omitempty"`
	Services           Table[Service]             `json:"services,omitempty"`
	RunningTasks       Table[[]Task]              `json:"running_tasks,omitempty"`
	StoppedTasks       Table[[]Task]              `json:"stopped_tasks,omitempty"`
	TaskDefinitions    Table[TaskDefinition]      `json:"task_definitions,omitempty"`
	ServiceDeployments Table[[]ServiceDeployment] `json:"service_deployments,omitempty"`

	InterfacesByAddress Table[Interface]     `json:"interfaces_by_address,omitempty"`
	Interfaces          Table[Interface]     `json:"interfaces,omitempty"`
	SecurityGroups      Table[SecurityGroup] `json:"security_groups,omitempty"`
	PrefixLists         Table[[]string]      `json:"prefix_lists,omitempty"`
	Subnets             Table[Subnet]        `json:"subnets,omitempty"`
	NetworkACLs         Table[[]NetworkACL]  `json:"network_acls,omitempty"`
	RouteTables         Table[[]RouteTable]  `json:"route_tables,omitempty"`
	VPCs                Table[VPC]           `json:"vpcs,omitempty"`
	VPCEndpoints        Table[[]Endpoint]    `json:"vpc_endpoints,omitempty"`

	Zones              Table[[]Zone]              `json:"zones,omitempty"`   // those that the name lies in, the longest first
	Records            Table[[]Record]            `json:"records,omitempty"` // of that very name, or of the wildcard that answers for it
	DiscoveryServices  Table[[]DiscoveryService]  `json:"discovery_services,omitempty"`
	DiscoveryInstances Table[[]DiscoveryInstance] `json:"discovery_instances,omitempty"`
	Certificates       Table[Certificate]         `json:"certificates,omitempty"`
	Databases          Table[[]Database]          `json:"databases,omitempty"`
	DatabaseEvents     Table[[]Event]             `json:"database_events,omitempty"`
	Logs               Table[[]LogPattern]        `json:"logs,omitempty"` // the most frequent first
	Changes            Table[[]Change]            `json:"changes,omitempty"`
	OwnNetwork         Table[Checker]             `json:"own_network,omitempty"` // absent: the checker is in no VPC

	Dials   Table[Dial]         `json:"dial,omitempty"`
	Asks    Table[Answer]       `json:"ask,omitempty"`
	Slow    Table[Answer]       `json:"slow,omitempty"`
	Lookups Table[[]netip.Addr] `json:"lookup,omitempty"`
}

// table is what all tables have in common.
type table interface {
	status(key string) Status
	give(key string, s Status)
	take(from table, key string) bool
	read(text []byte) error
}

// tables finds that of each kind in a snapshot.
var tables = map[Kind]func(*Snapshot) table{
	LoadBalancers:        func(s *Snapshot) table { return &s.LoadBalancers },
	LoadBalancerSettings: func(s *Snapshot) table { return &s.LoadBalancerSettings },
	Listeners:            func(s *Snapshot) table { return &s.Listeners },
	Rules:                func(s *Snapshot) table { return &s.Rules },
	ListenerCertificates: func(s *Snapshot) table { return &s.ListenerCertificates },
	TargetGroups:         func(s *Snapshot) table { return &s.TargetGroups },
	TargetHealth:         func(s *Snapshot) table { return &s.TargetHealth },
	ServiceNames:         func(s *Snapshot) table { return &s.ServiceNames },
	Services:             func(s *Snapshot) table { return &s.Services },
	RunningTasks:         func(s *Snapshot) table { return &s.RunningTasks },
	StoppedTasks:         func(s *Snapshot) table { return &s.StoppedTasks },
	TaskDefinitions:      func(s *Snapshot) table { return &s.TaskDefinitions },
	ServiceDeployments:   func(s *Snapshot) table { return &s.ServiceDeployments },
	InterfacesByAddress:  func(s *Snapshot) table { return &s.InterfacesByAddress },
	Interfaces:           func(s *Snapshot) table { return &s.Interfaces },
	SecurityGroups:       func(s *Snapshot) table { return &s.SecurityGroups },
	PrefixLists:          func(s *Snapshot) table { return &s.PrefixLists },
	Subnets:              func(s *Snapshot) table { return &s.Subnets },
	NetworkACLs:          func(s *Snapshot) table { return &s.NetworkACLs },
	RouteTables:          func(s *Snapshot) table { return &s.RouteTables },
	VPCs:                 func(s *Snapshot) table { return &s.VPCs },
	VPCEndpoints:         func(s *Snapshot) table { return &s.VPCEndpoints },
	Zones:                func(s *Snapshot) table { return &s.Zones },
	Records:              func(s *Snapshot) table { return &s.Records },
	DiscoveryServices:    func(s *Snapshot) table { return &s.DiscoveryServices },
	DiscoveryInstances:   func(s *Snapshot) table { return &s.DiscoveryInstances },
	Certificates:         func(s *Snapshot) table { return &s.Certificates },
	Databases:            func(s *Snapshot) table { return &s.Databases },
	DatabaseEvents:       func(s *Snapshot) table { return &s.DatabaseEvents },
	Logs:                 func(s *Snapshot) table { return &s.Logs },
	Changes:              func(s *Snapshot) table { return &s.Changes },
	OwnNetwork:           func(s *Snapshot) table { return &s.OwnNetwork },
	Dials:                func(s *Snapshot) table { return &s.Dials },
	Asks:                 func(s *Snapshot) table { return &s.Asks },
	Slow:                 func(s *Snapshot) table { return &s.Slow },
	Lookups:              func(s *Snapshot) table { return &s.Lookups },
}

// table returns that of a kind; nil if there is none.
func (s *Snapshot) table(k Kind) table {
	if find := tables[k]; find != nil {
		return find(s)
	}
	return nil
}

// Status tells what became of a want; it is Unsupported for a kind that this
// version does not have.
func (s *Snapshot) Status(w Want) Status {
	if t := s.table(w.Kind); t != nil {
		return t.status(w.Key)
	}
	return Status{Why: Unsupported}
}

// Fail notes that a want could not be met. A reason must be given: without
// one the diagnosis would ask again.
func (s *Snapshot) Fail(w Want, why Why, detail string) {
	info, ok := w.Kind.Info()
	if t := s.table(w.Kind); t != nil && ok {
		if why == NotLookedUp {
			why = Failed
		}
		t.give(w.Key, Status{Why: why, Action: info.Action, Detail: detail})
	}
}

// FailAt is Fail for a kind that takes several calls: it names the one that
// failed, so that a gap asks for the right permission.
func (s *Snapshot) FailAt(w Want, action string, why Why, detail string) {
	s.Fail(w, why, detail)
	if t := s.table(w.Kind); t != nil && action != "" {
		status := t.status(w.Key)
		status.Action = action
		t.give(w.Key, status)
	}
}

// Missing notes that there is no such thing, as AWS answered at that time.
func (s *Snapshot) Missing(w Want, at time.Time) {
	info, ok := w.Kind.Info()
	if t := s.table(w.Kind); t != nil && ok {
		t.give(w.Key, Status{State: Absent, Action: info.Action, At: at})
	}
}

// Copy takes the fact for a want over from another snapshot, and reports
// whether it is there.
func (s *Snapshot) Copy(from *Snapshot, w Want) bool {
	mine, theirs := s.table(w.Kind), from.table(w.Kind)
	return mine != nil && theirs != nil && mine.take(theirs, w.Key)
}
