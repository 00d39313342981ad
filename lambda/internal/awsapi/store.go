package awsapi

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"hokus.ai/tidewatch/lambda/internal/incident"
)

// Names of attributes, and sort keys of the items of an environment. The
// partition key is the environment's name.
const (
	attrEnvironment = "pk"
	attrItem        = "sk"
	attrData        = "data"     // binary: gzip of JSON
	attrRevision    = "revision" // number: raised by every save
	attrVersion     = "version"  // number: incident.Version of the writer
	attrWriter      = "writer"   // string: token of the save that wrote it
	attrSaved       = "saved"    // string: when, RFC 3339
	attrExpires     = "expires"  // number: seconds since 1970, the table's TTL attribute
	attrID          = "id"       // string: of an incident
	attrOrder       = "order"    // number: of records of one incident, the latest has the highest

	itemState     = "state"
	recordPrefix  = "record#"
	damagedPrefix = "damaged#"
)

// maxItem is below the 400 KB that DynamoDB takes, so that there is room for
// claims and marks: what waits in a full state can still be sent. maxSettled is
// what those may take.
const (
	maxItem    = 350 << 10
	maxSettled = 399 << 10
)

// Store keeps the state of one environment in a DynamoDB table.
type Store struct {
	client      *Client
	table       string
	environment string
	now         func() time.Time
	aside       sync.Map // sort keys of damaged items that this process has copied
}

// Store returns the store of an environment. The table has the string keys pk
// and sk, and expires as its TTL attribute.
func (c *Client) Store(table, environment string) *Store {
	return &Store{client: c, table: table, environment: environment, now: time.Now}
}

// Load returns the state and its revision: the zero State and revision 0 where
// nothing is kept yet. A damaged state is incident.ErrDamaged, and a copy is
// put aside; one of a newer program is incident.ErrNewer. Neither is replaced
// by anybody but a human.
func (s *Store) Load(ctx context.Context) (incident.State, int64, error) {
	found, err := s.get(ctx, s.doing("reading the state from"), itemState, true)
	if err != nil || len(found) == 0 {
		return incident.State{}, 0, err
	}
	state, revision, err := readState(found)
	if err != nil {
		return incident.State{}, 0, s.unusable(ctx, found, err)
	}
	return state, revision, nil
}

func readState(i item) (incident.State, int64, error) {
	if version, ok := number(i[attrVersion]); ok && version > incident.Version {
		return incident.State{}, 0, fmt.Errorf("%w: format %d, this one knows formats up to %d", incident.ErrNewer, version, incident.Version)
	}
	revision, ok := number(i[attrRevision])
	if !ok || revision < 1 {
		return incident.State{}, 0, fmt.Errorf("%w: its attribute %s is not a positive number", incident.ErrDamaged, attrRevision)
	}
	content, err := unpack(i[attrData])
	if err != nil {
		return incident.State{}, 0, err
	}
	state, err := incident.Decode(content)
	return state, revision, err
}

// Save replaces the state if it still has that revision, and returns the new
// one; incident.ErrConflict if somebody else was faster. A write whose answer
// was lost is found again by its token. A state that is too large is
// incident.ErrFull.
func (s *Store) Save(ctx context.Context, state incident.State, revision int64) (int64, error) {
	return s.write(ctx, state, revision, maxItem)
}

// Settle is Save of a state in which nothing was decided, with more room.
func (s *Store) Settle(ctx context.Context, state incident.State, revision int64) (int64, error) {
	return s.write(ctx, state, revision, maxSettled)
}

func (s *Store) write(ctx context.Context, state incident.State, revision int64, limit int) (int64, error) {
	state.Version = incident.Version
	packed, err := pack(state)
	if err != nil {
		return 0, fmt.Errorf("saving the state to %s: %w", s.place(), err)
	}
	if size := len(packed) + len(s.environment) + 200; size > limit {
		return 0, fmt.Errorf("saving the state to %s: %w: it has %d KB, and one item of DynamoDB should stay below %d KB: if messages wait because the topic refuses them, mend that; else watch fewer endpoints in this environment and the others in one of their own",
			s.place(), incident.ErrFull, size>>10, limit>>10)
	}
	token := rand.Text()
	put := putInput{
		Item: s.item(itemState, item{
			attrData: blob(packed), attrRevision: num(revision + 1), attrVersion: num(incident.Version),
			attrWriter: str(token), attrSaved: str(s.now().UTC().Format(time.RFC3339Nano)),
		}),
		ReturnValuesOnConditionCheckFailure: "ALL_OLD",
	}
	put.onlyIfRevision(revision)
	err = s.put(ctx, s.doing("saving the state to"), put)
	if there, failed := conditionFailed(err); failed {
		if text(there[attrWriter]) == token {
			return revision + 1, nil
		}
		found, _ := number(there[attrRevision])
		return 0, fmt.Errorf("%w: it has revision %d by now, not %d", incident.ErrConflict, found, revision)
	}
	if err != nil {
		return 0, err
	}
	return revision + 1, nil
}

func (p *putInput) onlyIfRevision(revision int64) {
	if revision == 0 {
		p.ConditionExpression = "attribute_not_exists(" + attrEnvironment + ")"
		return
	}
	p.ConditionExpression = "#revision = :revision"
	p.ExpressionAttributeNames = map[string]string{"#revision": attrRevision}
	p.ExpressionAttributeValues = item{":revision": num(revision)}
}

// place names the state for people.
func (s *Store) place() string {
	return "table " + s.table + ", environment " + s.environment
}

// doing is what errors say was done.
func (s *Store) doing(verb string) string { return verb + " " + s.place() }

func (s *Store) key(sort string) item { return s.item(sort, item{}) }

// item adds the keys to attributes.
func (s *Store) item(sort string, attributes item) item {
	attributes[attrEnvironment], attributes[attrItem] = str(s.environment), str(sort)
	return attributes
}
