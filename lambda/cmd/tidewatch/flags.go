package main

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/probe"
)

// probeFlags are the flags of the commands that probe.
type probeFlags struct {
	config      configPath
	resolver    string
	only        []string
	concurrency int
	timeout     time.Duration
	state       stateFlag
	given       func(flag string) bool // on the command line
}

// configPath is the value of --config. It is never empty if it is given: a
// variable of a script that is not set must not mean the built-in one.
type configPath string

const pathType = "path"

func (p *configPath) String() string { return string(*p) }

// Type is how expectations calls it.
func (p *configPath) Type() string { return pathType }

// Set takes the value of the flag in.
func (p *configPath) Set(text string) error {
	if text == "" {
		return errors.New("it is empty")
	}
	*p = configPath(text)
	return nil
}

func (p *configPath) register(flags *pflag.FlagSet) {
	flags.Var(p, "config", "configuration `file` or directory (default $"+check.EnvConfig+", then the built-in one)")
}

func (f *probeFlags) register(c *cobra.Command) {
	flags := c.Flags()
	f.given = flags.Changed
	f.config.register(flags)
	flags.StringVar(&f.resolver, "resolver", "", "DNS server for every name, as `HOST[:PORT]`, udp://HOST[:PORT] or tcp://HOST[:PORT]")
	flags.StringArrayVar(&f.only, "only", nil, "probe only endpoints whose key (group/name) matches the `pattern`: * is any text, ? one character;\n"+
		"without a / it may also match the group or the name; may be repeated")
	flags.IntVar(&f.concurrency, "concurrency", 0, "probe at most `n` endpoints at once (default: as configured)")
	f.state.register(flags, stateAccept)
	flags.DurationVar(&f.timeout, "timeout", 0, "cap the timeout of every probe at this `duration`, such as 5s (default: as configured)")
}

// options turns the flags into options of the probes.
func (f *probeFlags) options() (probe.Options, error) {
	if f.given("resolver") && f.resolver == "" {
		return probe.Options{}, badResolver(f.resolver)
	}
	resolver, err := parseResolver(f.resolver)
	if err != nil {
		return probe.Options{}, err
	}
	if f.given("concurrency") && f.concurrency < 1 {
		return probe.Options{}, usagef("--concurrency %d: expected a whole number from 1", f.concurrency)
	}
	if f.given("timeout") && f.timeout < time.Millisecond {
		return probe.Options{}, usagef("--timeout %s: expected a duration of at least 1ms, such as 5s", f.timeout)
	}
	return probe.Options{Resolver: resolver, Timeout: f.timeout, Concurrency: f.concurrency}, nil
}

const dnsPort = "53"

// parseResolver reads HOST[:PORT] with an optional network in front; empty
// text is no resolver.
func parseResolver(text string) (*check.Resolver, error) {
	if text == "" {
		return nil, nil
	}
	network, address, found := strings.Cut(text, "://")
	if !found {
		network, address = "udp", text
	}
	host, port, err := splitResolver(address)
	if err != nil || network != "udp" && network != "tcp" {
		return nil, badResolver(text)
	}
	return &check.Resolver{Network: network, Address: net.JoinHostPort(host, port)}, nil
}

func badResolver(text string) error {
	return usagef("--resolver %q: expected HOST[:PORT], udp://HOST[:PORT] or tcp://HOST[:PORT], such as 10.0.0.2 or tcp://[fd00::2]:53", text)
}

func splitResolver(address string) (host, port string, err error) {
	if bare, found := strings.CutPrefix(address, "["); found && strings.HasSuffix(bare, "]") {
		address = strings.TrimSuffix(bare, "]")
	}
	if ip, err := netip.ParseAddr(address); err == nil {
		return ip.String(), dnsPort, nil
	}
	if !strings.Contains(address, ":") {
		address += ":" + dnsPort
	}
	host, port, err = net.SplitHostPort(address)
	if err != nil {
		return "", "", err
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", "", strconv.ErrRange
	}
	if host == "" || strings.ContainsAny(host, "/@?# ") {
		return "", "", strconv.ErrSyntax
	}
	return host, port, nil
}
