package ledger

// Content is what the caller keeps in a record besides keys and entries: the event, so that it can be compared
// with one sent again, replayed and explained. The ledger does not look into it.
type Content interface {
	Encode(*Encoder)
}
