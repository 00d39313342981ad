package awsapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/internal/incident"
)

const (
	reportPrefix = "report#"
	attrText     = "text" // string: the beginning of a report in words
)

// KeepReport writes a report as an item of its own, compressed, with its first
// words beside it for whoever opens the item in a browser.
func (s *Store) KeepReport(ctx context.Context, r incident.Report) error {
	doing := s.doing("keeping report " + r.ID + " in")
	packed, err := pack(json.RawMessage(r.Body))
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if size := len(packed) + len(r.Text); size > maxItem {
		return fmt.Errorf("%s: it has %d KB, and one item of DynamoDB should stay below %d KB", doing, size>>10, maxItem>>10)
	}
	kept := s.item(reportPrefix+r.ID, item{
		attrData: blob(packed), attrVersion: num(incident.Version), attrID: str(r.ID), attrText: str(r.Text), attrExpires: num(r.Expires.Unix()),
	})
	return s.put(ctx, doing, putInput{Item: kept})
}

// Report returns the JSON of a report; incident.ErrNoReport if there is none,
// or if it has expired.
func (s *Store) Report(ctx context.Context, id string) ([]byte, error) {
	doing := s.doing("reading report " + id + " from")
	kept, err := s.get(ctx, doing, reportPrefix+id, false)
	if err != nil {
		return nil, err
	}
	if expires, ok := number(kept[attrExpires]); len(kept) == 0 || ok && expires <= s.now().Unix() {
		return nil, fmt.Errorf("%w: %s is not in %s", incident.ErrNoReport, id, s.place())
	}
	body, err := unpack(kept[attrData])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return body, nil
}

// ReportLink opens the item of a report in the console of AWS.
func (s *Store) ReportLink(id string) string {
	region := s.client.config.Region
	console := access.ConsoleURL(region)
	if console == "" {
		return ""
	}
	q := url.Values{
		"itemMode": {"2"}, "route": {"ROUTE_ITEM_EXPLORER"}, "table": {s.table}, "pk": {s.environment}, "sk": {reportPrefix + id},
	}
	return console + "/dynamodbv2/home?region=" + region + "#edit-item?" + q.Encode()
}
