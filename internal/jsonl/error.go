// Errors about a value, with the path to it. Paths are put together from the inside out, as each reader knows only its
// own field.

package jsonl

import (
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/ledger"
)

// Expected says what a value should have been and what it is; the field is the value itself. Its code is
// [ledger.Invalid].
func Expected(what, found string) *ledger.Error {
	return &ledger.Error{Code: ledger.Invalid, Message: "expected " + what + ", found " + found}
}

// In says that err is about something inside the field or list element of that path. It changes err, and returns it.
func In(path string, err *ledger.Error) *ledger.Error {
	err.Field = Join(path, err.Field)
	return err
}

// Index is the path of an element of a list: "[1]".
func Index(i int) string { return "[" + strconv.Itoa(i) + "]" }

// Join puts two paths together: "splits" and "[1]" are "splits[1]", "amount" and "value" are "amount.value".
func Join(outer, inner string) string {
	if outer == "" || inner == "" || strings.HasPrefix(inner, "[") {
		return outer + inner
	}
	return outer + "." + inner
}
