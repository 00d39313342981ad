package awsapi

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"hokus.ai/tidewatch/lambda/internal/redact"
	"hokus.ai/tidewatch/lambda/internal/topology"
)

// addressIn finds the host and port in the value of a variable, if it is an
// address: a URL, host:port, an IP address, or a host name where the name of
// the variable says that it holds one. All else may be a secret and is not
// taken, not even in part: of a variable that is named like a secret only the
// host of a URL is. Of several addresses the first one counts.
func addressIn(name, value string) *topology.HostPort {
	value, _, _ = strings.Cut(strings.TrimSpace(value), ",")
	if scheme, rest, ok := cutScheme(value); ok {
		if !slices.Contains(schemes, scheme) {
			return nil
		}
		return addressOfURL(scheme, rest)
	}
	place := endsLike(name, placeEnds)
	if (namedLike(name, secretParts) && !place) || strings.ContainsAny(value, "@ \t\r\n") {
		return nil
	}
	host, port := value, 0
	if i := strings.LastIndexByte(value, ':'); i >= 0 && !isAddress(value) {
		text, _, _ := strings.Cut(value[i+1:], "/")
		if port = portOf(text); port == 0 {
			return nil
		}
		host = value[:i]
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	named := isHostName(host) && (place || port != 0 && (host == "localhost" || hasSuffixOfNames(host)))
	if !isAddress(host) && !named {
		return nil
	}
	return &topology.HostPort{Host: host, Port: port}
}

// schemes are those of URLs that name a host. Others may be anything, such as
// the beginning of a secret.
var schemes = []string{
	"http", "https", "ws", "wss", "grpc", "grpcs", "tcp", "udp", "tls", "ssl", "postgres", "postgresql", "mysql", "mariadb", "sqlserver", "oracle",
	"redis", "rediss", "memcached", "mongodb", "amqp", "amqps", "kafka", "nats", "mqtt", "mqtts", "ldap", "ldaps", "smtp", "smtps", "ftp", "sftp", "clickhouse", "bolt", "neo4j",
}

// cutScheme takes the scheme of a URL off, with the parts around it in
// jdbc:postgresql:// and postgresql+psycopg2://.
func cutScheme(value string) (scheme, rest string, ok bool) {
	before, rest, ok := strings.Cut(value, "://")
	if !ok {
		return "", "", false
	}
	scheme, _, _ = strings.Cut(strings.ToLower(before[strings.LastIndexByte(before, ':')+1:]), "+")
	return scheme, rest, true
}

// addressOfURL reads host and port. An @ behind them means that they are
// none: it stands in a password that is not escaped, and so do they.
func addressOfURL(scheme, rest string) *topology.HostPort {
	authority := rest
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		authority = rest[:i]
		if strings.Contains(rest[i:], "@") {
			return nil
		}
	}
	host, port := authority[strings.LastIndexByte(authority, '@')+1:], 0
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		if port = portOf(host[i+1:]); port == 0 {
			return nil
		}
		host = host[:i]
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if !isAddress(host) && !isHostName(host) {
		return nil
	}
	return &topology.HostPort{Host: host, Port: port, Scheme: scheme}
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

func portOf(text string) int {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return int(n)
}

// isHostName reports whether a text in lower case is a host name, and not
// something long and random that only looks like one.
func isHostName(text string) bool {
	if len(text) > 253 || strings.Trim(text, "0123456789.-_") == "" || redact.Text(text) != text {
		return false
	}
	for label := range strings.SplitSeq(text, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" || isRandom(label) {
			return false
		}
	}
	return true
}

// isRandom: hosts have words, joined by hyphens; keys have long runs of
// letters and digits.
func isRandom(label string) bool {
	for run := range strings.FieldsFuncSeq(label, func(c rune) bool { return c == '-' || c == '_' }) {
		if len(run) >= 20 && strings.ContainsAny(run, "0123456789") {
			return true
		}
	}
	return false
}

// hasSuffixOfNames reports whether a name has several labels, the last one of
// letters: api.example.org, but not 1.2.3 nor a single word.
func hasSuffixOfNames(host string) bool {
	i := strings.LastIndexByte(host, '.')
	return i > 0 && len(host)-i > 2 && strings.Trim(host[i+1:], "abcdefghijklmnopqrstuvwxyz") == ""
}

// What names of variables are made of, in upper case.
var (
	secretParts = []string{"PASS", "PWD", "SECRET", "TOKEN", "KEY", "CRED", "AUTH", "SALT", "SIGN", "PRIVATE", "COOKIE", "SESSION", "LOGIN", "USER", "OTP"}
	placeEnds   = []string{"HOST", "HOSTS", "HOSTNAME", "ADDR", "ADDRESS", "ENDPOINT", "SERVER", "SERVERS", "URL", "URI", "BROKER", "BROKERS", "DOMAIN"}
)

func namedLike(name string, parts []string) bool {
	name = strings.ToUpper(name)
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(name, part) })
}

func endsLike(name string, ends []string) bool {
	name = strings.ToUpper(name)
	return slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(name, end) })
}
