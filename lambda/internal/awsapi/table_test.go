package awsapi

import (
	"errors"
	"net/http"
	"reflect"
	"testing"

	"hokus.ai/tidewatch/lambda/internal/awsapi/mototest"
)

func TestAttributes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		attribute string
		text      string
		number    int64
		isNumber  bool
		bytes     []byte
	}{
		{attribute: `{"S":"a \"b\" ü"}`, text: `a "b" ü`},
		{attribute: `{"N":"-12"}`, number: -12, isNumber: true},
		{attribute: `{"N":"1.5"}`},
		{attribute: `{"N":12}`}, // DynamoDB writes numbers as texts
		{attribute: `{"B":"AP8="}`, bytes: []byte{0, 255}},
		{attribute: `{"B":""}`, bytes: []byte{}},
		{attribute: `{"B":"not base64!"}`},
		{attribute: `{"SS":["a"]}`}, {attribute: `{"M":{"S":{"S":"deep"}}}`}, {attribute: `{"NULL":true}`},
		{attribute: `{}`}, {attribute: `null`}, {attribute: `[]`}, {attribute: `"S"`}, {attribute: ``}, {attribute: `{"S":`},
	} {
		a := attribute(c.attribute)
		n, ok := number(a)
		if text(a) != c.text || n != c.number || ok != c.isNumber || !reflect.DeepEqual(scalarOf(a).B, c.bytes) {
			t.Errorf("%s: text %q, number %d %v, bytes %v", c.attribute, text(a), n, ok, scalarOf(a).B)
		}
	}
	for _, a := range []attribute{str("<&>\n\u2028"), num(1 << 62), blob([]byte("\x00<")), blob(nil)} {
		if v := scalarOf(a); v.S == nil && v.N == nil && v.B == nil && string(a) != `{"B":null}` {
			t.Errorf("%s is not read again", a)
		}
	}
	if text(str("<&>\n\u2028")) != "<&>\n\u2028" {
		t.Error("a text does not survive")
	}
}

// An answer that ends in its middle is asked for again, like one that did not
// come at all.
func TestAnswerCutInItsMiddle(t *testing.T) {
	t.Parallel()
	s, door, _ := newStore(t)
	save(t, s, stateWith(1), 0)
	cut := func(_ string, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte(`{"Item":{"data":{"B":"AA`))
		panic(http.ErrAbortHandler)
	}
	door.Set(mototest.InTurn("dynamodb:GetItem", cut, cut))
	if state, revision, err := s.Load(t.Context()); err != nil || revision != 1 || state.Counter != 1 {
		t.Errorf("loaded %d, revision %d, error %v", state.Counter, revision, err)
	}
	door.Set(mototest.Always("dynamodb:GetItem", cut))
	_, revision, err := s.Load(t.Context())
	sentence(t, err, "reading the state from table", "dynamodb")
	if f, ok := errors.AsType[*Failure](err); revision != 0 || !ok || !f.Temporary() {
		t.Errorf("revision %d, %#v", revision, err)
	}
}

// What the table answers that is no item of ours is an error, never a state.
func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	s, door, _ := newStore(t)
	for _, answer := range []string{``, `[]`, `{"Item":7}`, `<html>`, `{"Item":{"revision":{"N":"3"}}}`, `{"Item":{"data":[]}}`} {
		door.Set(mototest.InTurn("dynamodb:GetItem", func(_ string, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			_, _ = w.Write([]byte(answer))
		}))
		if _, revision, err := s.Load(t.Context()); err == nil || revision != 0 {
			t.Errorf("%q: revision %d, error %v", answer, revision, err)
		}
	}
}
