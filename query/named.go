package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/internal/nearest"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// What a name may be that no key leads to.
const (
	capturesName = "capture"
	batchName    = "settlement batch"
	partsName    = "split reference"
	metadataName = "metadata"
)

// A naming is a name in an event, and what it is of. The words are those of [Hit.Kind].
type naming struct{ kind, name string }

// namesIn yields all names in an event: given by the platform, the merchant or a provider, and values of its metadata.
func namesIn(e *posting.Event) iter.Seq[naming] {
	return func(yield func(naming) bool) {
		for _, n := range [...]naming{
			{"event", e.ID}, {"payment", e.Payment}, {"merchant's reference", e.Reference},
			{"provider's reference", e.ProviderReference}, {capturesName, e.Capture}, {batchName, e.Batch},
			{"refund", e.Refund}, {"chargeback", e.Chargeback}, {"movement", e.Movement}, {"movement", e.Part},
			{"transfer", e.Transfer}, {"transfer reversal", e.Reversal}, {"payout", e.Payout}, {"rule", e.Rule},
		} {
			if n.name != "" && !yield(n) {
				return
			}
		}
		for i := range e.Splits {
			if !yield(naming{partsName, e.Splits[i].Reference}) {
				return
			}
		}
		for _, value := range e.Metadata {
			if !yield(naming{metadataName, value}) {
				return
			}
		}
	}
}

// called lists what a text is in an event.
func called(e *posting.Event, text string) (kinds []string) {
	for n := range namesIn(e) {
		if n.name == text && !slices.Contains(kinds, n.kind) {
			kinds = append(kinds, n.kind)
		}
	}
	return kinds
}

// A namedRecord is a record whose event has a text as the name of something.
type namedRecord struct {
	*ledger.Record
	event posting.Event
	kinds []string
}

// named yields the records whose event has a text as a name of any kind, oldest first. It reads the journal once.
func (b *Books) named(ctx context.Context, text string) iter.Seq2[namedRecord, error] {
	return func(yield func(namedRecord, error) bool) {
		if text == "" {
			return
		}
		for rec, err := range b.Ledger.Mentioning(ctx, text, b.until) {
			if err != nil {
				yield(namedRecord{}, err)
				return
			}
			if !rec.Decoder().More() { // of the ledger's own
				continue
			}
			e, err := posting.EventOf(rec)
			if err != nil {
				yield(namedRecord{}, err)
				return
			}
			if kinds := called(&e, text); len(kinds) > 0 && !yield(namedRecord{rec, e, kinds}, nil) {
				return
			}
		}
	}
}

// Search returns all that has exactly this name where no key leads to it: captures and chargebacks by yours, settlement
// batches, references of splits, and values of metadata. It reads the whole journal, and tells the ledger's Progress how
// far it is. Of each kind there is one hit for a payment, with its newest event; a batch is one hit, which counts its
// payments. Where ctx ends first, it returns what was found so far with the error.
func (b *Books) Search(ctx context.Context, text string) (hits []Hit, err error) {
	type place struct{ kind, payment string }
	at := map[place]int{}
	for rec, err := range b.named(ctx, text) {
		if err != nil {
			return hits, err
		}
		for _, kind := range rec.kinds {
			switch kind {
			case capturesName, batchName, partsName, metadataName, "chargeback":
			default:
				continue // a key leads to it
			}
			payment := posting.PaymentOf(rec.Record)
			k := place{kind, payment}
			if kind == batchName {
				k.payment = ""
			}
			i, ok := at[k]
			if !ok {
				i, at[k] = len(hits), len(hits)
				hits = append(hits, Hit{Kind: kind, Name: text})
			}
			more := kind == batchName && payment != "" && hits[i].Payment != payment
			hits[i].fill(rec.Record, &rec.event)
			if more {
				hits[i].Payments++
			}
		}
	}
	for i := range hits {
		if hits[i].Payments > 1 {
			hits[i].Payment = "" // no more the newest's than any other's
		}
	}
	return hits, b.markEarlier(hits)
}

// Beginning returns names that begin with a text and are longer: of payments and all that is in them, payouts, transfers
// and batches, but no events. It reads the journal for them, oldest first, up to so many. Where ctx ends first, it
// returns what was found so far with the error.
func (b *Books) Beginning(ctx context.Context, text string, most int) (hits []Hit, err error) {
	seen := map[naming]bool{}
	for rec, err := range b.Ledger.Mentioning(ctx, text, b.until) {
		if err != nil {
			return hits, err
		}
		if !rec.Decoder().More() { // of the ledger's own
			continue
		}
		e, err := posting.EventOf(rec)
		if err != nil {
			return hits, err
		}
		for n := range namesIn(&e) {
			if n.kind == "event" || n.kind == metadataName || len(n.name) == len(text) || !strings.HasPrefix(n.name, text) || seen[n] {
				continue
			}
			if len(hits) == most {
				return hits, nil
			}
			seen[n] = true
			h := Hit{Kind: n.kind, Name: n.name}
			h.fill(rec, &e)
			hits = append(hits, h)
		}
	}
	return hits, b.markEarlier(hits)
}

