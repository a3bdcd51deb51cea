package posting_test

import (
	"net/textproto"
	"testing"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/xendit"
)

func init() {
	posting.ProvokeUnauthenticated = func(*testing.T) (bool, error) {
		n := &providers.Notification{Header: textproto.MIMEHeader{"X-Callback-Token": {"guessed"}}, Body: []byte(`{"event":"payment.capture"}`)}
		_, err := xendit.New().Notified(n, providers.Keys{Secrets: []string{"secret"}})
		return true, err
	}
}
