package awsapi

import (
	"bytes"
	"encoding/json"
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
		one := ours(t, i)
		found[text(one[attrItem])] = one
	}
	return found
}

// ours is an item that the SDK has read, in our form.
func ours(t *testing.T, i map[string]types.AttributeValue) item {
	t.Helper()
	found := item{}
	for name, value := range i {
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			found[name] = str(v.Value)
		case *types.AttributeValueMemberN:
			found[name] = encoded("N", v.Value)
		case *types.AttributeValueMemberB:
			found[name] = blob(v.Value)
		case *types.AttributeValueMemberSS:
			found[name] = encoded("SS", v.Value)
		default:
			t.Fatalf("%s is a %T", name, value)
		}
	}
	return found
}

// theirs is an item of ours as the SDK writes it.
func theirs(t *testing.T, i item) map[string]types.AttributeValue {
	t.Helper()
	written := map[string]types.AttributeValue{}
	for name, a := range i {
		var set struct{ SS []string }
		switch v := scalarOf(a); {
		case v.S != nil:
			written[name] = &types.AttributeValueMemberS{Value: *v.S}
		case v.N != nil:
			written[name] = &types.AttributeValueMemberN{Value: *v.N}
		case v.B != nil:
			written[name] = &types.AttributeValueMemberB{Value: v.B}
		case json.Unmarshal(a, &set) == nil && set.SS != nil:
			written[name] = &types.AttributeValueMemberSS{Value: set.SS}
		default:
			t.Fatalf("%s is %s", name, a)
		}
	}
	return written
}

// overwrite puts an item past the store.
func overwrite(t *testing.T, raw *dynamodb.Client, table string, i item) {
	t.Helper()
	if _, err := raw.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: theirs(t, i)}); err != nil {
		t.Fatal(err)
	}
}

// spoil saves a state and changes its item.
func spoil(t *testing.T, s *Store, raw *dynamodb.Client, change func(item)) {
	t.Helper()
	save(t, s, stateWith(1), 0)
	i := items(t, raw, s.table)[itemState]
	change(i)
	overwrite(t, raw, s.table, i)
}

func packed(t *testing.T, v any) attribute {
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
		"cut short":       func(i item) { b := scalarOf(i[attrData]).B; i[attrData] = blob(b[:len(b)-9]) },
		"not binary":      func(i item) { i[attrData] = str("{}") },
		"a set of texts":  func(i item) { i[attrData] = encoded("SS", []string{"a", "b"}) },
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
	return maps.EqualFunc(a, b, func(x, y attribute) bool { return bytes.Equal(x, y) })
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
