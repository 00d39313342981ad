package pipeline

import (
	"context"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// Store keeps the state between rounds. lambda/internal/awsapi has one over
// DynamoDB, lambda/internal/filestate one over a local file.
type Store interface {
	// Load returns the state and its revision: the zero State and revision 0
	// where nothing is kept yet. A state that cannot be read, or that a newer
	// program wrote, is an error; it is never replaced by an empty one.
	Load(ctx context.Context) (incident.State, int64, error)
	// Save replaces the state if it still has that revision, and returns the
	// new one; incident.ErrConflict if somebody else was faster. A write that went
	// through although its answer was lost counts as ours. incident.ErrFull says
	// that the state is too large.
	Save(ctx context.Context, s incident.State, revision int64) (int64, error)
	// Settle is Save for a state in which nothing was decided, only that what
	// it holds is being done, or is done. It may take the room that Save keeps
	// free, so that what waits can still be sent when a state is full.
	Settle(ctx context.Context, s incident.State, revision int64) (int64, error)
	// Keep writes an incident as an item of its own, for `incidents show`,
	// for as long as records are kept.
	Keep(ctx context.Context, i incident.Record) error
	// KeepReport writes a report as an item of its own. One with the same id
	// is replaced.
	KeepReport(ctx context.Context, r Report) error
	// Report returns the stored form of a report; ErrNoReport if there is
	// none (any more).
	Report(ctx context.Context, id string) ([]byte, error)
	// ReportLink is where a browser shows a report; "" nowhere.
	ReportLink(id string) string
	// Records returns kept incidents, the newest first, at most limit.
	Records(ctx context.Context, limit int) ([]incident.Record, error)
}

// Report is a report as stores keep it.
type Report = incident.Report

// FactReader meets the wants of one diagnosis: each gets a fact or a failure in
// the snapshot. Wants for probes are left alone.
type FactReader interface {
	Read(ctx context.Context, to *topology.Snapshot, wants []topology.Want)
	// Calls is how many calls were made so far.
	Calls() int
}

// Rollouts asks ECS how deployments stand.
type Rollouts interface {
	// Rollout returns COMPLETED, FAILED or IN_PROGRESS for a service.
	Rollout(ctx context.Context, cluster, service string) (string, error)
}

// Publisher sends one message to everybody who is subscribed.
type Publisher interface {
	Publish(ctx context.Context, m report.Message) error
}
