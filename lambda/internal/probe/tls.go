package probe

import "context"

// probeTLS makes a TLS handshake and then does what probeTCP does. In TLS 1.3 a
// server refuses a client certificate only after the client's handshake has
// ended, so without a body such a refusal is not seen.
func probeTLS(ctx context.Context, x *exchange) error {
	conn, err := x.connect(ctx)
	if err != nil {
		return err
	}
	secured, err := x.secure(conn, x.check.Target.Host)
	if err != nil {
		return err
	}
	return x.converse(ctx, secured)
}
