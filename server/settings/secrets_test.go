package settings_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/wire"
	"github.com/splitledger/splitledger/server/settings"
)

const (
	adyenOld = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
	adyenNew = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00"
)

// TestSecrets changes from an old secret to a new one, both of which count for a while, over closing and opening.
func TestSecrets(t *testing.T) {
	t.Parallel()
	b := open(t)
	add := func(provider, of, secret string) settings.ProviderSecret {
		t.Helper()
		s, err := b.AddSecret(ann, settings.NewSecret{Provider: provider, Ledger: of, Secret: secret})
		must(t, err)
		b.set(b.now.Add(time.Minute))
		return s
	}
	old := add("adyen", "shop", adyenOld)
	newer := add("adyen", "shop", " "+adyenNew+"\n")
	add("adyen", "market", adyenOld)
	add("xendit", "shop", "a-token")
	for range 2 {
		k, ok := b.IntakeKeys("adyen", "shop")
		if !ok || !slices.Equal(k.Secrets, []string{adyenNew, adyenOld}) {
			t.Errorf("expected the new one and the old one, found %d", len(k.Secrets))
		}
		if k, _ := b.IntakeKeys("xendit", "shop"); !slices.Equal(k.Secrets, []string{"a-token"}) {
			t.Errorf("found %d tokens", len(k.Secrets))
		}
		if _, ok := b.IntakeKeys("paysafe", "shop"); ok {
			t.Error("found secrets of paysafe")
		}
		if n := len(b.Secrets("")); n != 4 {
			t.Errorf("expected all four, found %d", n)
		}
		list := b.Secrets("adyen")
		text, err := json.Marshal(list)
		must(t, err)
		if len(list) != 3 || list[0] != old || !list[0].Created.Equal(start) || strings.Contains(string(text), adyenOld) {
			t.Errorf("found %s", text)
		}
		b.again(t)
	}
	must(t, b.RemoveSecret(ann, "adyen", old.ID))
	refusal(t, b.RemoveSecret(ann, "adyen", old.ID), settings.NotFound, "id")
	refusal(t, b.RemoveSecret(ann, "xendit", newer.ID), settings.NotFound, "id")
	for range 2 {
		if k, _ := b.IntakeKeys("adyen", "shop"); !slices.Equal(k.Secrets, []string{adyenNew}) {
			t.Errorf("expected the new one alone, found %d", len(k.Secrets))
		}
		if k, _ := b.IntakeKeys("adyen", "market"); len(k.Secrets) != 1 {
			t.Errorf("the other ledger has %d", len(k.Secrets))
		}
		b.again(t)
	}
}

// TestSecretsRefused shows what secret is refused, and by which field. No message shows the secret.
func TestSecretsRefused(t *testing.T) {
	t.Parallel()
	b := open(t)
	_, err := b.AddSecret(ann, settings.NewSecret{Provider: "adyen", Ledger: "shop", Secret: adyenOld})
	must(t, err)
	_, err = b.AddSecret(ann, settings.NewSecret{Provider: "stripe", Ledger: "shop", TestMode: true,
		Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
	must(t, err)
	for _, tt := range []struct {
		name, provider, ledger, account, secret string
		test                                    bool
		code                                    ledger.Code
		field                                   string
	}{
		{"unknown provider", "acme", "shop", "", adyenOld, false, ledger.Invalid, "provider"},
		{"no ledger", "adyen", "", "", adyenOld, false, ledger.Invalid, "ledger"},
		{"the server's ledger", "adyen", "_server", "", adyenOld, false, ledger.Invalid, "ledger"},
		{"an account with a line end", "adyen", "shop", "a\nb", adyenOld, false, ledger.Invalid, "account"},
		{"no secret", "xendit", "shop", "", " \n", false, ledger.Invalid, "secret"},
		{"a long one", "xendit", "shop", "", strings.Repeat("x", 4097), false, ledger.Invalid, "secret"},
		{"two tokens", "xendit", "shop", "", "token1\ntoken2", false, ledger.Invalid, "secret"},
		{"no HMAC key", "adyen", "shop", "", "the password", false, ledger.Invalid, "secret"},
		{"no public key", "antom", "shop", "", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", false,
			ledger.Invalid, "secret"},
		{"the same again", "adyen", "shop", "", adyenOld, false, wire.DuplicateReference, "secret"},
		{"test mode that nobody tells", "adyen", "shop", "", adyenNew, true, ledger.Invalid, "testMode"},
		{"the other mode", "stripe", "shop", "", "whsec_00KQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false, ledger.Invalid, "testMode"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := b.AddSecret(ann, settings.NewSecret{Provider: tt.provider, Ledger: tt.ledger, Account: tt.account,
				TestMode: tt.test, Secret: tt.secret})
			refusal(t, err, tt.code, tt.field)
			if s := strings.TrimSpace(tt.secret); s != "" && strings.Contains(err.Error(), s) {
				t.Errorf("the message shows the secret: %v", err)
			}
		})
	}
	if n := len(b.Secrets("")); n != 2 {
		t.Errorf("a refused secret was kept: %d", n)
	}
	if k, _ := b.IntakeKeys("stripe", "shop"); !k.TestMode {
		t.Error("the mode was lost")
	}
}
