// Rolling reserves: a share of what each settlement makes available is held back, and released after some days. And the
// release of one hold, by hand or when its time has come.

package posting

import (
	"fmt"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// A RollingReserve is a rule that holds back a share of settlements.
type RollingReserve struct {
	Account accounts.ID // whose settlements; empty: of all sub-accounts that have no rule of their own
	Percent money.Percent
	Days    uint64         // 0 where nothing is held back
	Since   time.Time      // when the rule was booked for
	Record  *ledger.Record // that it was booked with
}

// ofAll is the key of the rule for all. No account is called so.
const ofAll = "*"

// everyReserveRule is carried by the records of all rules.
var everyReserveRule = ledger.Key{Space: KeyReserveRule}

// RollingReserve returns the rule that an account's settlements follow: its own, or that for all sub-accounts. It is nil
// where nothing is held back.
func (b *Book) RollingReserve(id accounts.ID) (*RollingReserve, error) {
	a, ok := b.ledger.Account(id)
	if !ok {
		return nil, nil
	}
	r, err := reserveRule(&b.ledger.Reader, id, a.Kind)
	if r != nil && r.Percent.IsZero() {
		r = nil
	}
	return r, err
}

// HasRollingReserves reports whether there was ever a rule. Where there was none, nothing has to be looked up.
func (b *Book) HasRollingReserves() bool { return b.ledger.HasSymbol(string(ReserveRule)) }

// reserveRule returns the rule that settlements to an account follow, nil if there is none.
func reserveRule(books *ledger.Reader, id accounts.ID, kind accounts.Kind) (*RollingReserve, error) {
	rec, err := books.Last(ledger.Key{Space: KeyReserveRule, Name: string(id)})
	if err == nil && rec == nil && kind == accounts.KindSub {
		rec, err = books.Last(ledger.Key{Space: KeyReserveRule, Name: ofAll})
	}
	if err != nil || rec == nil {
		return nil, err
	}
	content, err := wire.Read(rec)
	if err != nil {
		return nil, err
	}
	e := content.Event
	if e.Type != ReserveRule || e.Percent == nil {
		return nil, wire.Damaged(rec, fmt.Errorf("a %s where a rule was made", e.Type))
	}
	return &RollingReserve{e.Account, *e.Percent, e.Days, rec.At, rec}, nil
}

// bookReserveRule keeps a rule. No money moves.
func bookReserveRule(k *booking) error {
	name := ofAll
	if id := k.event.Account; id != "" {
		if err := k.receives("account", id); err != nil {
			return err
		}
		name = string(id)
	}
	k.key(KeyReserveRule, name)
	k.rec.Keys = append(k.rec.Keys, everyReserveRule)
	return nil
}

// holdBack books the holds that rules want of a settlement that was appended, in the same turn: both are durable
// together or not at all.
func (b *Book) holdBack(tx *ledger.Tx, k *booking) error {
	if k.event.Type != PaymentSettle || len(k.rec.Entries) == 0 || !tx.HasSymbol(string(ReserveRule)) {
		return nil
	}
	var grown ordered[balanceKey, money.Int]
	for i := range k.rec.Entries {
		for _, p := range k.rec.Entries[i].Postings {
			if p.Sub == ledger.Available {
				sum, _ := grown.add(balanceKey{p.Account, p.Amount.Currency()})
				*sum = sum.Sub(p.Amount.Int()) // credits are below zero
			}
		}
	}
	for i, at := range grown.keys {
		if grown.values[i].Sign() <= 0 {
			continue
		}
		if err := b.hold(tx, k, at.account, money.FromInt(*grown.values[i], at.currency)); err != nil {
			return err
		}
	}
	return nil
}

// hold books what a rule wants of a settlement's increase of one account. The money may have been spent before it came,
// so no lack of funds refuses it.
func (b *Book) hold(tx *ledger.Tx, settlement *booking, id accounts.ID, increase money.Amount) error {
	a, ok := tx.Account(id)
	if !ok || a.Status == accounts.Closed || !holdsMoney(a.Kind) {
		return nil
	}
	rule, err := reserveRule(&tx.Reader, id, a.Kind)
	if rule == nil || err != nil {
		return err
	}
	part := rule.Percent.Floor(increase)
	if part.IsZero() {
		return nil
	}
	at := settlement.rec.At
	e := &Event{ID: urn("reserve", settlement.event.ID+"\n"+string(id)+"\n"+string(part.Currency())),
		Type: ReserveHold, At: at, Account: id, Amount: part,
		Reason: rule.Percent.String() + " % of settlement " + settlement.event.ID,
		Due:    at.Add(time.Duration(rule.Days) * day)}
	// Events of another ledger that are posted again have the hold among them, perhaps before.
	if known, err := tx.Has(ledger.Key{Space: KeyEvent, Name: e.ID}); known || err != nil {
		return err
	}
	k := b.begin(&tx.Reader, e)
	defer k.release()
	k.move(id, ledger.Available, ledger.Reserved, PostingReserve, "")
	if err := k.wait(e.ID, e.Due); err != nil {
		return err
	}
	return tx.Append(&k.rec)
}

// releasesHold looks for the hold that a release names, which has to be of the same account and amount, and not released
// yet.
func (k *booking) releasesHold() error {
	e := k.event
	records, err := k.books.Group(ledger.Key{Space: KeyEvent, Name: e.Hold})
	if err != nil {
		return err
	}
	var hold *Event
	if len(records) > 0 {
		content, err := wire.Read(records[0])
		if err != nil {
			return err
		}
		hold = content.Event
	}
	if hold == nil || hold.Type != ReserveHold {
		return refusal(ledger.Invalid, "hold", "expected the id of a reserve.hold, found %s", quote(e.Hold))
	}
	if account := heldOn(records[0], hold); account != e.Account {
		return refusal(ledger.Invalid, "account", "expected the account of the hold %s, %s, found %s", quote(e.Hold),
			account, e.Account)
	}
	if !hold.Amount.Equal(e.Amount) {
		return refusal(ledger.Invalid, "amount", "expected the amount of the hold %s, %s, found %s", quote(e.Hold),
			hold.Amount, e.Amount)
	}
	by, err := k.came(e.Hold, records[0])
	if err != nil {
		return err
	}
	if by != "" {
		return refusal(InvalidState, "hold", "expected a hold that is not released, found %s, which event %s released",
			quote(e.Hold), quote(by))
	}
	if hold.Due.IsZero() {
		k.key(KeyDue, e.Hold)
		return nil
	}
	return k.comes(e.Hold, records[0])
}

// heldOn returns the account that a hold was booked on: a fact of a closed account is liable's.
func heldOn(rec *ledger.Record, hold *Event) accounts.ID {
	if len(rec.Entries) > 0 {
		return rec.Entries[0].Postings[0].Account
	}
	return hold.Account
}

// releaseUpTo books the release of a hold: no more than what is there. What was released without naming a hold, or taken
// by a payout that was told as paid, is no longer reserved.
func (k *booking) releaseUpTo(account accounts.ID, free money.Amount, why string) {
	a := k.event.Amount
	if free.Int().Cmp(a.Int()) < 0 {
		if a = free; a.Sign() < 0 {
			a = money.New(0, a.Currency())
		}
		k.remark(wire.Remark{Kind: bookedAs, Reason: string(ReserveRelease) + " of " + a.String() +
			", as no more of it is reserved"})
	}
	if a.Sign() > 0 {
		k.moveAmount(account, a, ledger.Reserved, ledger.Available, PostingReserve, why)
	}
}

// releasesItself reports whether an event is the release of a hold that has come due. It is nobody's decision any more.
func releasesItself(e *Event) bool {
	return e.Type == ReserveRelease && e.Hold != "" && e.ID == dueID(e.Hold)
}

// String returns "10 % for 90 days", for people.
func (r *RollingReserve) String() string {
	if r.Percent.IsZero() {
		return "none"
	}
	return r.Percent.String() + " % for " + strconv.FormatUint(r.Days, 10) + " days"
}
