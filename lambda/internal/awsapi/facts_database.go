package awsapi

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

var (
	describeDBInstances = operation{"rds", "2014-10-31.DescribeDBInstances"}
	describeDBEvents    = operation{"rds", "2014-10-31.DescribeEvents"}
)

type databasesAnswer struct {
	Items []struct {
		DBInstanceIdentifier, Engine, DBInstanceStatus string

		Host    string   `xml:"Endpoint>Address"`
		Port    int      `xml:"Endpoint>Port"`
		Groups  []string `xml:"VpcSecurityGroups>VpcSecurityGroupMembership>VpcSecurityGroupId"`
		Subnets []string `xml:"DBSubnetGroup>Subnets>Subnet>SubnetIdentifier"`
	} `xml:"DescribeDBInstancesResult>DBInstances>DBInstance"`
	Marker string `xml:"DescribeDBInstancesResult>Marker"`
}

func readDatabases(ctx context.Context, r *reading, key string) {
	all, err := pages(ctx, r, request{operation: describeDBInstances, form: url.Values{}}, func(page databasesAnswer) (some []topology.Database, next string) {
		for _, d := range page.Items {
			some = append(some, topology.Database{
				ID: d.DBInstanceIdentifier, Engine: d.Engine, Status: d.DBInstanceStatus, Host: strings.ToLower(d.Host), Port: d.Port, SecurityGroups: d.Groups, Subnets: d.Subnets,
			})
		}
		return some, page.Marker
	})
	putList(r, &r.to.Databases, topology.Databases, key, all, err)
}

type dbEventsAnswer struct {
	Items []struct {
		Message string
		Date    time.Time
	} `xml:"DescribeEventsResult>Events>Event"`
	Marker string `xml:"DescribeEventsResult>Marker"`
}

// kept is how long RDS keeps events.
const kept = 14 * 24 * time.Hour

// readDatabaseEvents reads the events of a database since the window began,
// the newest first.
func readDatabaseEvents(ctx context.Context, r *reading, id string) {
	now := r.limits.Now()
	from := r.from(now.Add(-time.Hour))
	if oldest := now.Add(-kept + time.Minute); from.Before(oldest) {
		from = oldest
	}
	form := url.Values{"SourceIdentifier": {id}, "SourceType": {"db-instance"}, "StartTime": {from.UTC().Format(time.RFC3339)}, "EndTime": {now.UTC().Format(time.RFC3339)}}
	all, err := pages(ctx, r, request{operation: describeDBEvents, form: form}, func(page dbEventsAnswer) (some []topology.Event, next string) {
		for _, e := range page.Items {
			some = append(some, topology.Event{At: e.Date.UTC(), Text: redact.Text(e.Message)})
		}
		return some, page.Marker
	})
	slices.SortStableFunc(all, func(a, b topology.Event) int { return b.At.Compare(a.At) })
	putList(r, &r.to.DatabaseEvents, topology.DatabaseEvents, id, all, err)
}

// from is when the window of the diagnosis begins; otherwise where it has none.
func (r *reading) from(otherwise time.Time) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.to.From.IsZero() {
		return otherwise
	}
	return r.to.From
}
