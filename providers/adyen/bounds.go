package adyen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// What a webhook may have at most. Adyen's own references have 16 characters, and the platform's 80.
const (
	mostName    = 256     // bytes of a name
	mostText    = 4 << 10 // bytes of any other text
	mostMembers = 1_000   // items of an array, members of an object
	mostDepth   = 64      // arrays and objects in each other
)

// nameFields are the members that names, amounts and times are read from. They are in lower case, as encoding/json
// takes a member in any case: PspReference would otherwise pass as a longer text.
var nameFields = []string{
	"hmacsignature", "pspreference", "originalreference", "merchantaccountcode", "merchantreference",
	"eventcode", "eventdate", "success", "value", "currency", "balance",
	"type", "timestamp", "id", "sequencenumber", "category", "status", "reference", "referenceforbeneficiary",
	"balanceaccountid", "transferinstrumentid", "platformpaymenttype",
	"psppaymentreference", "paymentmerchantreference",
	"modificationpspreference", "modificationmerchantreference",
	"bookingdate", "valuedate", "transactionid", "filename",
}

// bounded reports which member of a webhook is longer, deeper or has more members than any of Adyen's. It is called
// once the signature was found right, so that a stranger gets no other answer than ErrUnauthenticated. The error begins
// with the path of the member, as in "notificationItems[0].NotificationRequestItem.pspReference: expected at most 256
// bytes, found 300".
func bounded(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return fmt.Errorf("expected a webhook in JSON: %w", err)
	}
	if path, what := within(v, "", 1); what != "" {
		const most = 100 // bytes of the path in the error
		if path = strings.TrimPrefix(path, "."); len(path) > most {
			path = strings.ToValidUTF8(path[:most], "") + "…"
		}
		if path == "" {
			return fmt.Errorf("expected %s", what)
		}
		return fmt.Errorf("%s: expected %s", path, what)
	}
	return nil
}

// within says what a value goes beyond, and where in it: path is relative to the value, and grows on the way back up.
// what is "" where the value is within the bounds. name is that of the member which has the value, in lower case;
// elements of an array have the name of the array.
func within(v any, name string, depth int) (path, what string) {
	switch v := v.(type) {
	case string:
		return length(v, name)
	case json.Number:
		return length(string(v), name)
	case []any:
		if depth > mostDepth {
			return "", fmt.Sprintf("at most %d levels", mostDepth)
		}
		if len(v) > mostMembers {
			return "", fmt.Sprintf("at most %d items, found %d", mostMembers, len(v))
		}
		for i := range v {
			if path, what := within(v[i], name, depth+1); what != "" {
				return "[" + strconv.Itoa(i) + "]" + path, what
			}
		}
	case map[string]any:
		return members(v, depth)
	}
	return "", ""
}

// members says which member of an object goes beyond what.
func members(v map[string]any, depth int) (path, what string) {
	if depth > mostDepth {
		return "", fmt.Sprintf("at most %d levels", mostDepth)
	}
	if len(v) > mostMembers {
		return "", fmt.Sprintf("at most %d members, found %d", mostMembers, len(v))
	}
	for _, name := range slices.Sorted(maps.Keys(v)) { // so that the same one is named each time
		if len(name) > mostName {
			return "", fmt.Sprintf("names of members of at most %d bytes, found one of %d", mostName, len(name))
		}
		if path, what := within(v[name], strings.ToLower(name), depth+1); what != "" {
			return "." + name + path, what
		}
	}
	return "", ""
}

// length holds a text to the bound of names or that of other texts. A number counts by its digits, as an amount of a
// thousand digits is none.
func length(text, name string) (path, what string) {
	most := mostText
	if slices.Contains(nameFields, name) {
		most = mostName
	}
	if len(text) > most {
		return "", fmt.Sprintf("at most %d bytes, found %d", most, len(text))
	}
	return "", ""
}
