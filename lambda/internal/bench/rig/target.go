package main

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
	"strings"
	"time"
)

// answer is what every request gets: a health report of about 1 KB, and the
// end of the connection.
var answer = func() []byte {
	body := `{"status":"UP","uptime":1700000000,"details":"` + strings.Repeat("x", 950) + `"}`
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nServer: rig\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
}()

// target serves until it is killed.
func target(dir string, delay time.Duration) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := listener.Addr()
	if dir != "" {
		config, err := serverTLS(dir)
		if err != nil {
			return err
		}
		listener = tls.NewListener(listener, config)
	}
	fmt.Println(address) // says that everything is ready, the authority's file too
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go reply(conn, delay)
	}
}

func reply(conn net.Conn, delay time.Duration) {
	defer conn.Close()
	buffer := make([]byte, 4096)
	seen := 0
	for !bytes.Contains(buffer[:seen], []byte("\r\n\r\n")) {
		n, err := conn.Read(buffer[seen:])
		if err != nil || seen+n == len(buffer) {
			return
		}
		seen += n
	}
	time.Sleep(delay)
	_, _ = conn.Write(answer) // a client that is gone is not the target's business
}

// serverTLS makes an authority, writes it to dir/ca.pem, and returns the
// configuration of a server with a certificate of it.
func serverTLS(dir string) (*tls.Config, error) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Rig Authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, &key.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER})
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), text, 0o600); err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leafDER}, PrivateKey: key}}}, nil
}
