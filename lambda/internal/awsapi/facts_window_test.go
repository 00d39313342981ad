package awsapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/internal/topology"
)

// logRequest is what is asked of logs.
type logRequest struct {
	LogGroupName, LogGroupIdentifier, LogStreamNamePrefix, NextToken string

	StartTime, EndTime int64
}

// logServer answers each page as page says.
func logServer(t *testing.T, page func(in logRequest, n int) (lines []string, next string)) (*Client, *[]logRequest) {
	var asked []logRequest
	client, _ := serve(t, calm, func(_, request string) (int, string) {
		_, body, _ := strings.Cut(request, " ")
		var in logRequest
		if err := json.Unmarshal([]byte(body), &in); err != nil {
			return 500, ""
		}
		asked = append(asked, in)
		lines, next := page(in, len(asked))
		var events []string
		for i, line := range lines {
			events = append(events, fmt.Sprintf(`{"logStreamName":"api/api/1","timestamp":%d,"message":%q}`, in.StartTime+int64(i), line))
		}
		return 200, fmt.Sprintf(`{"events":[%s],"searchedLogStreams":[],"nextToken":%q}`, strings.Join(events, ","), next)
	})
	return client, &asked
}

func readLog(t *testing.T, client *Client, from time.Time) topology.Fact[[]topology.LogPattern] {
	s := &topology.Snapshot{From: from}
	readAt(t, client, FactLimits{Now: func() time.Time { return noon }}, s, want(topology.Logs, "/ecs/api", "api/"))
	return s.Logs.Of("/ecs/api|api/")
}

func TestLogsWithEmptyPages(t *testing.T) {
	t.Parallel()
	client, asked := logServer(t, func(_ logRequest, n int) ([]string, string) {
		if n < 3 {
			return nil, "more"
		}
		return []string{"ERROR: it broke"}, ""
	})
	got := readLog(t, client, noon.Add(-20*time.Minute))
	if all := value(t, got); len(all) != 1 || all[0].More || len(*asked) != 3 {
		t.Errorf("%+v after %d pages", all, len(*asked))
	}
	if in := (*asked)[2]; in.NextToken != "more" || in.LogStreamNamePrefix != "api/" || in.StartTime != noon.Add(-20*time.Minute).UnixMilli() || in.EndTime != noon.UnixMilli() {
		t.Errorf("%+v", in)
	}
}

// What was not read to its end is never told as the whole, nor as nothing.
func TestLogsWithoutEnd(t *testing.T) {
	t.Parallel()
	client, asked := logServer(t, func(logRequest, int) ([]string, string) { return []string{"ERROR: it broke"}, "more" })
	if all := value(t, readLog(t, client, noon.Add(-5*time.Minute))); len(all) != 1 || !all[0].More || all[0].Count != maxLogPages || len(*asked) != maxLogPages {
		t.Errorf("%+v", all)
	}
	client, _ = logServer(t, func(logRequest, int) ([]string, string) { return nil, "more" })
	if got := readLog(t, client, noon.Add(-5*time.Minute)); got.State != topology.Unknown || got.Why != topology.Budget {
		t.Errorf("nothing was found, and there was more to look at: %+v", got)
	}
	client, _ = logServer(t, func(logRequest, int) ([]string, string) { return nil, "" })
	if got := readLog(t, client, noon.Add(-5*time.Minute)); len(value(t, got)) != 0 {
		t.Errorf("%+v", got)
	}
}

// Of a long outage its beginning and its end are read.
func TestLogsOfALongOutage(t *testing.T) {
	t.Parallel()
	client, asked := logServer(t, func(_ logRequest, n int) ([]string, string) { return []string{fmt.Sprintf("ERROR: broken %d", n)}, "" })
	all := value(t, readLog(t, client, noon.Add(-10*time.Hour)))
	if len(*asked) != 2 || (*asked)[0].EndTime != noon.Add(-10*time.Hour+logWindow).UnixMilli() || (*asked)[1].StartTime != noon.Add(-logWindow).UnixMilli() {
		t.Errorf("%+v", *asked)
	}
	if len(all) != 1 || !all[0].More || all[0].Count != 2 || !all[0].First.Equal(noon.Add(-10*time.Hour)) || all[0].Sample != "ERROR: broken 2" {
		t.Errorf("%+v", all)
	}
}

