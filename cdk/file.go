package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"

	"hokus.ai/tidewatch/lambda/access"
	"hokus.ai/tidewatch/lambda/check"
)

// load reads the configuration file as the function will: with the variables
// that it will have, and no others.
func (c *config) load(root string) []error {
	path := c.path
	if path != "" && !filepath.IsAbs(path) {
		path = filepath.Join(root, path)
	}
	c.path = path
	file, report := check.Open(path, c.variable)
	var problems []error
	for _, m := range report.Messages {
		if m.Level == check.Error {
			problems = append(problems, errors.New("configuration "+m.String()))
		} else {
			c.notes = append(c.notes, m)
		}
	}
	if file == nil {
		return problems
	}
	for _, cluster := range file.AWS.Clusters {
		if !clusterName.pattern.MatchString(cluster) {
			problems = append(problems, fmt.Errorf("configuration aws.clusters: %q is not as expected: %s", cluster, clusterName.expected))
		}
	}
	if len(problems) == 0 {
		c.file = file
	}
	return problems
}

// variable looks up what the function will have, not what is set here.
func (c *config) variable(name string) (string, bool) {
	content, ok := c.variables[name]
	return content, ok
}

// privateEndpoints are those that a new VPC does not reach, with the reason.
func privateEndpoints(file *check.Config) []string {
	var found []string
	note := func(key, host string) {
		if isPrivate(host) {
			found = append(found, key+" ("+host+")")
		}
	}
	for i := range file.Checks {
		c := &file.Checks[i]
		note(c.Key, c.Target.Host)
		if c.DNS != nil {
			note(c.Key, strings.TrimSuffix(c.DNS.QueryName, "."))
		}
		if r := c.Client.Resolver; r != nil {
			if host, _, err := net.SplitHostPort(r.Address); err == nil {
				note(c.Key, host)
			}
		}
	}
	if file.Connectivity != nil {
		if host, _, err := net.SplitHostPort(file.Connectivity.Target); err == nil {
			note("connectivity.checker", host)
		}
	}
	return found
}

// sharedSpace is what carriers, and some VPCs, use beside the private networks.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// isPrivate tells hosts that only answer inside some network. Names of private
// zones look like others, except for those that nobody can have in public.
func isPrivate(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsLoopback() || sharedSpace.Contains(ip)
	}
	name := strings.ToLower(host)
	for _, end := range []string{".local", ".internal", ".localhost", ".lan", ".home.arpa"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	// Load balancers inside a VPC are called so by AWS.
	return strings.HasPrefix(name, "internal-") && access.IsNameOfBalancer(name)
}
