package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/nearest"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Hit is something in the books that has a text as its name.
type Hit struct {
	// Kind is what has the name: "account", "holder", "payment", "merchant's reference", "provider's reference", "refund",
	// "movement", "transfer", "transfer reversal", "payout", "rule", "event", "entry", "account at a provider"; and of
	// what is searched for, "capture", "chargeback", "settlement batch", "split reference", "metadata".
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
	// Anew is the event that made another payment of the payment's id since: the name is of one that was cancelled whole
	Anew     string `json:"madeAnew,omitempty" col:"MADE ANEW BY,optional"`
	Payments int    `json:"payments,omitempty" col:"PAYMENTS,optional,blank"` // of a batch: how many it has
}

// Find returns all that has exactly this name or number, whoever gave it: the platform, the merchant or a provider. It
// looks names up in the index of keys, and reads no more than one record a hit, so it takes as long in large books as
// in small ones; holders and names of rules are compared with the text, whatever its capitals. Names that are no keys (of
// captures, batches, parts, and in metadata) are not found: [Books.Search] reads the journal for them.
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
		if rec, err = b.reader().Last(ledger.Key{Space: space, Name: name}); rec == nil || err != nil {
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
	hits = append(hits, b.heldBy(text)...)
	look(posting.KeyPayment, text, Hit{Kind: "payment", Name: text})
	look(posting.KeyReference, text, Hit{Kind: "merchant's reference", Name: text})
	look(posting.KeyPayout, text, Hit{Kind: "payout", Name: text})
	look(posting.KeyTransfer, text, Hit{Kind: "transfer", Name: text})
	look(posting.KeyTransferReversal, text, Hit{Kind: "transfer reversal", Name: text})
	look(posting.KeyRule, text, Hit{Kind: "rule", Name: text})
	if err == nil {
		hits, err = b.ruleCalled(hits, text)
	}
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
	if err != nil {
		return nil, err
	}
	return hits, b.markEarlier(hits)
}

// markEarlier notes which hits are of a payment whose id another has by now.
func (b *Books) markEarlier(hits []Hit) (err error) {
	f := b.finder()
	for i := 0; i < len(hits) && err == nil; i++ {
		hits[i].Anew, err = f.Replaced(hits[i].Payment, hits[i].Record)
	}
	return err
}

// NothingNamed is the error of a search that finds nothing. It names what was probably meant: an
// account, a payment or reference, a rule or a provider.
func (b *Books) NothingNamed(text string) error {
	near, err := b.nearPayment(text)
	if err != nil {
		return err
	}
	if id, perr := accounts.Parse(text); perr == nil && near == "" {
		near = nearAccount(b.Ledger, id)
	}
	for _, list := range []func() ([]string, error){b.ruleIDs, b.Providers} {
		if near != "" {
			break
		}
		names, err := list()
		if err != nil {
			return err
		}
		near = nearest.Name(text, max(len(text)/4, 1), slices.Values(names))
	}
	return fmt.Errorf("nothing in this ledger has the name %q%s", text, suggest(near))
}

// of fills in what a record says: when it happened, by which event, and of which payment and account that is. The error
// is that of a record whose content cannot be read.
func (h *Hit) of(rec *ledger.Record) error {
	e, err := posting.EventOf(rec)
	if err != nil {
		return err
	}
	h.fill(rec, &e)
	return nil
}

// fill is of, of the event of the record.
func (h *Hit) fill(rec *ledger.Record, e *posting.Event) {
	h.At, h.Type, h.Event, h.Record = rec.At.UTC(), string(e.Type), e.ID, rec.Number
	h.Payment, h.Account = posting.PaymentOf(rec), string(e.Account)
}

// heldBy finds the accounts of a holder. All accounts are in memory.
func (b *Books) heldBy(holder string) (hits []Hit) {
	for a := range b.Ledger.Accounts() {
		if a.Holder != "" && strings.EqualFold(a.Holder, holder) {
			hits = append(hits, Hit{Kind: "holder", Name: a.Holder, Account: string(a.ID)})
		}
	}
	return hits
}

// ruleCalled adds the rules that people call so; those of that id are found by their key.
func (b *Books) ruleCalled(hits []Hit, name string) ([]Hit, error) {
	for r, err := range b.Rules.Rules(name) {
		if err != nil {
			return nil, err
		}
		if r.ID != name && strings.EqualFold(r.Name, name) {
			rec, err := b.reader().Last(ledger.Key{Space: posting.KeyRule, Name: r.ID})
			if err != nil {
				return nil, err
			}
			h := Hit{Kind: "rule", Name: r.ID}
			if err := h.of(rec); err != nil {
				return nil, err
			}
			hits = append(hits, h)
		}
	}
	return hits, nil
}
