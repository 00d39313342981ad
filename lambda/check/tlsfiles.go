package check

import (
	"crypto/tls"
	"crypto/x509"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// tlsVersions are the accepted minimum versions.
var (
	tlsVersionNames = []string{"1.0", "1.1", "1.2", "1.3"}
	tlsVersions     = []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13}
)

// tlsNodes is client.tls while it is read.
type tlsNodes struct {
	ClientTLS
	certificate, key, roots *yaml.Node
}

// tlsSection is the table of TLS handshakes.
var tlsSection = newSection("endpoints[].client.tls", "tls",
	key[tlsNodes]{
		name: "certificate-file", verdict: Adapted, field: node("file", func(t *tlsNodes) **yaml.Node { return &t.certificate }),
		doc: "client certificate, PEM; needs private-key-file", note: "the file is read once, when the configuration is; relative names start at the configuration's directory",
	},
	key[tlsNodes]{
		name: "private-key-file", verdict: Adapted, field: node("file", func(t *tlsNodes) **yaml.Node { return &t.key }),
		doc: "its private key, PEM",
	},
	key[tlsNodes]{
		name: "renegotiation", def: "never", verdict: Supported, field: choice(func(t *tlsNodes) *string { return &t.Renegotiation }, renegotiations...),
		doc: "whether the server may renegotiate",
	},
	key[tlsNodes]{
		name: "ca-file", verdict: Ours, field: node("file", func(t *tlsNodes) **yaml.Node { return &t.roots }),
		doc: "further trusted authorities, PEM",
	},
	key[tlsNodes]{
		name: "server-name", verdict: Ours, field: custom("name", serverName),
		doc: "the name asked for and expected, where it is not the host",
	},
	key[tlsNodes]{
		name: "min-version", verdict: Ours, field: custom(strings.Join(tlsVersionNames, ", "), minVersion),
		doc: "the lowest TLS version that is spoken; by default Go's",
	},
	key[tlsNodes]{
		name: "post-quantum", def: "true", verdict: Ours, field: boolean(func(t *tlsNodes) *bool { return &t.PostQuantum }),
		doc: "false leaves out the post-quantum key share: a smaller first packet, for middleboxes that drop larger ones, and a third less CPU per handshake",
	},
)

// clientTLS reads client.tls; endpoints that share the section share the result.
func (r *reader) clientTLS(n *yaml.Node) *ClientTLS {
	if t := r.pools.tls[n]; t != nil {
		return t
	}
	t := tlsNodes{ClientTLS: *defaultTLS}
	decode(r, n, tlsSection, &t)
	t.CertificatePEM = r.pem("certificate-file", t.certificate)
	t.PrivateKeyPEM = r.pem("private-key-file", t.key)
	t.RootsPEM = r.pem("ca-file", t.roots)
	r.checkPEM(n, &t)
	result := t.ClientTLS
	r.pools.tls[n] = &result
	return &result
}

// checkPEM refuses what the first handshake would stumble over.
func (r *reader) checkPEM(n *yaml.Node, t *tlsNodes) {
	if (t.certificate == nil) != (t.key == nil) {
		r.fail(n, Message{Problem: "a client certificate needs both files", Accepted: "certificate-file and private-key-file, or neither"})
	}
	if t.CertificatePEM != nil && t.PrivateKeyPEM != nil {
		if _, err := tls.X509KeyPair(t.CertificatePEM, t.PrivateKeyPEM); err != nil {
			r.fail(t.certificate, Message{Problem: "certificate-file and private-key-file are not a pair: " + strings.TrimPrefix(err.Error(), "tls: ")})
		}
	}
	if t.RootsPEM != nil && !x509.NewCertPool().AppendCertsFromPEM(t.RootsPEM) {
		r.fail(t.roots, Message{Problem: "the file " + quote(t.roots.Value) + " holds no certificate", Accepted: "certificates in PEM, which start with -----BEGIN CERTIFICATE-----"})
	}
}

// pem reads a file that the section names, or returns nil.
func (r *reader) pem(name string, n *yaml.Node) []byte {
	if n == nil {
		return nil
	}
	r.push(name)
	defer r.pop()
	s, ok := r.scalar(n, "the name of a file")
	if !ok {
		return nil
	}
	if referenceIn(s.text) != nil {
		r.fail(n, Message{Problem: "a file is needed here, a reference to a secret does not work", Accepted: "the name of a file that is deployed beside the configuration"})
		return nil
	}
	path := s.text
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	data, err := readFile(path, false)
	if err != nil {
		r.fail(n, Message{Problem: "the file " + quote(n.Value) + " cannot be read: " + reason(err)})
		return nil
	}
	return data
}

// serverName reads the name that certificates are held against.
func serverName(r *reader, n *yaml.Node, t *tlsNodes) {
	s, ok := r.scalar(n, "a host name")
	host := asciiHost(s.text)
	if ok && !validHost(host) {
		r.fail(n, Message{Problem: quote(n.Value) + " is not a host name", Accepted: "a name such as example.com"})
		return
	}
	t.ServerName = host
}

// minVersion reads the lowest version, which YAML takes for a number.
func minVersion(r *reader, n *yaml.Node, t *tlsNodes) {
	s, ok := r.scalar(n, strings.Join(tlsVersionNames, ", "))
	if !ok {
		return
	}
	i := slices.Index(tlsVersionNames, strings.TrimPrefix(strings.ToUpper(s.text), "TLS"))
	if i < 0 {
		r.fail(n, Message{Problem: quote(n.Value) + " is not a version of TLS", Accepted: strings.Join(tlsVersionNames, ", ")})
		return
	}
	t.MinVersion = tlsVersions[i]
}
