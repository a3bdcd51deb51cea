package reconcile

import (
	"encoding/binary"

	"github.com/splitledger/splitledger/reconcile/internal/spill"
)

// Owners say which of the provider's references came first with a merchant's reference, of payments that the
// books do not have: only that one can be made under the merchant's.
type owners struct{ spill.Map }

// second reports whether a line before is of another payment with the merchant's reference of the line.
func (w *owners) second(l *Line) (bool, error) {
	o := &l.Outcome
	if l.Payment != "" || o.Reference == "" || o.ProviderReference == "" || stray(l) {
		return false, nil
	}
	merchant, theirs := spill.Key(keyOf(o.Reference)), keyOf(o.ProviderReference)
	owner := binary.LittleEndian.Uint64(theirs[:])
	first, known, err := w.Get(merchant)
	if err == nil && !known {
		return false, w.Put(merchant, owner)
	}
	return first != owner, err
}
