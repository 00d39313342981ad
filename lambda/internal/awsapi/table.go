package awsapi

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
)

// The table is asked by the one signed call, as everything else is: the SDK's
// own client of DynamoDB makes tables of all its types before main begins,
// which alone takes half as long as a function that says hello needs to start.
var (
	getItem = operation{"dynamodb", "DynamoDB_20120810.GetItem"}
	putItem = operation{"dynamodb", "DynamoDB_20120810.PutItem"}
	query   = operation{"dynamodb", "DynamoDB_20120810.Query"}
)

// attribute is a value as DynamoDB writes it, such as {"S":"text"}. It stays as
// it came, so that a copy of an item loses nothing that is not understood.
type attribute = json.RawMessage

type item map[string]attribute

// expression is a condition on an item and what it names.
type expression struct {
	ExpressionAttributeNames  map[string]string `json:",omitempty"`
	ExpressionAttributeValues item              `json:",omitempty"`
}

type getInput struct {
	TableName      string
	Key            item
	ConsistentRead bool
}

type getOutput struct{ Item item }

type putInput struct {
	TableName           string
	Item                item
	ConditionExpression string `json:",omitempty"`
	// ALL_OLD: a refusal says which item was there.
	ReturnValuesOnConditionCheckFailure string `json:",omitempty"`
	expression
}

type queryInput struct {
	TableName              string
	KeyConditionExpression string
	FilterExpression       string
	ScanIndexForward       bool
	ConsistentRead         bool
	ExclusiveStartKey      item `json:",omitempty"`
	Limit                  int
	expression
}

type queryOutput struct {
	Items            []item
	LastEvaluatedKey item
}

// ask calls the table. What is done is told by doing, for errors.
func (s *Store) ask(ctx context.Context, o operation, doing string, in, out any) error {
	return s.client.call(ctx, request{operation: o, region: s.client.config.Region, doing: doing, in: in, out: out})
}

// put writes an item, conditions and all.
func (s *Store) put(ctx context.Context, doing string, in putInput) error {
	in.TableName = s.table
	return s.ask(ctx, putItem, doing, in, new(struct{}))
}

// get reads the item with a sort key; it is empty if there is none. A
// consistent read sees what has just been written.
func (s *Store) get(ctx context.Context, doing, sort string, consistent bool) (item, error) {
	var answer getOutput
	err := s.ask(ctx, getItem, doing, getInput{TableName: s.table, Key: s.key(sort), ConsistentRead: consistent}, &answer)
	return answer.Item, err
}

// conditionFailed reports whether a write was refused because its condition
// does not hold, and the item that was there if it was asked for.
func conditionFailed(err error) (found item, failed bool) {
	refused, ok := errors.AsType[*refusal](err)
	if !ok || refused.Code != codeConditionFailed {
		return nil, false
	}
	return refused.item, true
}

func str(s string) attribute  { return encoded("S", s) }
func blob(b []byte) attribute { return encoded("B", b) }
func num(n int64) attribute   { return encoded("N", strconv.FormatInt(n, 10)) }

// encoded is a value in its wrapping; texts and bytes always have a form in JSON.
func encoded(kind string, value any) attribute {
	content, _ := json.Marshal(map[string]any{kind: value})
	return content
}

// scalar is an attribute of one of the kinds that are used here, nil if it is of
// another.
type scalar struct {
	S *string
	N *string
	B []byte
}

func scalarOf(a attribute) (v scalar) {
	if json.Unmarshal(a, &v) != nil {
		return scalar{} // of another kind, or none
	}
	return v
}

// text is the string that a holds, or "".
func text(a attribute) string {
	if v := scalarOf(a); v.S != nil {
		return *v.S
	}
	return ""
}

func number(a attribute) (int64, bool) {
	v := scalarOf(a)
	if v.N == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(*v.N, 10, 64)
	return n, err == nil
}
