// Package adyen simulates Adyen, twice.
//
// A [Shop] has merchant accounts that are settled in batches: the settlement details report has a line for each
// movement, with its fees, and the payout. A [Market] is a balance platform: every movement changes balance accounts,
// and the accounting report has rows for each of them. Both send standard webhooks, a market also those of transfers.
//
// What is simulated follows Adyen's documentation of the reports and webhooks; the package knows the adapter only to
// sign and to name it.
package adyen

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/providers"
	adapter "github.com/splitledger/splitledger/providers/adyen"
)

// key signs the webhooks. Adyen publishes it with its test vectors.
const key = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00"

// currency is that of shops, and of most payments.
const currency = "EUR"

// company is what shops and markets have in common.
type company struct{}

// Adapter returns Adyen's.
func (company) Adapter() providers.Adapter { return adapter.New() }

// Keys are the key of the webhooks.
func (company) Keys() providers.Keys { return providers.Keys{Secrets: []string{key}} }

// Options are none.
func (company) Options() providers.ReportOptions { return providers.ReportOptions{} }

// major writes an amount in major units.
func major(minor int64) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return fmt.Sprintf("%s%d.%02d", sign, minor/100, minor%100)
}

var amsterdam = time.FixedZone("CET", 60*60)

// clock writes a time as reports do, without its zone.
func clock(t time.Time) string { return t.In(amsterdam).Format(time.DateTime) }

// stamp writes a time as webhooks do.
func stamp(t time.Time) string { return t.In(amsterdam).Format(time.RFC3339) }

func sign(text []byte) string {
	secret, err := hex.DecodeString(key)
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(text)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// An item is what a standard webhook tells.
type item struct {
	event     string
	payment   *payment
	reference string // the pspReference
	minor     int64
	at        time.Time
	failed    bool   // no success
	reason    string //
	told      func() // called when it comes; may be nil
}

// standard sends a standard webhook, which tells a thing as a whole.
func standard(w *life.World, it item, late int, heard ...*life.Thing) {
	success, original := strconv.FormatBool(!it.failed), it.payment.life.ProviderReference
	if it.event == "AUTHORISATION" {
		original = ""
	}
	value := strconv.FormatInt(it.minor, 10)
	signed := strings.Join([]string{it.reference, original, it.payment.shop, it.payment.life.Reference, value,
		it.payment.currency, it.event, success}, ":")
	fields := map[string]any{
		"additionalData":      map[string]string{"hmacSignature": sign([]byte(signed))},
		"amount":              map[string]any{"currency": it.payment.currency, "value": it.minor},
		"eventCode":           it.event,
		"eventDate":           stamp(it.at),
		"merchantAccountCode": it.payment.shop,
		"merchantReference":   it.payment.life.Reference,
		"originalReference":   original,
		"paymentMethod":       "visa",
		"pspReference":        it.reference,
		"reason":              it.reason,
		"success":             success,
	}
	if original == "" {
		delete(fields, "originalReference")
	}
	body, err := json.Marshal(map[string]any{
		"live": "true", "notificationItems": []any{map[string]any{"NotificationRequestItem": fields}},
	})
	if err != nil {
		panic(err)
	}
	say := fmt.Sprintf("%s %s of %s, %d, success %s, %s", it.event, it.reference, it.payment.life.Reference, it.minor,
		success, stamp(it.at))
	w.Hook(&life.Hook{Say: say, Header: textproto.MIMEHeader{}, Body: body, Heard: heard, Told: it.told}, late)
}
