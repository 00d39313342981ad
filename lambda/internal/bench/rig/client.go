package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// workers is as many probes at once as Tidewatch makes by default.
const workers = 240

// outcome is what the clients print of each URL: as little as a checker can
// get by with.
type outcome struct {
	URL      string  `json:"url"`
	Healthy  bool    `json:"healthy"`
	Status   int     `json:"status"`
	Duration float64 `json:"duration_ms"`
}

// ask reads URLs from a file, one a line, asks each once and prints the
// outcomes as one JSON document.
func ask(path string, get func(url string) (status int, err error)) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	urls := strings.Fields(string(text))
	outcomes := make([]outcome, len(urls))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, len(urls)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(urls); i = int(next.Add(1)) - 1 {
				began := time.Now()
				status, err := get(urls[i])
				took := time.Since(began)
				outcomes[i] = outcome{urls[i], err == nil && status == 200 && took < 10*time.Second, status, float64(took.Microseconds()) / 1000}
			}
		})
	}
	wg.Wait()
	for _, o := range outcomes {
		if !o.Healthy {
			return fmt.Errorf("%s is not healthy: %d", o.URL, o.Status)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(outcomes)
}

func trust(ca string) *tls.Config {
	if ca == "" {
		return nil
	}
	text, err := os.ReadFile(ca)
	if err != nil {
		fail(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return &tls.Config{RootCAs: pool}
}

// netHTTP is the client that one would write without further thought.
func netHTTP(ca string) func(string) (int, error) {
	client := &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: trust(ca)},
	}
	return func(u string) (int, error) {
		response, err := client.Get(u)
		if err != nil {
			return 0, err
		}
		defer response.Body.Close()
		_, err = io.Copy(io.Discard, response.Body)
		return response.StatusCode, err
	}
}

// bare writes a fixed request and looks at the status line.
func bare(ca string) func(string) (int, error) {
	config := trust(ca)
	return func(text string) (int, error) {
		u, err := url.Parse(text)
		if err != nil {
			return 0, err
		}
		conn, err := net.DialTimeout("tcp", u.Host, 10*time.Second)
		if err != nil {
			return 0, err
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		if config != nil {
			conn = tls.Client(conn, &tls.Config{RootCAs: config.RootCAs, ServerName: u.Hostname()})
		}
		if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", u.RequestURI(), u.Host); err != nil {
			return 0, err
		}
		reader := bufio.NewReader(conn)
		var status int
		if _, err := fmt.Fscanf(reader, "HTTP/1.1 %d", &status); err != nil {
			return 0, err
		}
		_, err = io.Copy(io.Discard, reader)
		return status, err
	}
}
