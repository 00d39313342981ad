// Package cost reckons what a month of Tidewatch on AWS costs, in US dollars of
// us-east-1. Both chapters of the README about money are made from it, that of
// the function and that of the stack, so that they cannot disagree. The function
// itself does not use it.
package cost

// Figures of a run in which everything is well, for every endpoint and beside
// them. A test holds them against the real function.
const (
	CPUMillis  = 1.0   // of a whole CPU, for an endpoint over TLS
	LineBytes  = 800.0 // of log for an endpoint
	RunBytes   = 800.0 // of log beside them
	StateBytes = 10.0  // of the state for an endpoint, compressed
	BaseBytes  = 400.0 // of the state beside them
	ReadsARun  = 1     // of the state
	SaveEvery  = 5     // minutes
)

// What is assumed, and written in the README.
const (
	Hours         = 730 // of a month
	Runs          = Hours * 60
	Messages      = 100   // a month, to one mail address
	MemoryMiB     = 512   // of the function, which a test holds against the stack
	answerSeconds = 0.5   // until the slowest endpoint has answered
	awsSeconds    = 0.05  // until the table has
	cpuShare      = 0.29  // of a CPU that Lambda gives with that memory
	platformBytes = 600.0 // of log that Lambda adds to an invocation
	stockSeconds  = 20.0  // an inventory may take, once an hour
	itemKB        = 350.0 // that an inventory or a report may have
	outageHours   = 10.0  // a month, in which there is a diagnosis every five minutes
	askedSeconds  = 90.0  // a diagnosis may take with its slow answers
)

// List prices in us-east-1, as they were in 2026, without any free tier.
const (
	PriceMetric   = 0.30         // a month; of the first 10,000
	priceGBSecond = 0.0000133334 // of a function on arm64
	priceRequest  = 0.20 / 1e6
	priceLogGB    = 0.50 + 0.03 // ingestion, and a month of storage
	priceRead     = 0.125 / 1e6 // of 4 KB, on demand
	priceWrite    = 0.625 / 1e6 // of 1 KB, on demand
	priceSchedule = 1.00 / 1e6
	pricePublish  = 0.50 / 1e6
	priceMail     = 2.00 / 100e3
)

// How many metrics there are.
const (
	metricsAtAll   = 6 // of the environment
	metricsForEach = 2 // Healthy and Duration
)
