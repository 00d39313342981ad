package incident

import "testing"

// Why something could not be read makes no cause another one.
func TestRootsSeenBetterAndWorse(t *testing.T) {
	const denied, throttled, others = "ecs:DescribeServices (denied): x is not known", "ecs:DescribeServices (throttled): x is not known", "rds:DescribeDBInstances (denied): y is not known"
	root := func(key, level string, gaps ...string) *Root {
		return &Root{Key: key, Code: "APP_5XX", Level: level, Gaps: gaps}
	}
	for name, c := range map[string]struct {
		known, now        *Root
		blurred, sharpens bool
	}{
		"less read":             {root("a", "proven"), root("b", "likely", denied), true, false},
		"more read":             {root("a", "likely", denied), root("b", "proven"), false, true},
		"more read, as sure":    {root("a", "likely", denied), root("b", "likely"), false, true},
		"another reason":        {root("a", "likely", denied), root("b", "likely", throttled), false, false},
		"less read, and surer":  {root("a", "possible"), root("b", "likely", denied), false, false},
		"read otherwise":        {root("a", "likely", denied), root("b", "likely", others), true, false},
		"all read":              {root("a", "likely"), root("b", "likely"), false, false},
		"the same":              {root("a", "proven"), root("a", "likely", denied), false, false},
		"another code":          {root("a", "proven"), &Root{Key: "c", Code: "TG_EMPTY", Level: "likely", Gaps: []string{denied}}, false, false},
		"another code, short":   {root("a", "likely"), &Root{Key: "c", Code: "TG_EMPTY", Level: "proven", Short: true}, true, false},
		"both short":            {&Root{Key: "a", Code: "APP_5XX", Short: true}, &Root{Key: "c", Code: "TG_EMPTY", Level: "proven", Short: true}, false, false},
		"short before, not now": {&Root{Key: "a", Code: "TG_EMPTY", Level: "proven", Short: true}, root("c", "likely"), false, false},
	} {
		if got := c.known.blurred(c.now); got != c.blurred {
			t.Errorf("%s: blurred %t", name, got)
		}
		if got := c.now.sharpens(c.known); got != c.sharpens {
			t.Errorf("%s: sharpens %t", name, got)
		}
	}
}
