package paysafe_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/paysafe"
	"github.com/splitledger/splitledger/providers/providertest"
)

// TestBounds reads documents that are made to take memory: what is wrong is said, in a few MiB.
func TestBounds(t *testing.T) {
	const huge = 64 << 20
	text := strings.NewReader
	var many strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&many, `"a%d":1,`, i)
	}
	members := func(begin, end string) io.Reader { return text(begin + many.String() + `"z":1}` + end) }
	for _, c := range []struct {
		name string
		r    io.Reader
		want string // how it ends
	}{
		{"a string", io.MultiReader(text("[\n"+one+`,{"id":"`), providertest.Repeated("x", huge)), "stop: line 2: expected objects of at most 1024 KiB, found a larger one\n"},
		{"line ends", io.MultiReader(text("[\n"+one+","), providertest.Repeated("\n", huge)), "expected objects of at most 1024 KiB, found a larger one\n"},
		{"levels", io.MultiReader(text("[\n"+one+`,{"x":`), providertest.Repeated("[", huge)), "stop: line 2: x: expected at most 64 levels of arrays and objects, found more\n"},
		{"levels that end", text("[\n" + one + `,{"x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "},\n" + one + "]"),
			"stop: line 2: x: expected at most 64 levels of arrays and objects, found more\n"},
		{"a list of splits", io.MultiReader(text("[\n"+one+`,{"splitpay":[`), providertest.Repeated("{},", huge)), "splitpay: expected at most 5000 elements of an array, found more\n"},
		{"members", members("[\n"+one+",{", "]"), "expected at most 2000 members of an object, found more\n"},
		{"members of a lone object", members("{", ""), "expected at most 2000 members of an object, found more\n"},
		{"members beside the lists", members(`{"settlements":[`+one+`],`, ""), "expected at most 2000 members of an object, found more\n"},
		{"a name", text(strings.Replace(one, "order-1", strings.Repeat("x", 257), 1)), "line 1, column \"merchantRefNum\": expected at most 256 characters, found 257\n"},
		{"a linked account", text(strings.Replace(split, "767862873", strings.Repeat("7", 300), 1)), "line 1, column \"splitpay[1].linkedAccount\": expected at most 256 characters, found 300\n"},
		{"a percent", text(strings.Replace(split, "5.31", "5."+strings.Repeat("3", 500_000), 1)), "column \"splitpay[0].percent\": expected at most 16 digits, found 5.33333333333333333333333333333333333333\n"},
		{"an amount", text(strings.Replace(one, ":5000,", ":5"+strings.Repeat("0", 500_000)+",", 1)), "column \"amount\": expected at most 99999999999, found 5000000000000000000000000000000000000000\n"},
		{"a text", text(strings.Replace(one, `"id"`, `"error":{"message":"`+strings.Repeat("x", 5000)+`"},"id"`, 1)), "line 1, column \"error.message\": expected at most 4096 characters, found 5000\n"},
		{"a line", io.MultiReader(text(one+"\n"), providertest.Repeated("x", huge), text("\n"+one+"\n")), "line 2: expected a line of at most 64 KiB, found a longer one\n" + strings.Replace(told(one), "line 1", "line 3", 1)},
		{"splits of a line", text(one + "\n" + `{"splitpay":[` + strings.Repeat("{},", 6000) + "{}]}\n" + one + "\n"),
			"line 2: splitpay: expected at most 5000 elements of an array, found more\n" + strings.Replace(told(one), "line 1", "line 3", 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			providertest.Frugal(t, 12, func() {
				if got := readAll(c.r); !strings.HasSuffix(got, c.want) {
					t.Errorf("expected an end with\n%s\nfound\n%.400s", c.want, got)
				}
			})
		})
	}
}

// TestManyObjects reads a list that is longer than any array in an object may be.
func TestManyObjects(t *testing.T) {
	got := told(`{"settlements":[` + strings.Repeat(one+",\n", 6000) + one + "]}")
	if n := strings.Count(got, "settled 5000 USD"); n != 6001 {
		t.Errorf("expected 6001 settlements, found %d and %.300s", n, got[max(0, len(got)-300):])
	}
}

func TestNotificationBounds(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"bytes", `{"eventName":"` + strings.Repeat("x", 1<<20) + `"}`, "notification of Paysafe: expected at most 1024 KiB, found 1048592 bytes"},
		{"levels", `{"payload":` + strings.Repeat("[", 100_000), "notification of Paysafe: payload: expected at most 64 levels"},
		{"a name", `{"eventName":"` + strings.Repeat("X", 300) + `"}`, "eventName: expected at most 256 characters, found 300"},
		{"an id", `{"eventName":"SETTLEMENT_COMPLETED","payload":{"id":"` + strings.Repeat("x", 300) + `"}}`, "payload.id: expected at most 256 characters, found 300"},
		{"splits", `{"eventName":"SETTLEMENT_COMPLETED","payload":{"splitpay":[` + strings.Repeat("{},", 5001) + `{}]}}`, "payload.splitpay: expected at most 5000 elements"},
	} {
		n := signed(c.body, key)
		providertest.Frugal(t, 4, func() {
			_, err := paysafe.New().Notified(n, providers.Keys{Secrets: []string{key}})
			if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 300 {
				t.Errorf("%s: expected %q, found %.200v", c.name, c.want, err)
			}
		})
	}
}

func TestCheckKeys(t *testing.T) {
	for _, c := range []struct{ name, key, want string }{
		{"as in the portal", key, ""},
		{"without padding", strings.TrimRight(key, "="), ""},
		{"a line", key + "\n", ""},
		{"nothing", " ", "key 2: expected an HMAC key of Paysafe, found nothing"},
		{"short", "CwsLCwsLCwsLCwsLCws=", "key 2: expected an HMAC key of Paysafe of at least 16 bytes, found 14"},
		{"no Base64", "secret-secret-secret-secret", "key 2: expected an HMAC key of Paysafe in Base64, found something else"},
		{"PEM", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "key 2: expected an HMAC key of Paysafe, found a PEM block"},
	} {
		err := paysafe.New().(providers.KeyChecker).CheckKeys(providers.Keys{Secrets: []string{key, c.key}})
		if (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
			t.Errorf("%s: expected %q, found %v", c.name, c.want, err)
		}
	}
	if err := paysafe.New().(providers.KeyChecker).CheckKeys(providers.Keys{}); err == nil {
		t.Error("no keys: expected an error, found none")
	}
}
