package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxVariables is what is left of the 4,096 bytes that Lambda takes. It measures
// all of them as JSON, and the function's own have up to 850 bytes, with the
// longest namespace and name of a configuration.
const maxVariables = 3200

var variableName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// setVariables reads a mapping, or a list of NAME=VALUE.
func setVariables(c *config, v value) error {
	all := map[string]string{}
	if mapping, ok := v.raw.(map[string]any); ok {
		for _, name := range slices.Sorted(maps.Keys(mapping)) {
			s, err := value{mapping[name]}.text()
			if err != nil {
				return fmt.Errorf("%s: %w", quoted(name), err)
			}
			all[name] = s
		}
	} else {
		texts, err := v.list()
		if err != nil {
			return err
		}
		for _, s := range texts {
			name, content, ok := strings.Cut(s, "=")
			if !ok {
				// Not shown: it may be what stands behind a comma in a value.
				return errors.New("an entry has no =; expected NAME=VALUE, and a mapping in cdk.json for values with commas")
			}
			all[name] = content
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if err := free(name); err != nil {
			return err
		}
	}
	measured, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if size := len(measured); size > maxVariables {
		return fmt.Errorf("they have %d bytes as the JSON that Lambda measures, and it takes %d beside those of the function itself; write what does not change into the configuration", size, maxVariables)
	}
	c.variables = all
	return nil
}

// free reports whether a variable may be called so.
func free(name string) error {
	if !variableName.MatchString(name) {
		return fmt.Errorf("%s cannot name a variable; expected letters, digits and underscores", quoted(name))
	}
	for _, prefix := range []string{"AWS_", "LAMBDA_", "TIDEWATCH_"} {
		if strings.HasPrefix(name, prefix) {
			return fmt.Errorf("%q is not free: variables that begin with %s belong to the function itself", name, prefix)
		}
	}
	return nil
}

// zones may name one zone several times: subnets can share it.
func zones(c *config, v value) error {
	texts, err := v.list()
	if err != nil {
		return err
	}
	for _, s := range texts {
		if err := zoneName.check(s); err != nil {
			return err
		}
	}
	c.vpc.zones = texts
	return nil
}

// setAdmissions reads groups with a port or a range each.
func setAdmissions(c *config, v value) error {
	texts, err := v.distinct()
	if err != nil {
		return err
	}
	c.admitTo = nil
	for _, s := range texts {
		group, ports, _ := strings.Cut(s, ":")
		if err := groupID.check(group); err != nil {
			return err
		}
		first, last, isRange := strings.Cut(ports, "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.ParseUint(first, 10, 16)
		to, err2 := strconv.ParseUint(last, 10, 16)
		if err1 != nil || err2 != nil || from == 0 || to < from {
			return fmt.Errorf("%s is not as expected: a security group with a port or a range, such as %s:5000 or %s:8000-8100", quoted(s), group, group)
		}
		one := admission{group, int(from), int(to)}
		if slices.Contains(c.admitTo, one) {
			return fmt.Errorf("%q is written twice, perhaps as a port and as a range of one", s)
		}
		c.admitTo = append(c.admitTo, one)
	}
	return nil
}

// gatewayService is the service whose endpoint is a route; those of the others
// are interfaces, one in each subnet.
const gatewayService = "dynamodb"

// endpointServices are what there are endpoints for: the services that the
// function may call.
var endpointServices = []string{gatewayService, "sns", "secretsmanager", "ssm", "ecs", "ec2", "elasticloadbalancing", "logs", "servicediscovery", "rds", "cloudtrail", "lambda"}

// setServices reads the services that get endpoints.
func setServices(c *config, v value) error {
	texts, err := v.distinct()
	if err != nil {
		return err
	}
	for _, s := range texts {
		if !slices.Contains(endpointServices, s) {
			return fmt.Errorf("%s is not as expected: %s", quoted(s), "one of "+strings.Join(endpointServices, ", "))
		}
	}
	c.services = texts
	return nil
}

// A VPC may have a /16 to a /28; ours has four subnets of at least 16.
func setCIDR(c *config, v value) error {
	s, err := v.text()
	if err != nil {
		return err
	}
	network, err := netip.ParsePrefix(s)
	if err != nil || !network.Addr().Is4() || network.Masked() != network || !network.Addr().IsPrivate() || network.Bits() < 16 || network.Bits() > 26 {
		return fmt.Errorf("%s is not as expected: a private IPv4 network from /16 to /26 such as 10.91.0.0/16", quoted(s))
	}
	c.newVPC.cidr = s
	return nil
}

// setLogDays reads a number of days that CloudWatch Logs can keep.
func setLogDays(c *config, v value) error {
	s, err := v.text()
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(s); err == nil && retentions[n] != "" {
		c.keepLogs = n
		return nil
	}
	return fmt.Errorf("%s is not as expected: one of the numbers of days that CloudWatch Logs has, %s", quoted(s), strings.Trim(fmt.Sprint(slices.Sorted(maps.Keys(retentions))), "[]"))
}

// setNamespace reads a namespace that is not one of AWS itself.
func setNamespace(c *config, v value) error {
	s, err := v.text()
	if err == nil {
		err = metricNS.check(s)
	}
	if err == nil && strings.HasPrefix(s, "AWS/") {
		err = fmt.Errorf("%s is not as expected: %s", quoted(s), metricNS.expected)
	}
	if err == nil {
		c.namespace = s
	}
	return err
}

// webhookPath is how the URL of a webhook ends, which somebody may have copied
// without its beginning.
var webhookPath = regexp.MustCompile(`(^|/)T[A-Z0-9]+/B[A-Z0-9]+/`)

// setWebhook takes the name of the secret, also as a reference of the
// configuration file, and does not repeat what may be the secret itself.
func setWebhook(c *config, v value) error {
	s, err := v.text()
	if err != nil {
		return err
	}
	s = strings.TrimPrefix(s, "secretsmanager:")
	if strings.Contains(s, "//") || strings.Contains(s, "hooks.") || webhookPath.MatchString(s) {
		return fmt.Errorf("it is not shown, since it looks like the URL itself; expected %s", secretID.expected)
	}
	if err := secretID.check(s); err != nil {
		return err
	}
	c.slack.webhook = s
	return nil
}
