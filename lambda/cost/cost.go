package cost

import (
	"fmt"
	"math"
)

// Item is one thing that is paid for.
type Item struct {
	What    string
	How     string  // how much of it there is
	Dollars float64 // a month
}

// Function is what n endpoints cost in a month, without what the stack has
// beside the function. Metrics stand last.
func Function(n int) []Item {
	endpoints := float64(n)
	seconds := answerSeconds + awsSeconds + endpoints*CPUMillis/1000/cpuShare
	logGB := (endpoints*LineBytes + RunBytes + platformBytes) * Runs / 1e9
	kb := (endpoints*StateBytes + BaseBytes) / 1024
	reads, writes := ReadsARun*Runs*math.Ceil(kb/4), Runs/SaveEvery*math.Ceil(kb)
	inventory := compute(stockSeconds) + itemKB*priceWrite + math.Ceil(itemKB/4)*priceRead
	diagnosis := compute(askedSeconds) + itemKB*priceWrite
	metrics := metricsAtAll + n*metricsForEach
	return []Item{
		{"Lambda", fmt.Sprintf("%d runs of %.2f s, with %d MiB", Runs, seconds, MemoryMiB), Runs * (compute(seconds) + priceRequest)},
		{"logs", fmt.Sprintf("%.2f GB, kept for a month", logGB), logGB * priceLogGB},
		{"table", fmt.Sprintf("a read a run, a write every %d min", SaveEvery), reads*priceRead + writes*priceWrite},
		{"inventory", "one an hour, at most", Hours * inventory},
		{"diagnoses", fmt.Sprintf("in %.0f hours of outage, at most", outageHours), outageHours * 60 / SaveEvery * diagnosis},
		{"schedule, topic and mail", fmt.Sprintf("%d messages", Messages), Runs*priceSchedule + Messages*(pricePublish+priceMail)},
		{"metrics", fmt.Sprintf("%d: %d for each endpoint, %d of the environment", metrics, metricsForEach, metricsAtAll), float64(metrics) * PriceMetric},
	}
}

// WithMetricsOfEnvironment is what it costs where only the environment has
// metrics.
func WithMetricsOfEnvironment(n int) float64 {
	items := Function(n)
	return Sum(items[:len(items)-1]) + metricsAtAll*PriceMetric
}

// Sum is what items cost together.
func Sum(items []Item) (dollars float64) {
	for _, one := range items {
		dollars += one.Dollars
	}
	return dollars
}

// compute is what Lambda takes for so many seconds.
func compute(seconds float64) float64 {
	return seconds * MemoryMiB / 1024 * priceGBSecond
}
