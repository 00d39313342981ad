package awsapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// vague is an answer to everything that holds little.
func vague(action string) string {
	if strings.HasPrefix(refused(action, ""), "{") {
		return `{"TaskArns":["t/1"],"Certificate":{},"Tasks":[]}`
	}
	return `<r><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet><enableDnsSupport><value>true</value></enableDnsSupport></r>`
}

// Where calls run out, the kinds that come last in the table go without,
// whatever the order of wants and answers.
func TestBudgetOfCallsFollowsTheTable(t *testing.T) {
	t.Parallel()
	wants := everyWant()
	for budget := 1; budget <= 40; budget += 3 {
		rand.Shuffle(len(wants), func(i, j int) { wants[i], wants[j] = wants[j], wants[i] })
		client, made := serve(t, calm, func(action, _ string) (int, string) {
			time.Sleep(rand.N(3 * time.Millisecond))
			return 200, vague(action)
		})
		client.unpaced()
		reader := client.Facts(FactLimits{Calls: budget, Function: "f", Parallel: 1})
		s := &topology.Snapshot{}
		reader.Read(t.Context(), s, wants)
		without := 0
		for _, info := range topology.Kinds {
			if info.IsProbe() {
				continue
			}
			switch got := s.Status(want(info.Kind, sampleKeys[info.Kind])); {
			case got.Why == topology.Budget:
				without++
			case without > 0:
				t.Errorf("with %d calls %s was read, and one before it was not", budget, info.Kind)
			}
		}
		if made.all() > budget || reader.Calls() != made.all() || without == 0 && budget < 30 {
			t.Errorf("with %d calls %d were made, %d counted, %d kinds went without", budget, made.all(), reader.Calls(), without)
		}
	}
}

func TestBudgetOfTime(t *testing.T) {
	t.Parallel()
	client, made := serve(t, calm, func(action, _ string) (int, string) {
		time.Sleep(100 * time.Millisecond)
		return 200, vague(action)
	})
	started := time.Now()
	s := readAt(t, client, FactLimits{Time: 350 * time.Millisecond, Parallel: 1, Function: "f"}, nil, everyWant()...)
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	if got := s.Status(want(topology.LoadBalancers)); got.State != topology.Known {
		t.Errorf("%+v", got)
	}
	if got := s.Status(want(topology.OwnNetwork)); got.Why != topology.Budget {
		t.Errorf("%+v", got)
	}
	if made.all() > 6 {
		t.Errorf("%d calls", made.all())
	}
	// The time counts from the first reading on.
	reader := client.Facts(FactLimits{Time: time.Nanosecond})
	reader.Read(t.Context(), s, []topology.Want{want(topology.Rules, "l")})
	if got := s.Status(want(topology.Rules, "l")); got.Why != topology.Budget || reader.Calls() != 0 {
		t.Errorf("%+v", got)
	}
}

func TestCallsAreMadeAtOnceAndBounded(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int64
	full := make(chan struct{})
	var once sync.Once
	client, _ := serve(t, calm, func(action, _ string) (int, string) {
		n := now.Add(1)
		for {
			if seen := most.Load(); n <= seen || most.CompareAndSwap(seen, n) {
				break
			}
		}
		if n == 6 {
			once.Do(func() { close(full) })
		}
		select {
		case <-full: // nobody may go before all places are taken
		case <-time.After(2 * time.Second): // less than the client waits for an answer
		}
		time.Sleep(20 * time.Millisecond) // in which one more could come
		now.Add(-1)
		return 200, vague(action)
	})
	client.unpaced()
	var wants []topology.Want
	for i := range 12 {
		wants = append(wants, want(topology.TargetHealth, fmt.Sprint("g", i)), want(topology.RunningTasks, "dev", fmt.Sprint("s", i)))
	}
	readAt(t, client, FactLimits{}, nil, wants...)
	if most.Load() != 6 {
		t.Errorf("%d calls at once", most.Load())
	}
}

// The same answers make the same facts, in whatever order they come.
func TestOrderOfAnswersDoesNotMatter(t *testing.T) {
	t.Parallel()
	client, _ := serve(t, calm, func(action, request string) (int, string) {
		time.Sleep(rand.N(10 * time.Millisecond))
		switch action {
		case "ecs:ListTasks":
			_, name, _ := strings.Cut(request, `"serviceName":"`)
			return 200, fmt.Sprintf(`{"taskArns":["t/%s-1","t/%s-2"]}`, name[:2], name[:2])
		case "ecs:DescribeTasks":
			return 200, `{"tasks":[{"taskArn":"t/s1-2"},{"taskArn":"t/s0-1"},{"taskArn":"t/s0-2"},{"taskArn":"t/s1-1"}]}`
		}
		return 200, vague(action)
	})
	client.unpaced()
	var first []byte
	for range 5 {
		wants := append(everyWant(), want(topology.RunningTasks, "dev", "s0"), want(topology.RunningTasks, "dev", "s1"))
		rand.Shuffle(len(wants), func(i, j int) { wants[i], wants[j] = wants[j], wants[i] })
		text, err := json.Marshal(readAt(t, client, FactLimits{Function: "f", Now: func() time.Time { return noon }}, nil, wants...))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		}
		if !bytes.Equal(first, text) {
			t.Errorf("%s\nis not\n%s", text, first)
		}
	}
}

// A reader that gives up leaves nothing open, and takes nobody with it.
func TestPanicsStayInTheirJob(t *testing.T) {
	t.Parallel()
	client, _ := serve(t, calm, func(string, string) (int, string) { return 200, "" })
	s := &topology.Snapshot{}
	at := &reading{FactReader: client.Facts(FactLimits{}), to: s}
	at.do(t.Context(), job{kind: topology.Rules, keys: []string{"a"}, reader: reader{read: func(context.Context, *reading, []string) { panic("odd") }}})
	at.do(t.Context(), job{kind: topology.Rules, keys: []string{"b"}, reader: reader{read: func(context.Context, *reading, []string) {}}})
	for key, detail := range map[string]string{"a": "odd", "b": "no outcome"} {
		if got := s.Rules.Of(key); got.Why != topology.Failed || !strings.Contains(got.Detail, detail) {
			t.Errorf("%s: %+v", key, got)
		}
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, err := New(calm)
		if err != nil {
			t.Fatal(err)
		}
		p := client.paceOf("cloudtrail")
		if p != client.paceOf("cloudtrail") || client.paceOf("dynamodb") != nil {
			t.Error("each service that has a pace has one")
		}
		started := time.Now()
		for range 4 {
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(started); took < 1900*time.Millisecond || took > 2100*time.Millisecond {
			t.Errorf("4 calls at 1.5 a second took %v", took)
		}
		for range 10 {
			p.heard(true)
		}
		if got := p.limiter.Limit(); got != p.full/8 {
			t.Errorf("refused again and again: %v", got)
		}
		for range 40 {
			p.heard(false)
		}
		if got := p.limiter.Limit(); got != p.full {
			t.Errorf("answered again: %v", got)
		}
	})
}
