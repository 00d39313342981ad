package pipeline

import (
	"context"

	"hokus.ai/tidewatch/lambda/internal/incident"
	"hokus.ai/tidewatch/lambda/internal/report"
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
	// through although its answer was lost counts as ours.
	Save(ctx context.Context, s incident.State, revision int64) (int64, error)
	// Keep writes an incident as an item of its own, for `incidents show`,
	// for as long as records are kept.
	Keep(ctx context.Context, i incident.Record) error
	// Records returns kept incidents, the newest first, at most limit.
	Records(ctx context.Context, limit int) ([]incident.Record, error)
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
