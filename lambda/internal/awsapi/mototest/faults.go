package mototest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
)

func keepBody(r *http.Request) string {
	content, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(content)))
	return string(content)
}

// Refuse answers with an error of AWS in the form of the service.
func Refuse(status int, code, message string) Fault {
	return func(action string, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		service, _, _ := strings.Cut(action, ":")
		if service == "ec2" {
			w.Header().Set("Content-Type", "text/xml")
			w.WriteHeader(status)
			fmt.Fprintf(w, `<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>1</RequestID></Response>`, code, message)
			return
		}
		if strings.Contains("sns elasticloadbalancing route53 rds", service) {
			w.Header().Set("Content-Type", "text/xml")
			w.WriteHeader(status)
			fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>1</RequestId></ErrorResponse>`, code, message)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"__type":"com.amazonaws#%s","message":%q}`, code, message)
	}
}

// Hang gives no answer until the client gives up.
func Hang() Fault {
	return func(_ string, _ http.ResponseWriter, r *http.Request, _ http.Handler) {
		_ = keepBody(r) // only then is it seen that the client has gone
		<-r.Context().Done()
	}
}

// Break closes the connection without an answer and without the request being
// carried out.
func Break() Fault {
	return func(string, http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }
}

// LoseAnswer has the request carried out, and closes the connection instead of
// answering.
func LoseAnswer() Fault {
	return func(_ string, _ http.ResponseWriter, r *http.Request, forward http.Handler) {
		forward.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
}

// Pass lets a request through.
func Pass() Fault {
	return func(_ string, w http.ResponseWriter, r *http.Request, forward http.Handler) { forward.ServeHTTP(w, r) }
}

// InTurn applies one fault after the other to requests for the action, and
// then lets them through; other actions pass.
func InTurn(action string, faults ...Fault) Fault {
	var next atomic.Int64
	return func(asked string, w http.ResponseWriter, r *http.Request, forward http.Handler) {
		if asked == action {
			if i := int(next.Add(1)) - 1; i < len(faults) {
				faults[i](asked, w, r, forward)
				return
			}
		}
		forward.ServeHTTP(w, r)
	}
}

// Always applies a fault to every request for the action; others pass.
func Always(action string, fault Fault) Fault {
	return func(asked string, w http.ResponseWriter, r *http.Request, forward http.Handler) {
		if asked == action {
			fault(asked, w, r, forward)
			return
		}
		forward.ServeHTTP(w, r)
	}
}
