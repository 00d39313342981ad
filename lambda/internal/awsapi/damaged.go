package awsapi

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// unusable says what to do about a state that cannot be read. The item stays
// as it is; of a damaged one there is a copy, in case somebody repairs it in
// place.
func (s *Store) unusable(ctx context.Context, found item, cause error) error {
	where := fmt.Sprintf("the item pk=%s, sk=%s of table %s", s.environment, itemState, s.table)
	if errors.Is(cause, incident.ErrNewer) {
		return fmt.Errorf("%w; use the newer version again, or delete %s to begin without a past", cause, where)
	}
	aside := damagedKey(found)
	if err := s.copyAside(ctx, found, aside); err != nil {
		return fmt.Errorf("%w; %s is left as it is, and could not be copied (%w); repair it, or delete it to begin without a past", cause, where, err)
	}
	return fmt.Errorf("%w; %s is left as it is, with a copy at sk=%s; repair it, or delete it to begin without a past", cause, where, aside)
}

// damagedKey depends on the item alone, so that the same damage is kept once
// however often and by however many it is found.
func damagedKey(found item) string {
	when := "unknown"
	if t, err := time.Parse(time.RFC3339Nano, text(found[attrSaved])); err == nil {
		when = t.UTC().Format(time.RFC3339)
	}
	hash := sha256.New()
	for _, name := range []string{attrData, attrRevision, attrVersion, attrWriter} {
		switch v := scalarOf(found[name]); {
		case v.B != nil:
			fmt.Fprintf(hash, "%s=%x;", name, v.B)
		case v.N != nil:
			fmt.Fprintf(hash, "%s=%s;", name, *v.N)
		case v.S != nil:
			fmt.Fprintf(hash, "%s=%q;", name, *v.S)
		}
	}
	return fmt.Sprintf("%s%s#%x", damagedPrefix, when, hash.Sum(nil)[:4])
}

func (s *Store) copyAside(ctx context.Context, found item, sort string) error {
	if _, done := s.aside.Load(sort); done {
		return nil
	}
	err := s.put(ctx, s.doing("copying the damaged state in"), putInput{
		Item: s.item(sort, maps.Clone(found)), ConditionExpression: "attribute_not_exists(" + attrEnvironment + ")",
	})
	if _, there := conditionFailed(err); err != nil && !there {
		return err
	}
	s.aside.Store(sort, true)
	return nil
}
