package awsapi

import (
	"context"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

var filterLogEvents = operation{"logs", "Logs_20140328.FilterLogEvents"}

// Bounds of what is read of one log.
const (
	logWindow   = 15 * time.Minute // from either end of the time that matters
	maxLogPages = 3                // of a window; empty ones count
	maxLogLines = 2000             // of a page: more would take longer to look at than to fetch
)

type logAnswer struct {
	Events    []logEvent
	NextToken string
}

type logEvent struct {
	LogStreamName, Message string

	Timestamp int64 // milliseconds
}

// readLogs reads the lines of a log group, of streams with a prefix if the key
// has one: those after the window began, where what broke is told, and where
// that is long ago, the newest ones. AWS searches in pieces and may answer
// pages without lines before it is done. Lines are filtered here and not by
// AWS, whose filters split words as one does not expect.
func readLogs(ctx context.Context, r *reading, key string) {
	now := r.limits.Now()
	from := r.from(now.Add(-logWindow))
	windows := [][2]time.Time{{from, now}}
	if now.Sub(from) > 2*logWindow {
		windows = [][2]time.Time{{from, from.Add(logWindow)}, {now.Add(-logWindow), now}}
	}
	group, _ := pair(key)
	found := newPatterns(group)
	for _, w := range windows {
		ended, err := r.readWindow(ctx, key, w, found)
		if err != nil {
			r.fail(topology.Logs, key, err)
			return
		}
		found.more = found.more || !ended || len(windows) > 1
	}
	if found.lines == 0 && found.more {
		r.fail(topology.Logs, key, spentError("not all lines were reached"))
		return
	}
	put(r, &r.to.Logs, topology.Logs, key, found.list())
}

// readWindow reads the lines between two times and reports whether it saw all of them.
func (r *reading) readWindow(ctx context.Context, key string, w [2]time.Time, found *patterns) (ended bool, err error) {
	group, prefix := pair(key)
	in := map[string]any{"startTime": w[0].UnixMilli(), "endTime": w[1].UnixMilli(), "limit": maxLogLines}
	if strings.HasPrefix(group, "arn:") {
		in["logGroupIdentifier"] = group
	} else {
		in["logGroupName"] = group
	}
	if prefix != "" {
		in["logStreamNamePrefix"] = prefix
	}
	if r.limits.sample {
		in["limit"] = 1
	}
	for range maxLogPages {
		var answer logAnswer
		if err := r.call(ctx, request{operation: filterLogEvents, region: regionOf(group, ""), in: in, out: &answer}); err != nil {
			return false, err
		}
		for _, e := range answer.Events {
			if strings.HasPrefix(e.LogStreamName, prefix) { // emulators may not look at it
				found.add(e)
			}
		}
		if answer.NextToken == "" || r.limits.sample {
			return true, nil
		}
		in["nextToken"] = answer.NextToken
	}
	return false, nil
}
