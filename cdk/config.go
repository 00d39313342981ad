package main

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"hokus.ai/tidewatch/lambda/check"
)

// config is everything that the stack is made from: the configuration file of
// the function, and the context. A field that is zero was not written.
type config struct {
	file   *check.Config
	notes  check.Messages // what the file's author should know
	path   string         // of the file or directory; "": the one that is built in
	stack  string         // name of the stack
	region string
	// variables are those that the file refers to. The function gets them,
	// and no others, so they are all that the file may rely on here.
	variables map[string]string
	namespace string
	memory    int // MiB

	vpc      existing
	newVPC   created
	services []string // reached through endpoints of the VPC
	admitTo  []admission

	keepTable  bool
	keepLogs   int      // days
	secretKeys []string // ARNs of KMS keys

	mail, operatorMail []string
	slack              chat
	dashboard          bool
}

// existing is a VPC that is there already, by its ids.
type existing struct {
	id      string
	subnets []string
	zones   []string // one for each subnet
	groups  []string // security groups of the function; none: it gets its own
	routes  []string // route tables of the subnets, for the gateway endpoint
}

// created says what a new VPC is like.
type created struct {
	cidr   string
	nats   int
	peered bool // private endpoints can be reached all the same
}

// admission lets the function in through a group of somebody else's.
type admission struct {
	group    string
	from, to int // ports
}

// chat is where Slack messages go: a channel of Amazon Q, or a webhook.
type chat struct {
	workspace, channel string
	webhook            string // reference to the secret that holds its URL
}

// readContext makes a configuration of the context, reads the file that it
// names, and reports everything that is wrong with either. Region is the one
// of the environment or the AWS profile, or "".
func readContext(context map[string]any, region, root string) (config, error) {
	c := config{region: region}
	var problems []error
	written := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(context)) {
		k := keyNamed(name)
		switch {
		case k == nil && belongsToCDK(name):
		case k == nil:
			problems = append(problems, unknown(name))
		default:
			written[name] = true
			if err := k.set(&c, value{context[name]}); err != nil {
				problems = append(problems, fmt.Errorf("context %s: %w", name, err))
			}
		}
	}
	for _, k := range keys {
		if k.def != "" && !written[k.name] {
			if err := k.set(&c, value{k.def}); err != nil {
				return config{}, fmt.Errorf("the default of context %s: %w", k.name, err)
			}
		}
	}
	problems = append(problems, c.load(root)...)
	c.settle(written)
	problems = append(problems, c.contradictions(written)...)
	return c, errors.Join(problems...)
}

// keyOfCDK are the CDK's own keys: feature flags, its command line's settings,
// answers of lookups, and what `cdk acknowledge` has been told.
var keyOfCDK = regexp.MustCompile(`^(@[a-z0-9-]+/.|(aws|aws-cdk|cdk):.|[a-z0-9-]+:account=|acknowledged-issue-numbers$)`)

// belongsToCDK tells the CDK's own keys from ours, which are plain words.
func belongsToCDK(name string) bool { return keyOfCDK.MatchString(name) }

// unknown refuses a key, with the one that may have been meant.
func unknown(name string) error {
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	shown := name
	if !plainKey.MatchString(name) {
		shown = quoted(name) // whatever it is, it stays in its line
	}
	if like := check.Nearest(name, names); like != "" && len(name) <= maxShown {
		return fmt.Errorf("context %s: there is no such key; did you mean %s?", shown, like)
	}
	return fmt.Errorf("context %s: there is no such key; expected one of %s", shown, strings.Join(names, ", "))
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// settle fills in what follows from the file.
func (c *config) settle(written map[string]bool) {
	if c.file == nil {
		return
	}
	if !written["region"] && c.file.AWS.Region != "" {
		c.region = c.file.AWS.Region
	}
	if c.stack == "" {
		c.stack = "Tidewatch-" + strings.NewReplacer(".", "-", "_", "-").Replace(c.file.Environment)
	}
}
