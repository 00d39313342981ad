package cost

import (
	"math"
	"strings"
	"testing"
)

// Reckoned by hand for a fleet of a hundred: 206 metrics at 0.30; 43,800 runs
// of 0.895 s with half a GB, and as many requests; 81,400 bytes of log a run.
func TestFunction(t *testing.T) {
	want := map[string]float64{
		"metrics": 61.80,
		"Lambda":  43800*0.8948*0.5*0.0000133334 + 43800*0.0000002,
		"logs":    43800 * 81400 / 1e9 * 0.53,
		"table":   43800*0.000000125 + 8760*2*0.000000625, // 1,400 bytes: one unit to read, two to write
	}
	items := Function(100)
	for _, one := range items {
		if dollars, ok := want[one.What]; ok && math.Abs(one.Dollars-dollars) > 0.005 {
			t.Errorf("%s: %.3f, want %.3f", one.What, one.Dollars, dollars)
		}
		delete(want, one.What)
	}
	if len(want) > 0 {
		t.Errorf("not reckoned: %v", want)
	}
	if last := items[len(items)-1]; last.What != "metrics" {
		t.Errorf("%s stands last", last.What)
	}
}

// What a larger fleet has more of costs more; the rest costs the same.
func TestFunctionGrows(t *testing.T) {
	few, many := Function(15), Function(200)
	for i := range few {
		grows := strings.Contains("Lambda logs table metrics", few[i].What)
		if is := many[i].Dollars > few[i].Dollars; is != grows {
			t.Errorf("%s: %.3f for few, %.3f for many", few[i].What, few[i].Dollars, many[i].Dollars)
		}
	}
}

func TestWithMetricsOfEnvironment(t *testing.T) {
	saved := Sum(Function(15)) - WithMetricsOfEnvironment(15)
	if math.Abs(saved-30*PriceMetric) > 1e-9 {
		t.Errorf("it saves %.2f, want the %d metrics of endpoints", saved, 30)
	}
}
