package probe

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"hokus.ai/tidewatch/lambda/check"
	"hokus.ai/tidewatch/lambda/internal/result"
)

// load reads the endpoints of a configuration, which is how checks come to be
// outside of tests too. text is what stands under `endpoints:`.
func load(t testing.TB, text string) []check.Check {
	t.Helper()
	source := check.Source{
		Name: "test.yaml", Data: []byte("environment: test\nendpoints:\n" + text), Dir: t.TempDir(),
		Env: func(string) (string, bool) { return "", false },
	}
	config, messages := check.Load(source)
	if config == nil {
		t.Fatalf("the test's configuration is wrong:\n%v\n%s", messages, text)
	}
	return config.Checks
}

// probeOne probes the only endpoint of a configuration and requires that it
// ends within its timeout.
func probeOne(t testing.TB, text string) result.Result {
	t.Helper()
	checks := load(t, text)
	r := New(Options{}).Probe(t.Context(), &checks[0])
	if limit := checks[0].Timeout + 3*time.Second; time.Duration(r.Duration) > limit {
		t.Errorf("took %v, more than %v", time.Duration(r.Duration), limit)
	}
	return r
}

// endpoint is a configuration with one endpoint, a timeout that a busy machine
// keeps and the given further lines, each "key: value" at the endpoint's level.
func endpoint(url string, lines ...string) string {
	text := fmt.Sprintf("  - name: e\n    url: %q\n", url)
	conditions := true
	client := true
	for _, line := range lines {
		text += "    " + strings.ReplaceAll(line, "\n", "\n    ") + "\n"
		conditions = conditions && !strings.HasPrefix(line, "conditions:")
		client = client && !strings.HasPrefix(line, "client:")
	}
	if conditions {
		text += "    conditions: [\"[CONNECTED] == true\"]\n"
	}
	if client {
		text += "    " + patient + "\n"
	}
	return text
}

// serve accepts connections on a loopback port until the test ends, and hands
// each to handle, which need not close it.
func serve(t testing.TB, handle func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	var mu sync.Mutex
	conns := map[net.Conn]bool{}
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns[conn] = true
			mu.Unlock()
			open.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for conn := range conns {
			conn.Close()
		}
		mu.Unlock()
		open.Wait()
	})
	return listener.Addr().String()
}

// serveTLS is serve behind a TLS handshake with the certificate.
func serveTLS(t testing.TB, certificate tls.Certificate, handle func(net.Conn)) string {
	t.Helper()
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1", "h2"}}
	return serve(t, func(conn net.Conn) {
		secured := tls.Server(conn, config)
		if secured.Handshake() == nil {
			handle(secured)
		}
	})
}

// replay answers every request with the same bytes and closes.
func replay(answer string) func(net.Conn) {
	return func(conn net.Conn) {
		readRequest(conn)
		_, _ = conn.Write([]byte(answer))
	}
}

// readRequest reads up to the end of the request's headers.
func readRequest(conn net.Conn) string {
	var request []byte
	buffer := make([]byte, 4096)
	for !bytes.Contains(request, []byte("\r\n\r\n")) {
		n, err := conn.Read(buffer)
		request = append(request, buffer[:n]...)
		if err != nil {
			break
		}
	}
	return string(request)
}

// blackhole is a port whose queue of connections is full, so that the next
// attempt is never answered.
func blackhole(t testing.TB) string {
	t.Helper()
	fd, address := fullListener(t)
	t.Cleanup(func() { closeSocket(fd) })
	return address
}

// authority signs certificates for tests.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test Authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{certificate, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue signs a certificate for 127.0.0.1 and localhost, changed by change.
func (a *authority) issue(t testing.TB, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "leaf"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(30 * 24 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// file writes the authority's certificate for client.tls.ca-file.
func (a *authority) file(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, a.pem, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// noLeaks fails the test if goroutines or descriptors are left when it ends.
// It must be called before the test's servers are started.
func noLeaks(t testing.TB) {
	t.Helper()
	openPoller()
	goroutines, descriptors := runtime.NumGoroutine(), openDescriptors()
	t.Cleanup(func() {
		deadline := time.Now().Add(20 * time.Second)
		for time.Now().Before(deadline) {
			if runtime.NumGoroutine() <= goroutines && openDescriptors() <= descriptors {
				return
			}
			time.Sleep(5 * time.Millisecond) // until they have ended, within the deadline
		}
		if n := runtime.NumGoroutine(); n > goroutines {
			stacks := make([]byte, 1<<16)
			t.Errorf("%d goroutines before, %d after:\n%s", goroutines, n, stacks[:runtime.Stack(stacks, true)])
		}
		if n := openDescriptors(); n > descriptors {
			t.Errorf("%d descriptors before, %d after", descriptors, n)
		}
	})
}

// openPoller has the runtime open what it waits for the network with, which is
// two descriptors that stay: the first connection of the process would do it.
var openPoller = sync.OnceFunc(func() {
	if listener, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		listener.Close()
	}
})

// openDescriptors is 0 where the system does not tell.
func openDescriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
