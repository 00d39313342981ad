package awsapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// recordTime has one width, so that sort keys sort by time.
const recordTime = "2006-01-02T15:04:05.000Z"

// Keep writes an incident as an item of its own, or again with what has
// happened since; a run that comes late does not replace what a later one
// wrote. The table deletes it some time after it has expired.
func (s *Store) Keep(ctx context.Context, r incident.Record) error {
	doing := s.doing("keeping incident " + r.Incident.ID + " in")
	packed, err := pack(r)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if len(packed) > maxItem {
		return fmt.Errorf("%s: it has %d KB, and one item of DynamoDB should stay below %d KB", doing, len(packed)>>10, maxItem>>10)
	}
	kept := s.item(recordPrefix+r.Incident.Opened.UTC().Format(recordTime)+"#"+r.Incident.ID, item{
		attrData: blob(packed), attrVersion: num(incident.Version), attrID: str(r.Incident.ID), attrOrder: num(r.Expires.UnixMilli()),
	})
	if !r.Expires.IsZero() {
		kept[attrExpires] = num(r.Expires.Unix())
	}
	put := putInput{Item: kept, ConditionExpression: "attribute_not_exists(#order) OR #order <= :order"}
	put.ExpressionAttributeNames = map[string]string{"#order": attrOrder}
	put.ExpressionAttributeValues = item{":order": kept[attrOrder]}
	err = s.put(ctx, doing, put)
	if _, newer := conditionFailed(err); newer {
		return nil
	}
	return err
}

// Records returns kept incidents that have not expired, the newest first, at
// most limit. Those that can be read are returned even if others are damaged;
// then there is an error, too.
func (s *Store) Records(ctx context.Context, limit int) ([]incident.Record, error) {
	var records []incident.Record
	var problems []error
	seen := map[string]bool{}
	for next := item(nil); len(records) < limit; {
		page, err := s.page(ctx, next)
		if err != nil {
			return records, errors.Join(append(problems, err)...)
		}
		for _, kept := range page.Items {
			r, err := readRecord(kept)
			if err != nil {
				problems = append(problems, fmt.Errorf("a kept incident in %s (sk=%s): %w", s.place(), text(kept[attrItem]), err))
				continue
			}
			expired := !r.Expires.IsZero() && !s.now().Before(r.Expires)
			if !expired && !seen[r.Incident.ID] && len(records) < limit {
				seen[r.Incident.ID] = true
				records = append(records, r)
			}
		}
		if next = page.LastEvaluatedKey; len(next) == 0 {
			break
		}
	}
	return records, errors.Join(problems...)
}

// page asks for records in falling order. What has expired is left out by the
// table and once more by the reader.
func (s *Store) page(ctx context.Context, from item) (page queryOutput, err error) {
	in := queryInput{
		TableName:              s.table,
		KeyConditionExpression: "#pk = :pk AND begins_with(#sk, :prefix)",
		FilterExpression:       "attribute_not_exists(#expires) OR #expires >= :now",
		ConsistentRead:         true, ExclusiveStartKey: from, Limit: 100,
	}
	in.ExpressionAttributeNames = map[string]string{"#pk": attrEnvironment, "#sk": attrItem, "#expires": attrExpires}
	in.ExpressionAttributeValues = item{":pk": str(s.environment), ":prefix": str(recordPrefix), ":now": num(s.now().Unix())}
	err = s.ask(ctx, query, s.doing("listing incidents in"), in, &page)
	return page, err
}

func readRecord(kept item) (incident.Record, error) {
	if version, ok := number(kept[attrVersion]); ok && version > incident.Version {
		return incident.Record{}, fmt.Errorf("%w: format %d", incident.ErrNewer, version)
	}
	content, err := unpack(kept[attrData])
	if err != nil {
		return incident.Record{}, err
	}
	var r incident.Record
	if json.Unmarshal(content, &r) != nil {
		return incident.Record{}, fmt.Errorf("%w: it is not JSON of the expected form", incident.ErrDamaged)
	}
	return r, nil
}
