package reconcile

import (
	"encoding/binary"

	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
)

// owners are, for each merchant's reference that the books do not know, the provider's reference that came
// first with it. Only that payment can be made under the merchant's reference; the others need another name.
type owners struct{ ondisk.Map }

// sharesReference reports whether an earlier line has the same merchant's reference and is of another payment.
func (w *owners) sharesReference(l *Line) (bool, error) {
	o := &l.Outcome
	if l.Payment != "" || o.Reference == "" || o.ProviderReference == "" || stray(l) {
		return false, nil
	}
	merchant, theirs := keyOf(o.Reference), keyOf(o.ProviderReference)
	owner := binary.LittleEndian.Uint64(theirs[:])
	first, known, err := w.Get(merchant)
	if err == nil && !known {
		return false, w.Put(merchant, owner)
	}
	return first != owner, err
}
