package reconcile

import (
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
	"github.com/splitledger/splitledger/reconcile/internal/shell"
)

// Transfers and payouts in the books that the provider has not reported, neither in a report nor in a notification.
// They belong to no payment, so they are found by the records that made them.
//
// Example: the platform posted payout po-1 of 50.00 EUR on the 10th. A report of the format that lists
// payouts has lines up to the 20th, and none of po-1: the seller waits for money that
// the books say is gone.

// A move is a transfer or payout that nobody has reported.
type move struct {
	Kind     providers.Kind // Transfer or Payout
	Name     string
	Accounts []accounts.ID // that it is of: who pays, and who is paid if that is no bank
	// Bank is set for a payout to the platform's bank. Which of the platform's accounts it
	// came from is not known.
	Bank    bool
	Amount  money.Amount
	Over    time.Time // when it was done; zero of a payout that is under way
	Entries []uint64
}

// lookMove notes a record that may have made a transfer or payout at the provider, of those kinds that reports include.
// A zero time in the horizon says that no report of this provider lists such movements:
// then none can be missing.
func (s *openScan) lookMove(rec *ledger.Record, kind posting.Type, candidates *ondisk.Log) error {
	since := s.since.payouts
	switch kind {
	case posting.Transfer:
		since = s.since.transfers
	case posting.PayoutRequest, posting.ProviderPayout:
	default:
		return nil
	}
	if since.IsZero() {
		return nil
	}
	c := candidate{record: rec.Number}
	_, err := candidates.Append(c.text())
	return err
}

// decideMove calls found where the transfer or payout that a record made is open.
func (s *openScan) decideMove(finder *posting.Finder, number uint64, found func(*openItem, bool) error) error {
	rec, err := s.ledger.Record(number)
	if err != nil {
		return err
	}
	e, err := posting.EventOf(rec)
	if err != nil || e.Fact || e.Movement != "" || sourceOf(s.provider, &e) != nil {
		return err // who posts a fact, or the provider's name of it, has been reported
	}
	var m *move
	var k ondisk.Key
	switch e.Type {
	case posting.Transfer:
		m, k, err = s.openTransfer(finder, rec, &e)
	case posting.PayoutRequest:
		m, k, err = s.openPayout(finder, &e)
	default:
		m, k, err = s.openReceipt(finder, rec, &e)
	}
	if m == nil || err != nil {
		return err
	}
	for i := range rec.Entries {
		m.Entries = append(m.Entries, rec.Entries[i].Number)
	}
	item := &openItem{Move: m, At: rec.At, Record: number}
	if item.history(s.since) {
		return nil
	}
	return s.report(item, k, found)
}

// openTransfer returns the transfer of an event if the provider has still to report it. A transfer that was given
// back is not expected any more.
// It is nil if none is expected; the key is what lines of the reports claim a transfer under.
func (s *openScan) openTransfer(finder *posting.Finder, rec *ledger.Record,
	e *posting.Event) (*move, ondisk.Key, error) {
	name := e.Transfer
	if name == "" {
		name = e.ID
	}
	moved := slices.ContainsFunc(rec.Entries[0].Postings, func(p ledger.Posting) bool {
		return p.Sub == ledger.Available
	})
	if !moved { // a capture that is pending is shared out otherwise: at the provider nothing moves
		return nil, ondisk.Key{}, nil
	}
	t, err := maybe(finder.Transfer(name))
	if t == nil || err != nil || t.Movement != "" || t.Left().IsZero() {
		return nil, ondisk.Key{}, err
	}
	if at, err := s.transferHere(finder, e); !at || err != nil {
		return nil, ondisk.Key{}, err
	}
	return &move{Kind: providers.Transfer, Name: name, Accounts: []accounts.ID{t.From, t.To},
		Amount: t.Amount, Over: t.At}, keyOf("", ofTransfer, t.ID), nil
}

// transferHere reports whether a transfer was made at this provider. The transfer may say so, or its payment.
// Otherwise both accounts must be held here and at no other provider in common. Accounts without any provider's
// id are taken to be held, under their names in the books, at the ledger's only provider.
func (s *openScan) transferHere(finder *posting.Finder, e *posting.Event) (bool, error) {
	if e.Provider != "" {
		return e.Provider == s.provider, nil
	}
	if e.Payment != "" {
		p, err := finder.Payment(e.Payment)
		return err == nil && p.Provider == s.provider, err
	}
	if ofPlatform(e.From) && ofPlatform(e.To) {
		return false, nil // they may be one account there
	}
	from, err := finder.ProviderIDs(e.From)
	if err != nil {
		return false, err
	}
	to, err := finder.ProviderIDs(e.To)
	switch {
	case err != nil:
		return false, err
	case from == nil && to == nil:
		return s.onlyProvider(), nil
	case from == nil && ofPlatform(e.From):
		from = to
	case to == nil && ofPlatform(e.To):
		to = from
	}
	places := 0
	for p := range from {
		if to[p] != nil {
			places++
		}
	}
	return places == 1 && from[s.provider] != nil && to[s.provider] != nil, nil
}

