package topology

import "time"

// Service is an ECS service.
type Service struct {
	ARN            string            `json:"arn"`
	Cluster        string            `json:"cluster"` // name
	Name           string            `json:"name"`
	Status         string            `json:"status"` // ACTIVE | DRAINING | INACTIVE
	Desired        int               `json:"desired"`
	Running        int               `json:"running"`
	Pending        int               `json:"pending"`
	TaskDefinition string            `json:"task_definition"` // ARN
	Controller     string            `json:"controller,omitempty"`
	GracePeriod    time.Duration     `json:"grace_period,omitempty"`
	Balancers      []ServiceBalancer `json:"balancers"`
	Registries     []Registry        `json:"registries"`
	Deployments    []Deployment      `json:"deployments"` // the PRIMARY one first
	Events         []Event           `json:"events"`      // the newest first, at most 20
	Network        TaskNetwork       `json:"network"`
}

// ServiceBalancer attaches a service to a target group.
type ServiceBalancer struct {
	TargetGroup string `json:"target_group"` // ARN
	Container   string `json:"container"`
	Port        int    `json:"port"`
}

// Registry attaches a service to Cloud Map.
type Registry struct {
	ARN  string `json:"arn"` // of the Cloud Map service
	Port int    `json:"port,omitempty"`
}

// TaskNetwork is where tasks of awsvpc mode get their interfaces.
type TaskNetwork struct {
	Subnets        []string `json:"subnets,omitempty"`
	SecurityGroups []string `json:"security_groups,omitempty"`
	PublicIP       bool     `json:"public_ip,omitempty"`
}

// Deployment is one of a service, as DescribeServices lists it.
type Deployment struct {
	ID             string    `json:"id"`
	Status         string    `json:"status"`            // PRIMARY | ACTIVE | INACTIVE
	Rollout        string    `json:"rollout,omitempty"` // IN_PROGRESS | COMPLETED | FAILED
	Reason         string    `json:"reason,omitempty"`
	TaskDefinition string    `json:"task_definition"`
	Desired        int       `json:"desired"`
	Running        int       `json:"running"`
	Pending        int       `json:"pending"`
	Failed         int       `json:"failed"`
	Created        time.Time `json:"created"`
	Updated        time.Time `json:"updated"`
}

// ServiceDeployment is one of ListServiceDeployments, which remembers rollbacks.
type ServiceDeployment struct {
	ARN      string    `json:"arn"`
	Status   string    `json:"status"` // SUCCESSFUL, IN_PROGRESS, ROLLBACK_SUCCESSFUL, …
	Reason   string    `json:"reason,omitempty"`
	Created  time.Time `json:"created"`
	Finished time.Time `json:"finished,omitzero"`
}

// Event is one line of prose of AWS about a service or database, redacted.
type Event struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Task is one ECS task.
type Task struct {
	ARN            string      `json:"arn"`
	ID             string      `json:"id"`    // last part of the ARN
	Group          string      `json:"group"` // service:NAME
	TaskDefinition string      `json:"task_definition"`
	StartedBy      string      `json:"started_by,omitempty"` // deployment
	Status         string      `json:"status"`               // last status
	Health         string      `json:"health,omitempty"`
	StopCode       string      `json:"stop_code,omitempty"`
	StoppedReason  string      `json:"stopped_reason,omitempty"`
	Interface      string      `json:"interface,omitempty"` // eni-…
	Subnet         string      `json:"subnet,omitempty"`
	Address        string      `json:"address,omitempty"` // private IPv4
	Zone           string      `json:"zone,omitempty"`
	Created        time.Time   `json:"created,omitzero"`
	Started        time.Time   `json:"started,omitzero"`
	Stopped        time.Time   `json:"stopped,omitzero"`
	Containers     []Container `json:"containers"`
}

// Container is one container of a task.
type Container struct {
	Name   string `json:"name"`
	Image  string `json:"image"`
	Digest string `json:"digest,omitempty"`
	Status string `json:"status,omitempty"`
	Health string `json:"health,omitempty"`
	Exit   *int   `json:"exit,omitempty"` // nil: has not ended, or ECS does not say
	Reason string `json:"reason,omitempty"`
}

// TaskDefinition is one revision, without any value of a variable.
type TaskDefinition struct {
	ARN           string                `json:"arn"`
	Family        string                `json:"family"`
	Revision      int                   `json:"revision"`
	ExecutionRole string                `json:"execution_role,omitempty"`
	CPU           string                `json:"cpu,omitempty"`
	Memory        string                `json:"memory,omitempty"`
	Containers    []ContainerDefinition `json:"containers"`
}

// ContainerDefinition is one container of a task definition.
type ContainerDefinition struct {
	Name      string     `json:"name"`
	Image     string     `json:"image"`
	Essential bool       `json:"essential"`
	Memory    int        `json:"memory,omitempty"` // MiB
	Ports     []int      `json:"ports"`
	Variables []Variable `json:"variables"` // sorted by name
	Secrets   []string   `json:"secrets"`   // names only
	LogGroup  string     `json:"log_group,omitempty"`
	LogPrefix string     `json:"log_prefix,omitempty"`
	LogRegion string     `json:"log_region,omitempty"`
	Command   []HostPort `json:"command,omitempty"` // addresses named on the command line
	Check     bool       `json:"check,omitempty"`   // has a container health check
}

// Variable is an environment variable: its name and, where the value holds
// one, the host and port in it. The value itself is never kept.
type Variable struct {
	Name    string    `json:"name"`
	Address *HostPort `json:"address,omitempty"`
}

// HostPort is where something is called. Port 0: not written.
type HostPort struct {
	Host   string `json:"host"` // name or address, lower case
	Port   int    `json:"port,omitempty"`
	Scheme string `json:"scheme,omitempty"`
}