// PaymentBy returns the payment that has a name of any kind, and what the name is of it: its own, a reference, or that
// of a capture, refund, chargeback, movement, transfer, batch, part or event of it. Keys are looked up first; only what
// they do not lead to is searched for in the whole journal. A name that several payments have, or that is of something
// else, is an error that says so; one that nothing has is [posting.UnknownPayment].
func (b *Books) PaymentBy(ctx context.Context, name string) (*Payment, string, error) {
	if p, err := b.byID(name); !errors.Is(err, posting.UnknownPayment) {
		return p, "payment", err
	}
	hits, err := b.Find(name)
	if err != nil {
		return nil, "", err
	}
	// The same name elsewhere is no trouble where it is a payment's by a key.
	if p, kind, err := b.theOne(hits, name); p != nil || err != nil {
		return p, kind, err
	}
	found, ids, what := map[string]bool{}, []string(nil), ""
	for rec, err := range b.named(ctx, name) {
		if err != nil {
			return nil, "", err
		}
		kind := rec.kinds[0]
		if id := posting.PaymentOf(rec.Record); id != "" && !found[id] && kind != metadataName {
			found[id], ids, what = true, append(ids, id), cmp.Or(what, kind)
		}
	}
	switch len(ids) {
	case 0:
		return nil, "", b.noPayment(name, hits)
	case 1:
		p, err := b.byID(ids[0])
		return p, what, err
	}
	return nil, "", severalPayments(name, what, ids)
}

// theOne returns the payment that all hits are of, and what the first says of it; nil if they are of none.
func (b *Books) theOne(hits []Hit, name string) (*Payment, string, error) {
	var ids []string
	kind := ""
	for _, h := range hits {
		// Any number is that of an entry.
		if h.Payment != "" && h.Kind != "entry" && !slices.Contains(ids, h.Payment) {
			ids, kind = append(ids, h.Payment), cmp.Or(kind, h.Kind+h.before())
		}
	}
	switch len(ids) {
	case 0:
		return nil, "", nil
	case 1:
		p, err := b.byID(ids[0])
		return p, kind, err
	}
	return nil, "", severalPayments(name, kind, ids)
}

// before says of which payment a name is, where another has its id by now.
func (h *Hit) before() string {
	if h.Anew == "" {
		return ""
	}
	return ", before event " + plain(h.Anew) + " made it anew,"
}

// severalPayments is the error for a name that more than one payment has. It lists some, as no one of them is meant.
func severalPayments(name, kind string, ids []string) error {
	const most = 5
	list := strings.Join(Rows(ids[:min(len(ids), most)], plain), ", ")
	if len(ids) > most {
		list += fmt.Sprintf(" and %d more", len(ids)-most)
	}
	return ledger.Errorf(posting.UnknownPayment, "%s is the %s of %d payments: %s", plain(name), kind, len(ids), list)
}

// noPayment is the error of a question about a payment that does not exist: it says what else has the name, or else
// which name was probably meant.
func (b *Books) noPayment(name string, hits []Hit) error {
	for _, h := range hits {
		if h.Kind != "entry" { // any number is one
			what := h.Kind
			if what == "movement" {
				what = h.Movement + " without a payment"
			}
			article := "a"
			if strings.ContainsAny(what[:1], "aeiou") {
				article = "an"
			}
			return ledger.Errorf(posting.UnknownPayment, "no payment %s in this ledger: it is the name of %s %s",
				plain(name), article, what)
		}
	}
	near, err := b.nearPayment(name)
	if err != nil {
		return err
	}
	return ledger.Errorf(posting.UnknownPayment, "no payment %s in this ledger%s", plain(name), suggest(near))
}

// nearPayment returns the payment or reference that was probably meant by a name that none has: one that differs in a
// letter, or in capitals. Only keys are looked up, some thousands of them, so that it takes as long in large books as
// in small ones. Names are often counted up, so that many neighbours exist: then none of them was meant rather than
// another, and to follow a suggestion would be to read somebody else's payment.
func (b *Books) nearPayment(name string) (near string, err error) {
	err = b.Ledger.Read(func(r *ledger.Reader) error {
		typed := letters(name)
		for candidate := range nearest.Neighbours(name) {
			if letters(candidate) == typed {
				continue
			}
			for _, space := range []byte{posting.KeyPayment, posting.KeyReference} {
				has, err := r.Has(ledger.Key{Space: space, Name: candidate})
				switch {
				case err != nil:
					return err
				case has && near != "" && near != candidate:
					near = ""
					return nil
				case has:
					near = candidate
				}
			}
		}
		return nil
	})
	return near, err
}
