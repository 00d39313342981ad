package check

// Kind is a kind of probe.
type Kind string

// The kinds of probes.
const (
	KindHTTP     Kind = "http"
	KindTCP      Kind = "tcp"
	KindTLS      Kind = "tls"
	KindDNS      Kind = "dns"
	KindUDP      Kind = "udp"
	KindSTARTTLS Kind = "starttls"
	KindWS       Kind = "ws"
	KindGRPC     Kind = "grpc"
	KindSSH      Kind = "ssh"
)
