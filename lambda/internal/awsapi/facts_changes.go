package awsapi

import (
	"context"
	"encoding/json"
	"time"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

var lookupEvents = operation{"cloudtrail", "CloudTrail_20131101.LookupEvents"}

// before is how much further back than the window changes are asked for: what
// broke something may have been changed half an hour before it was seen.
const before = 20 * time.Minute

type trailAnswer struct {
	Events []struct {
		EventName, Username, ReadOnly, CloudTrailEvent string

		EventTime epoch
	}
	NextToken string
}

// readChanges lists what was written to one resource, the newest first. Of the
// record itself only its error is read: requests may hold secrets.
func readChanges(ctx context.Context, r *reading, resource string) {
	now := r.limits.Now()
	in := map[string]any{
		"LookupAttributes": []any{map[string]any{"AttributeKey": "ResourceName", "AttributeValue": resource}},
		"StartTime":        r.from(now.Add(-time.Hour)).Add(-before).Unix(), "EndTime": now.Unix(),
	}
	all, err := pages(ctx, r, request{operation: lookupEvents, in: in}, func(page trailAnswer) (some []topology.Change, next string) {
		for _, e := range page.Events {
			if e.ReadOnly == "true" {
				continue
			}
			var record struct{ ErrorCode string }
			_ = json.Unmarshal([]byte(e.CloudTrailEvent), &record) // a record that cannot be read has no error that is known
			some = append(some, topology.Change{At: e.EventTime.time(), Event: e.EventName, Who: redact.Text(e.Username), Resource: resource, Failed: redact.Text(record.ErrorCode)})
		}
		return some, page.NextToken
	})
	putList(r, &r.to.Changes, topology.Changes, resource, all, err)
}
