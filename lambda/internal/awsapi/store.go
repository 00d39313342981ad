package awsapi

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

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

// maxItem is below the 400 KB that DynamoDB takes, so that there is room to
// resolve what is open while somebody reacts.
const maxItem = 350 << 10

type item = map[string]types.AttributeValue

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
	t := s.trial("reading the state from")
	call, cancel := s.client.within(ctx)
	defer cancel()
	answer, err := s.client.table.GetItem(call, &dynamodb.GetItemInput{
		TableName: &s.table, Key: s.key(itemState), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return incident.State{}, 0, s.client.failed(err, t)
	}
	if len(answer.Item) == 0 {
		return incident.State{}, 0, nil
	}
	state, revision, err := readState(answer.Item)
	if err != nil {
		return incident.State{}, 0, s.unusable(ctx, answer.Item, err)
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
// was lost is found again by its token.
func (s *Store) Save(ctx context.Context, state incident.State, revision int64) (int64, error) {
	state.Version = incident.Version
	packed, err := pack(state)
	if err != nil {
		return 0, fmt.Errorf("saving the state to %s: %w", s.place(), err)
	}
	if size := len(packed) + len(s.environment) + 200; size > maxItem {
		return 0, fmt.Errorf("saving the state to %s: it has %d KB, and one item of DynamoDB should stay below %d KB: watch fewer endpoints in this environment and the others in one of their own",
			s.place(), size>>10, maxItem>>10)
	}
	token := rand.Text()
	put := &dynamodb.PutItemInput{
		TableName: &s.table,
		Item: s.item(itemState, item{
			attrData: blob(packed), attrRevision: num(revision + 1), attrVersion: num(incident.Version),
			attrWriter: str(token), attrSaved: str(s.now().UTC().Format(time.RFC3339Nano)),
		}),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	onlyIfRevision(put, revision)
	t := s.trial("saving the state to")
	call, cancel := s.client.within(ctx)
	defer cancel()
	_, err = s.client.table.PutItem(call, put)
	if refused, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		if text(refused.Item[attrWriter]) == token {
			return revision + 1, nil
		}
		found, _ := number(refused.Item[attrRevision])
		return 0, fmt.Errorf("%w: it has revision %d by now, not %d", incident.ErrConflict, found, revision)
	}
	if err != nil {
		return 0, s.client.failed(err, t)
	}
	return revision + 1, nil
}

func onlyIfRevision(put *dynamodb.PutItemInput, revision int64) {
	if revision == 0 {
		put.ConditionExpression = aws.String("attribute_not_exists(" + attrEnvironment + ")")
		return
	}
	put.ConditionExpression = aws.String("#revision = :revision")
	put.ExpressionAttributeNames = map[string]string{"#revision": attrRevision}
	put.ExpressionAttributeValues = item{":revision": num(revision)}
}

// place names the state for people.
func (s *Store) place() string {
	return "table " + s.table + ", environment " + s.environment
}

func (s *Store) trial(verb string) trial {
	return trial{doing: verb + " " + s.place(), started: time.Now()}
}

func (s *Store) key(sort string) item { return s.item(sort, item{}) }

// item adds the keys to attributes.
func (s *Store) item(sort string, attributes item) item {
	attributes[attrEnvironment], attributes[attrItem] = str(s.environment), str(sort)
	return attributes
}

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// text is the string that v holds, or "".
func text(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

func blob(b []byte) types.AttributeValue { return &types.AttributeValueMemberB{Value: b} }

func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func number(v types.AttributeValue) (int64, bool) {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0, false
	}
	value, err := strconv.ParseInt(n.Value, 10, 64)
	return value, err == nil
}
