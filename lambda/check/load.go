package check

import (
	"fmt"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// Load reads one configuration. The configuration is nil if, and only if, the
// report holds an error.
func Load(s Source) (*Config, Report) { return load([]Source{s}) }

// load reads several sources as one configuration, whose directory and
// variables are those of the first.
func load(sources []Source) (*Config, Report) {
	r := newReader(sources[0])
	var root *yaml.Node
	var blank Messages
	for _, s := range sources {
		tree, problem := parse(s)
		if problem != nil {
			problem.Level = Error
			r.messages = append(r.messages, *problem)
			continue
		}
		if tree == nil {
			blank = append(blank, Message{Level: Error, File: s.Name, Problem: empty, Accepted: acceptedFile})
			continue
		}
		r.files.add(s, tree)
		if root == nil {
			root = tree
		} else {
			mergeTree(root, tree)
		}
	}
	if root == nil && len(r.messages) == 0 {
		r.messages = blank // one file may say nothing, all of them may not
	}
	if root == nil || len(r.messages) > 0 || !checkTree(r, root) {
		return nil, r.report()
	}
	config := r.config(root)
	report := r.report()
	if report.Failed() {
		return nil, report
	}
	return config, report
}

// newReader returns a reader that has seen nothing.
func newReader(s Source) *reader {
	r := &reader{
		dir: s.Dir, env: s.Env, schema: schema(),
		said: make(map[said]bool), concealed: make(map[string]bool), used: make(map[*KeyInfo]int), toldTypes: make(map[string]bool),
		pools: newPools(),
	}
	if r.env == nil {
		r.env = func(string) (string, bool) { return "", false }
	}
	return r
}

// schema lists the tables of all sections, in the order of the reference.
func schema() []*sectionInfo {
	return []*sectionInfo{
		&topSection.info, &endpointSection.info, &clientSection.info, &oauth2Section.info, &tlsSection.info,
		&dnsSection.info, &grpcSection.info, &sshSection.info, &alertSection.info, &windowSection.info,
		&uiSection.info, &runsOnSection.info, &awsSection.info, &summarySection.info,
		&maintenanceSection.info, &connectivitySection.info, &checkerSection.info,
		&alertingSection.info, &providerSection.info, &defaultAlertSection.info,
	}
}

// report closes the reading.
func (r *reader) report() Report {
	sortMessages(r.messages, r.files.order())
	return Report{Messages: r.messages, Compat: r.compat()}
}

// config reads the whole tree. Default alerts stand anywhere in the file, so
// endpoints are read last.
func (r *reader) config(root *yaml.Node) *Config {
	d := draft{config: newConfig(), defaults: make(map[string]Alert)}
	decode(r, root, topSection, &d)
	r.push("endpoints")
	defer r.pop()
	if d.endpoints == nil || d.endpoints.Kind == yaml.SequenceNode && len(d.endpoints.Content) == 0 {
		r.fail(root, Message{Problem: "there are no endpoints, so nothing would be checked", Accepted: `endpoints: [{name: web, url: "https://example.com", conditions: ["[STATUS] == 200"]}]`})
		return nil
	}
	if d.endpoints.Kind != yaml.SequenceNode {
		r.wrongKind(d.endpoints, "a list of endpoints, each of which starts with -")
		return nil
	}
	fleet := newFleet(len(d.endpoints.Content))
	var e endpoint
	r.each(d.endpoints, "", func(i int, item *yaml.Node) {
		r.endpoint(&e, item, d.defaults)
		r.addTo(fleet, i, &e)
		// The tree of a large file weighs more than all that is kept of
		// it; what has been read can go while the rest is.
		d.endpoints.Content[i] = nil
	})
	r.checkDependencies(fleet)
	if len(fleet.checks) == 0 && len(fleet.members) == len(d.endpoints.Content) {
		r.warn(d.endpoints, "every endpoint is disabled, so nothing is checked")
	}
	for i := range fleet.checks {
		fleet.checks[i].Sensitive = r.sensitive
	}
	d.config.Checks = fleet.checks
	return d.config
}

// fleet is all endpoints together: what only can be judged of all of them.
type fleet struct {
	checks  []Check // enabled endpoints
	members []member
	byKey   map[string]int // lower case key → index of members

	written []string // keys for messages, once there is one
	guesses int      // how many unknown keys were compared with all others
}

// member is one endpoint, enabled or not.
type member struct {
	key         string
	written     string     // key as in the file, for messages
	groupLength int        // how much of the key is the group
	index       int        // in the file
	check       int        // in checks; -1: disabled
	at          *yaml.Node // its name
	group       *yaml.Node
	requires    *yaml.Node // its depends-on
	on          []int      // the members it depends on
}

// newFleet makes room for exactly that many endpoints, because it is kept.
func newFleet(n int) *fleet {
	return &fleet{checks: make([]Check, 0, n), members: make([]member, 0, n), byKey: make(map[string]int, n)}
}

// addTo adds an endpoint unless its key is taken.
func (r *reader) addTo(f *fleet, index int, e *endpoint) {
	if e.name == nil || e.Name == "" {
		return
	}
	folded := strings.ToLower(e.Key)
	if i, taken := f.byKey[folded]; taken {
		r.under("name", func() { r.fail(e.name, Message{Problem: r.sameKey(f.members[i], e)}) })
		return
	}
	m := member{key: e.Key, written: written(e), groupLength: len(e.Group), index: index, check: -1, at: e.name, group: e.group, requires: e.requires}
	if e.enabled {
		m.check = len(f.checks)
		f.checks = append(f.checks, e.Check)
	}
	f.byKey[folded] = len(f.members)
	f.members = append(f.members, m)
}

// sameKey says that an endpoint has the key of an earlier one, and how if the
// two are not called the same.
func (r *reader) sameKey(first member, e *endpoint) string {
	const remedy = "; give it another name or group"
	place := r.where(first.at, e.name)
	if first.groupLength == len(e.Group) {
		return "the endpoint " + quote(written(e)) + " stands here a second time; the first is at " + place + remedy
	}
	return fmt.Sprintf("%s makes the key %s, which %s at %s has too, because a key is group/name%s",
		parts(e.group, e.name), quote(written(e)), parts(first.group, first.at), place, remedy)
}

// parts shows the two parts of a key as they stand in the file.
func parts(group, name *yaml.Node) string {
	if group == nil || group.Value == "" {
		return "the name " + quote(name.Value) + " without a group"
	}
	return "the name " + quote(name.Value) + " in the group " + quote(group.Value)
}

// written shows the key of an endpoint as it stands in the file.
func written(e *endpoint) string {
	text := e.name.Value
	if e.group != nil && e.Group != "" {
		text = e.group.Value + "/" + text
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, text)
}
