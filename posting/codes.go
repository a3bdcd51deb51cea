// Short names for making refusals, so that a rule reads as one line. The words "expected …, found …" are the form of
// every refusal, and docs/errors.md lists them all.

package posting

import (
	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
)

// refusal makes an error about one field.
func refusal(code ledger.Code, field, format string, args ...any) *ledger.Error {
	e := ledger.Errorf(code, format, args...)
	e.Field = field
	return e
}

func expected(what, found string) *ledger.Error       { return jsonl.Expected(what, found) }
func in(path string, err *ledger.Error) *ledger.Error { return jsonl.In(path, err) }
func join(outer, inner string) string                 { return jsonl.Join(outer, inner) }
func quote(s string) string                           { return jsonl.Quote(s) }
func index(i int) string                              { return jsonl.Index(i) }