func TestLogGroupOfAnotherRegion(t *testing.T) {
	t.Parallel()
	client, asked := logServer(t, func(logRequest, int) ([]string, string) { return nil, "" })
	arn := "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/api"
	readAt(t, client, FactLimits{}, nil, want(topology.Logs, arn, ""))
	if in := (*asked)[0]; in.LogGroupIdentifier != arn || in.LogGroupName != "" || in.LogStreamNamePrefix != "" {
		t.Errorf("%+v", in)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for line, wanted := range map[string]string{
		"2026-03-01 12:00:00,123 ERROR request 7f3a91 took 12.5s":                                                "#-#-# # ERROR request # took #s",
		`INFO:     10.0.0.12:48822 - "GET /health HTTP/1.1" 200 OK`:                                              `INFO:     # - "GET /health HTTP/#" # OK`,
		"dial tcp 10.0.3.219:5000: i/o timeout":                                                                  "dial tcp 10.0.3.219:5000: i/o timeout",
		"task 0f8fad5b-d9cb-469f-a165-70867728950e at 0xc000123 failed":                                          "task # at # failed",
		"id 53f2c1aa0b99d8e7 deadbeef deadbee model v2 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15": "id # deadbeef deadbee model v# #",
	} {
		if got := patternOf(line); got != wanted {
			t.Errorf("%s\nbecame\n%s\nnot\n%s", line, got, wanted)
		}
	}
}

func TestAddressesInLogs(t *testing.T) {
	t.Parallel()
	for line, wanted := range map[string]string{
		"WARNING: Connection to 10.0.3.219 timed out. (connect timeout=120)":                                                                                                       "10.0.3.219:0",
		"HTTPConnectionPool(host='10.0.3.219', port=5000): Max retries exceeded (Caused by ConnectTimeoutError(<x>, 'Connection to 10.0.3.219 timed out. (connect timeout=120)'))": "10.0.3.219:5000",
		`connection to server at "db.Internal" (10.0.5.9), port 5432 failed: Connection refused`:                                                                                   "db.internal:5432",
		"GET http://mlflow.dev.local:5000/api/2.0/x failed":                                                                                                                        "mlflow.dev.local:5000",
		"dial tcp 10.0.3.219:5000: i/o timeout":                                                                                                                                    "10.0.3.219:5000",
		"dial tcp: lookup mlflow.dev.local on 10.0.0.2:53: no such host":                                                                                                           "mlflow.dev.local:0",
		"Error: getaddrinfo ENOTFOUND redis.dev.local":                                                                                                                             "redis.dev.local:0",
		"connect ECONNREFUSED 10.0.1.9:6379":                                                                                                                                       "10.0.1.9:6379",
		`File "/app/model_registry.py:26", line 26`:                                                                                                                                "",
		`10.0.0.12:48822 - "GET /x HTTP/1.1" 200`:                                                                                                                                  "",
		"read tcp 10.0.3.76:51234->10.0.3.77:5000: i/o timeout":                                                                                                                    "10.0.3.77:5000",
		"http: TLS handshake error from 10.0.1.23:51234: EOF":                                                                                                                      "",
		"no response from 10.0.3.77:5000 within 5 s":                                                                                                                               "10.0.3.77:5000",
		"ERROR: client 10.0.2.9:4012 closed the connection":                                                                                                                        "",
		"upstream timed out, client: 10.0.2.9:4012, to 10.0.3.77:5000":                                                                                                             "10.0.3.77:5000",
		"version 1.2.3 started at 12:30:15":                                                                                                                                        "",
		"postgresql://u:hunter2@db.dev.local:5432/x is not there":                                                                                                                  "db.dev.local:5432",
	} {
		got := ""
		if a := addressLogged(line); a != nil {
			got = fmt.Sprintf("%s:%d", a.Host, a.Port)
		}
		if got != wanted {
			t.Errorf("%s: %q, not %q", line, got, wanted)
		}
	}
}

// Lines that differ in their secrets only are one pattern.
func TestSecretsDoNotMakePatterns(t *testing.T) {
	t.Parallel()
	p := newPatterns("g")
	for i, secret := range []string{"alpha", "bravo", "charlie"} {
		p.add(logEvent{Message: "ERROR token=" + secret + " refused", Timestamp: int64(1000 * (3 - i)), LogStreamName: secret})
	}
	list := p.list()
	if len(list) != 1 || list[0].Count != 3 || list[0].Sample != "ERROR token=[redacted] refused" || list[0].Stream != "alpha" || list[0].First.UnixMilli() != 1000 || list[0].Last.UnixMilli() != 3000 {
		t.Errorf("%+v", list)
	}
}

// Lines that tell of trouble are kept however many others there are.
func TestTroublesComeThrough(t *testing.T) {
	t.Parallel()
	p := newPatterns("/ecs/api")
	letters := func(i int) string { return string([]byte{byte('a' + i/676%26), byte('a' + i/26%26), byte('a' + i%26)}) }
	for i := range 400 {
		for range 3 {
			p.add(logEvent{Message: "GET " + letters(i) + " 200", LogStreamName: "s"})
		}
	}
	p.add(logEvent{Message: "INFO: Application startup complete."})
	p.add(logEvent{Message: "\x1b[31mTraceback (most recent call last):\n  File \"/app/a.py\", line 1, in <module>\n    x\n  File \"/app/model_registry.py\", line 26\n    y = (\nSyntaxError: '(' was never closed\x1b[0m\n"})
	p.add(logEvent{Message: "   "})
	list := p.list()
	var samples []string
	for _, one := range list {
		samples = append(samples, one.Sample)
	}
	text := strings.Join(samples, "\n")
	if len(list) != keptOthers+2 || !strings.Contains(text, `File "/app/model_registry.py", line 26: SyntaxError: '(' was never closed`) || !strings.Contains(text, "startup complete") || list[0].Count != 3 {
		t.Errorf("%d:\n%s", len(list), text)
	}
	for i := range maxPatterns {
		p.add(logEvent{Message: "other " + letters(i)})
	}
	if len(p.raw) > maxPatterns || !p.list()[0].More {
		t.Errorf("%d patterns", len(p.raw))
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	var asked []string
	client, _ := serve(t, calm, func(_, request string) (int, string) {
		asked = append(asked, request)
		if strings.Contains(request, `"NextToken":"2"`) {
			return 200, `{"Events":[{"EventName":"ModifyRule","Username":"alice","ReadOnly":"false","EventTime":1772365000,"CloudTrailEvent":"{\"errorCode\":\"AccessDenied\",\"requestParameters\":{\"password\":\"` + plantedSecret + `\"}}"}]}`
		}
		return 200, `{"NextToken":"2","Events":[{"EventName":"DescribeRules","ReadOnly":"true"},{"EventName":"DeleteRule","Username":"bob","ReadOnly":"false","EventTime":1772366000,"CloudTrailEvent":"not JSON"}]}`
	})
	s := &topology.Snapshot{From: noon.Add(-time.Hour)}
	readAt(t, client, FactLimits{Now: func() time.Time { return noon }}, s, want(topology.Changes, "rule-1"))
	wanted := []topology.Change{
		{At: time.Unix(1772366000, 0).UTC(), Event: "DeleteRule", Who: "bob", Resource: "rule-1"},
		{At: time.Unix(1772365000, 0).UTC(), Event: "ModifyRule", Who: "alice", Resource: "rule-1", Failed: "AccessDenied"},
	}
	if got := value(t, s.Changes.Of("rule-1")); fmt.Sprint(got) != fmt.Sprint(wanted) {
		t.Errorf("%+v", got)
	}
	for _, part := range []string{fmt.Sprintf(`"StartTime":%d`, noon.Add(-80*time.Minute).Unix()), fmt.Sprintf(`"EndTime":%d`, noon.Unix()), `"AttributeKey":"ResourceName"`, `"AttributeValue":"rule-1"`} {
		if !strings.Contains(asked[0], part) {
			t.Errorf("%s lacks %s", asked[0], part)
		}
	}
	clean(t, s)
}

func TestDatabaseEvents(t *testing.T) {
	t.Parallel()
	var asked string
	client, _ := serve(t, calm, func(_, request string) (int, string) {
		asked = request
		return 200, `<r><DescribeEventsResult><Events><Event><Message>DB instance restarted</Message><Date>2026-03-01T11:50:00.000Z</Date></Event><Event><Message>The free storage capacity is low</Message><Date>2026-03-01T11:58:00.000Z</Date></Event></Events></DescribeEventsResult></r>`
	})
	s := &topology.Snapshot{From: noon.Add(-100 * 24 * time.Hour)}
	readAt(t, client, FactLimits{Now: func() time.Time { return noon }}, s, want(topology.DatabaseEvents, "mlflow"))
	if got := value(t, s.DatabaseEvents.Of("mlflow")); len(got) != 2 || got[0].Text != "The free storage capacity is low" || !got[1].At.Equal(noon.Add(-10*time.Minute)) {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(asked, "StartTime=2026-02-15T12%3A01%3A00Z") {
		t.Errorf("RDS refuses to look further back than it keeps: %s", asked)
	}
}
