package adyen

import (
	"os"
	"slices"
	"strings"
	"testing"
)

const publishedKey = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00"

// TestPublishedSignatures checks the signatures that Adyen's libraries publish: those of Adyen/adyen-go-api-library,
// hmacvalidator_test.go, of a standard webhook's item, of a body as it stands, which is not even JSON, and of a hosted payment page.
// That of Adyen/adyen-java-api-library is in TestReportAvailable.
func TestPublishedSignatures(t *testing.T) {
	body, err := os.ReadFile("testdata/adyen_hmac_vector_body.txt")
	if err != nil {
		t.Fatal(err)
	}
	it := item{
		PspReference: "pspReference", OriginalReference: "originalReference", MerchantAccountCode: "merchantAccount", MerchantReference: "reference",
		Amount: minor{Value: "1000", Currency: "EUR"}, EventCode: "EVENT", Success: "true",
	}
	for _, tt := range []struct {
		name      string
		text      []byte
		signature string
	}{
		{"item", it.signed(), "ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc="},
		{"body", body, "yitBTPnDGtbAMG9rTxUa1e6lFGpa4PnrD6rErOmEhJ8="},
		{"hosted payment page", pageFields(map[string]string{
			"skinCode": "PKz2KML1", "merchantAccount": "MagentoMerchantTest2", "merchantReference": "TEST-PAYMENT-2017-02-01-14:02:05",
			"paymentAmount": "199", "currencyCode": "EUR", "countryCode": "NL", "sessionValidity": "2017-02-02T14:02:05+01:00",
		}), "34oR8T1whkQWTv9P+SzKyp8zhusf9n0dpqrm9nsqSJs="},
	} {
		if !authentic(tt.text, tt.signature, []string{publishedKey}) {
			t.Errorf("%s: expected %s to be the signature of %q", tt.name, tt.signature, tt.text)
		}
		for i := range tt.text {
			tt.text[i]++
			if authentic(tt.text, tt.signature, []string{publishedKey}) {
				t.Errorf("%s: expected another signature of %q", tt.name, tt.text)
			}
			tt.text[i]--
		}
	}
}

// pageFields returns what the signature of a hosted payment page is of: the names in order, then their values, all escaped.
func pageFields(fields map[string]string) []byte {
	var names, values []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	escape := strings.NewReplacer(`\`, `\\`, `:`, `\:`)
	for _, name := range names {
		values = append(values, escape.Replace(fields[name]))
	}
	return []byte(strings.Join(append(names, values...), ":"))
}

func TestAuthentic(t *testing.T) {
	const text, signature = "pspReference:originalReference:merchantAccount:reference:1000:EUR:EVENT:true", "ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc="
	for _, tt := range []struct {
		name      string
		signature string
		secrets   []string
		want      bool
	}{
		{"right", signature, []string{publishedKey}, true},
		{"a key in small letters, with a line end", signature, []string{strings.ToLower(publishedKey) + "\n"}, true},
		{"the new key, then the old one", signature, []string{"00FF", publishedKey}, true},
		{"the old key, then the new one", signature, []string{publishedKey, "00FF"}, true},
		{"no key", signature, nil, false},
		{"an empty key", signature, []string{""}, false},
		{"a key that is not hexadecimal", signature, []string{"secret"}, false},
		{"half a byte less", signature, []string{publishedKey[:63]}, false},
		{"no signature", "", []string{publishedKey}, false},
		{"not Base64", "?" + signature[1:], []string{publishedKey}, false},
		{"without padding", strings.TrimSuffix(signature, "="), []string{publishedKey}, false},
		{"of one byte less", signature[:40], []string{publishedKey}, false},
		{"twice", signature + signature, []string{publishedKey}, false},
		{"of nothing under an empty key", "thNnmggU2ex3L5XXeMNfxf8Wl8STcVZTxscSFEKSxa0=", []string{""}, false},
	} {
		if got := authentic([]byte(text), tt.signature, tt.secrets); got != tt.want {
			t.Errorf("%s: expected %t, found %t", tt.name, tt.want, got)
		}
	}
}
