package check

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// certificateFiles makes a directory with client.pem and client.key.
func certificateFiles(t *testing.T) string {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, &template, &template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, block := range map[string]pem.Block{
		"client.pem": {Type: "CERTIFICATE", Bytes: certificate}, "client.key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Relative names start at the directory of the configuration.
func TestClientTLS(t *testing.T) {
	dir := certificateFiles(t)
	lines := `    client: {tls: &tls {certificate-file: client.pem, private-key-file: client.key, ca-file: client.pem, renegotiation: freely, server-name: other.example.com, min-version: TLS1.2}}
  - {name: second, client: {tls: *tls}, url: "tls://h:1", conditions: ["[CONNECTED] == true"]}`
	config, report := Load(Source{Name: "t.yaml", Data: []byte(endpointFile(lines)), Dir: dir})
	if config == nil {
		t.Fatalf("refused:\n%s", report.Messages)
	}
	got := config.Checks[0].Client.TLS
	if _, err := tls.X509KeyPair(got.CertificatePEM, got.PrivateKeyPEM); err != nil {
		t.Error(err)
	}
	if got.RootsPEM == nil || got.ServerName != "other.example.com" || got.MinVersion != tls.VersionTLS12 || got.Renegotiation != "freely" || !got.PostQuantum {
		t.Errorf("got %+v", got)
	}
	if config.Checks[1].Client.TLS != got {
		t.Error("an alias of tls is read twice")
	}
}

func TestClientDefaults(t *testing.T) {
	config, _ := loadText(endpointFile(""))
	c := config.Checks[0].Client
	if c.Family != FamilyAuto || c.MaxBodySize != 1<<20 || c.TLS.Renegotiation != "never" || config.Checks[0].Timeout != 10*time.Second {
		t.Errorf("got %+v", c)
	}
}
