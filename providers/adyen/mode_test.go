package adyen_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers"
)

// TestMode refuses what is live where test mode is asked for, of both kinds of webhooks. What
// does not say its mode is taken; and what is not Adyen's is not told which mode it should have had.
func TestMode(t *testing.T) {
	standard := func(value string) providers.Notification {
		n := signedItem(nil, "")
		n.Body = bytes.Replace(n.Body, []byte(`"live":"false",`), []byte(value), 1) // it is not signed
		return n
	}
	platform := func(value string) providers.Notification {
		body := string(transferWebhook(t).Body)
		if !strings.Contains(body, `"environment": "test",`) {
			t.Fatal("the transfer does not say its environment")
		}
		return signedBody([]byte(strings.Replace(body, `"environment": "test",`, value, 1)))
	}
	const wants = "%s: expected what is of %s mode, found what is of %s mode"
	other := func(member, wanted, found string) string { return fmt.Sprintf(wants, member, wanted, found) }
	for _, tt := range []struct {
		n          providers.Notification
		live, test string // what is said where that is asked for; "" is taken
	}{
		{standard(`"live":"true",`), "", other("live", "test", "live")},
		{standard(`"live":"false",`), "", ""}, // the key is of one environment
		{standard(`"live":true,`), "", other("live", "test", "live")},
		{standard(``), "", ""},
		{standard(`"live":"maybe",`), `live: expected true or false, found "maybe"`, `live: expected true or false, found "maybe"`},
		{platform(`"environment": "live",`), "", other("environment", "test", "live")},
		{platform(`"environment": "test",`), "", ""},
		{platform(``), "", ""},
	} {
		for _, mode := range []struct {
			test bool
			want string
		}{{false, tt.live}, {true, tt.test}} {
			k := providers.Keys{Secrets: []string{k1}, TestMode: mode.test}
			got := tells(tt.n, k)
			if mode.want != "" && got != mode.want || mode.want == "" && !strings.Contains(got, `reference="order-1`) {
				t.Errorf("%.40s, test mode %t: expected %q, found %q", tt.n.Body, mode.test, mode.want, got)
			}
			k.Secrets = []string{k2}
			if got := tells(tt.n, k); !strings.HasPrefix(got, "unauthenticated") {
				t.Errorf("%.40s with another key: found %q", tt.n.Body, got)
			}
		}
	}
}