// onlyProvider reports whether the ledger knows no other provider.
func (s *openScan) onlyProvider() bool {
	for a := range s.ledger.Accounts() {
		if a.Kind == accounts.KindProvider && a.ID != accounts.Provider(s.provider) {
			return false
		}
	}
	return true
}

// openPayout returns the payout that an event asks for if the provider has still to report it. A payout that
// failed is not expected any more.
// It is nil if none is expected. All events of the payout are looked at, as any of them may have the
// provider's word: the one that paid it, or a return.
func (s *openScan) openPayout(finder *posting.Finder, e *posting.Event) (*move, ondisk.Key, error) {
	if e.Provider != s.provider {
		return nil, ondisk.Key{}, nil
	}
	p, err := maybe(finder.Payout(e.Payout))
	if p == nil || err != nil || p.Movement != "" || p.State == posting.PayoutHasFailed {
		return nil, ondisk.Key{}, err
	}
	records, err := s.ledger.Until(s.until).Group(ledger.Key{Space: posting.KeyPayout, Name: e.Payout})
	if err != nil {
		return nil, ondisk.Key{}, err
	}
	for _, rec := range records {
		came, err := posting.EventOf(rec)
		if err != nil || came.Movement != "" || sourceOf(s.provider, &came) != nil {
			return nil, ondisk.Key{}, err // reported
		}
	}
	return &move{Kind: providers.Payout, Name: p.ID, Accounts: []accounts.ID{p.Account},
		Amount: p.Amount, Over: p.Done}, keyOf("", ofPayout, p.ID), nil
}

// openReceipt returns the payout to the platform's bank that an event notes, if the provider has still to report it.
// It is nil if none is expected. That it was reported is noted by a notice of its own, since
// nothing was to be booked.
func (s *openScan) openReceipt(finder *posting.Finder, rec *ledger.Record,
	e *posting.Event) (*move, ondisk.Key, error) {
	if e.Provider != s.provider {
		return nil, ondisk.Key{}, nil
	}
	reported, err := maybe(finder.Event(receiptReportedID(s.provider, e.ID)))
	if reported != nil || err != nil {
		return nil, ondisk.Key{}, err
	}
	return &move{Kind: providers.Payout, Name: e.ID, Accounts: []accounts.ID{accounts.Platform},
		Bank: true, Amount: e.Amount, Over: rec.At}, keyOf("", ofPayout, e.ID), nil
}

// missingMove makes the break of a transfer or payout that the provider does not have.
// newest is the newest line of the reports that would have it: its age is measured against that, and not
// against today, since an old report says nothing of today. The break comes after those of lines, in the
// order of the journal.
func (i *openItem) missingMove(newest time.Time, provider string) Break {
	m := i.Move
	at := i.At.UTC()
	of := m.Accounts[0]
	if m.Bank {
		of = accounts.Bank
	}
	b := Break{Class: MissingAtProvider, Kind: m.Kind, Reference: m.Name, Account: string(of),
		Entries: m.Entries, At: at, Open: true, order: 1<<61 + i.Record,
		Remedy: "splitledger statement " + shell.Quote(string(of)) + " --from " +
			at.Format(time.DateOnly) + " --to " + at.Format(time.DateOnly)}
	what := "payout"
	switch {
	case m.Kind == providers.Transfer:
		what = "transfer"
		b.Expected = Side{Amount: m.Amount, State: "transfer to " + string(m.Accounts[1])}
	case m.Over.IsZero():
		b.Expected = Side{Amount: m.Amount, State: "payout asked for " + at.Format(time.DateOnly)}
	default:
		b.Expected = Side{Amount: m.Amount, State: "paid out in the books"}
	}
	if age := newest.Sub(i.At); age < soon {
		b.Timing = true
		b.Hint = "timing: " + old(age, newest) + ", may be in the next report"
	} else {
		b.Hint = "missing " + what + ": " + old(age, newest) + "; ask " + provider + " what became of it"
	}
	return b
}
