package awsapi

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
	"hokus.ai/tidewatch/lambda/internal/incident"
)

// items are all of a table, by sort key.
func items(t *testing.T, raw *dynamodb.Client, table string) map[string]item {
	t.Helper()
	answer, err := raw.Scan(t.Context(), &dynamodb.ScanInput{TableName: &table, ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]item{}
	for _, i := range answer.Items {
		found[text(i[attrItem])] = i
	}
	return found
}

// spoil saves a state and changes its item.
func spoil(t *testing.T, s *Store, raw *dynamodb.Client, change func(item)) {
	t.Helper()
	save(t, s, stateWith(1), 0)
	i := items(t, raw, s.table)[itemState]
	change(i)
	if _, err := raw.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &s.table, Item: i}); err != nil {
		t.Fatal(err)
	}
}

func packed(t *testing.T, v any) types.AttributeValue {
	t.Helper()
	b, err := pack(v)
	if err != nil {
		t.Fatal(err)
	}
	return blob(b)
}

func TestDamagedStateIsKeptAsideOnce(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(item){
		"not compressed":  func(i item) { i[attrData] = blob([]byte("{}")) },
		"cut short":       func(i item) { b := i[attrData].(*types.AttributeValueMemberB); b.Value = b.Value[:len(b.Value)-9] },
		"not binary":      func(i item) { i[attrData] = str("{}") },
		"no data":         func(i item) { delete(i, attrData) },
		"no revision":     func(i item) { delete(i, attrRevision) },
		"revision 0":      func(i item) { i[attrRevision] = num(0) },
		"a text revision": func(i item) { i[attrRevision] = str("3"); delete(i, attrSaved) },
		"no format":       func(i item) { i[attrData] = packed(t, map[string]any{}) },
		"not an object":   func(i item) { i[attrData] = packed(t, "text") },
		"a wrong type":    func(i item) { i[attrData] = packed(t, map[string]any{"version": 1, "outbox": 7}) },
		"a null":          func(i item) { i[attrData] = packed(t, map[string]any{"version": 1, "incidents": []any{nil}}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, door, raw := newStore(t)
			spoil(t, s, raw, change)
			before := items(t, raw, s.table)[itemState]
			for _, reader := range []*Store{s, s, s.client.Store(s.table, "prod")} {
				door.Asked()
				state, revision, err := reader.Load(t.Context())
				sentence(t, err, "the state is damaged", "the item pk=prod, sk=state of table "+s.table+" is left as it is", "with a copy at sk=damaged#", "repair it, or delete it")
				if !errors.Is(err, incident.ErrDamaged) || revision != 0 || state.Endpoints != nil {
					t.Errorf("loaded %+v, revision %d, error %v", state, revision, err)
				}
			}
			kept := items(t, raw, s.table)
			if len(kept) != 2 || !sameItem(kept[itemState], before) {
				t.Errorf("the table holds %v", slices.Collect(maps.Keys(kept)))
			}
			for sort, i := range kept {
				i[attrItem] = str(itemState)
				if strings.HasPrefix(sort, damagedPrefix) && !sameItem(i, before) {
					t.Errorf("the copy differs: %v", i)
				}
			}
			if _, err := s.Save(t.Context(), stateWith(1), 0); !errors.Is(err, incident.ErrConflict) {
				t.Errorf("a damaged state was replaced: %v", err)
			}
		})
	}
}

func sameItem(a, b item) bool {
	return damagedKey(a) == damagedKey(b) && len(a) == len(b)
}

// A process that has put a copy aside does not write it every minute.
func TestDamagedStateCostsOneWrite(t *testing.T) {
	t.Parallel()
	s, door, raw := newStore(t)
	spoil(t, s, raw, func(i item) { delete(i, attrData) })
	door.Asked()
	for range 3 {
		_, _, _ = s.Load(t.Context())
	}
	if asked := door.Asked(); len(asked) != 4 {
		t.Errorf("asked for %v", asked)
	}
}

func TestDamagedStateThatCannotBeCopied(t *testing.T) {
	t.Parallel()
	s, door, raw := newStore(t)
	spoil(t, s, raw, func(i item) { delete(i, attrData) })
	door.Set(mototest.Always("dynamodb:PutItem", mototest.Refuse(400, "AccessDeniedException", "no")))
	_, _, err := s.Load(t.Context())
	sentence(t, err, "the state is damaged", "could not be copied (copying the damaged state in table", "its policy needs dynamodb:PutItem")
	if !errors.Is(err, incident.ErrDamaged) {
		t.Errorf("not known as damaged: %v", err)
	}
}

func TestStateOfANewerVersion(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(item){
		"in the item": func(i item) { i[attrVersion] = num(incident.Version + 1); i[attrData] = str("another form") },
		"in the JSON": func(i item) {
			i[attrData] = packed(t, map[string]any{"version": incident.Version + 1, "outbox": "another form"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _, raw := newStore(t)
			spoil(t, s, raw, change)
			_, _, err := s.Load(t.Context())
			sentence(t, err, "the state was written by a newer Tidewatch: format 2, this one knows formats up to 1; use the newer version again, or delete the item pk=prod, sk=state")
			if !errors.Is(err, incident.ErrNewer) || errors.Is(err, incident.ErrDamaged) {
				t.Errorf("not known as newer: %v", err)
			}
			if kept := items(t, raw, s.table); len(kept) != 1 {
				t.Errorf("the table holds %v", slices.Collect(maps.Keys(kept)))
			}
		})
	}
}
