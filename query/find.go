package query

import (
	"strconv"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Hit is something in the books that has a text as its name.
type Hit struct {
	// Kind is what has the name: "account", "payment", "merchant's reference", "provider's reference", "refund",
	// "movement", "transfer", "transfer reversal", "payout", "rule", "event", "entry", "account at a provider".
	Kind     string    `json:"kind" col:"WHAT"`
	Name     string    `json:"name" col:"NAME"`
	Provider string    `json:"provider,omitempty" col:"PROVIDER,optional"` // whose name it is
	Movement string    `json:"movement,omitempty" col:"MOVEMENT,optional"` // the kind of a movement
	Payment  string    `json:"payment,omitempty" col:"PAYMENT,optional"`   // that it is part of
	Account  string    `json:"account,omitempty" col:"ACCOUNT,optional"`   // that it is of
	At       time.Time `json:"at,omitzero" col:"AT"`                       // effective time of its newest event
	Type     string    `json:"type,omitempty" col:"EVENT TYPE,wide"`       // of that event
	Event    string    `json:"event,omitempty" col:"EVENT,wide"`           // the id of that event
	Record   uint64    `json:"record,omitempty"`                           // number of its record
}

// Find returns all that has exactly this name or number, whoever gave it: the platform, the merchant or a provider. It
// looks names up in the index of keys, and reads no more than one record a hit, so it takes as long in large books as
// in small ones. Names that are no keys (of captures, batches, parts, and in metadata) are not found.
func (b *Books) Find(text string) (hits []Hit, err error) {
	providers, err := b.Providers()
	if err != nil {
		return nil, err
	}
	// look adds a hit if the newest record with a key exists. After an error it does nothing, so that the list below
	// need not ask each time.
	look := func(space byte, name string, h Hit) {
		if err != nil {
			return
		}
		var rec *ledger.Record
		if rec, err = b.Ledger.Last(ledger.Key{Space: space, Name: name}); rec == nil || err != nil {
			return
		}
		err = h.of(rec)
		hits = append(hits, h)
	}
	if id, perr := accounts.Parse(text); perr == nil {
		if _, ok := b.Ledger.Account(id); ok {
			hits = append(hits, Hit{Kind: "account", Name: text, Account: text})
		}
	}
	look(posting.KeyPayment, text, Hit{Kind: "payment", Name: text})
	look(posting.KeyReference, text, Hit{Kind: "merchant's reference", Name: text})
	look(posting.KeyPayout, text, Hit{Kind: "payout", Name: text})
	look(posting.KeyTransfer, text, Hit{Kind: "transfer", Name: text})
	look(posting.KeyTransferReversal, text, Hit{Kind: "transfer reversal", Name: text})
	look(posting.KeyRule, text, Hit{Kind: "rule", Name: text})
	// Providers give names without asking one another, so each has a space of its own, and its name is part of the key.
	for _, p := range providers {
		look(posting.KeyProviderReference, p+"/"+text, Hit{Kind: "provider's reference", Name: text, Provider: p})
		look(posting.KeyRefund, p+"/"+text, Hit{Kind: "refund", Name: text, Provider: p})
		look(posting.KeyProviderID, p+"/"+text, Hit{Kind: "account at a provider", Name: text, Provider: p})
		for _, kind := range wire.MovementKinds {
			look(posting.KeyMovement, p+"/"+string(kind)+"/"+text,
				Hit{Kind: "movement", Name: text, Provider: p, Movement: string(kind)})
		}
	}
	look(posting.KeyEvent, text, Hit{Kind: "event", Name: text})
	// A number may be an entry's, besides whatever else has it as a name.
	if n, perr := strconv.ParseUint(text, 10, 64); perr == nil && n > 0 && n <= b.Ledger.Stats().Entries && err == nil {
		var rec *ledger.Record
		if rec, err = b.Ledger.EntryRecord(n); err == nil {
			h := Hit{Kind: "entry", Name: text}
			err = h.of(rec)
			hits = append(hits, h)
		}
	}
	return hits, err
}

// of fills in what a record says: when it happened, by which event, and of which payment and account that is. The error
// is that of a record whose content cannot be read.
func (h *Hit) of(rec *ledger.Record) error {
	e, err := posting.EventOf(rec)
	if err != nil {
		return err
	}
	h.At, h.Type, h.Event, h.Record = rec.At.UTC(), string(e.Type), e.ID, rec.Number
	h.Payment, h.Account = posting.PaymentOf(rec), string(e.Account)
	return nil
}
