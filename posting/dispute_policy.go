// Whose money disputes take: the payment's policy, that of its first dispute, or the default of the ledger.

package posting

import (
	"fmt"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// everyDefault is carried by the events that say whose money disputes take.
var everyDefault = ledger.Key{Space: KeyChargebackDefault}

// chargebackDefault returns whose money disputes take of payments that do not say so themselves: what the last event
// [ChargebackDefault] said, else what the payment's scheme says, else [DeductFromLiableAccount].
func chargebackDefault(books *ledger.Reader, p *Payment) (ChargebackPolicy, error) {
	rec, err := books.Last(everyDefault)
	switch {
	case err != nil:
		return ChargebackPolicy{}, err
	case rec == nil && p != nil && p.scheme.Disputes == scheme.MerchantPays:
		return p.merchantPays(), nil
	case rec == nil:
		return ChargebackPolicy{Behavior: DeductFromLiableAccount}, nil
	}
	content, err := wire.Read(rec)
	if err != nil {
		return ChargebackPolicy{}, err
	}
	policy := content.Event.ChargebackPolicy
	if policy == nil {
		return ChargebackPolicy{}, wire.Damaged(rec,
			fmt.Errorf("a %s where the default of chargebacks was said", content.Event.Type))
	}
	return *policy, nil
}

// merchantPays lets the merchant pay disputes, and their fees whoever bears fees of the payment.
func (p *Payment) merchantPays() ChargebackPolicy {
	splits, fellBack := p.splits, false
	if c := p.feeCapture(); c != nil {
		splits, fellBack = c.splits, c.Fallback
	}
	return ChargebackPolicy{Behavior: DeductFromOneBalanceAccount, TargetAccount: p.Account,
		CostAllocationAccount: p.feeBearer(splits, fellBack, FeeGeneral)}
}

// bookChargebackDefault stores whose money disputes take from now on. A payment that has had a
// dispute keeps to the rule of that one.
func bookChargebackDefault(k *booking) error {
	if err := k.receivesDisputes(k.event.ChargebackPolicy); err != nil {
		return err
	}
	k.rec.Keys = append(k.rec.Keys, everyDefault)
	return nil
}

// ChargebackPolicy returns whose money the next dispute of a payment takes: as the payment says, else as the first one
// of it did, else by the default. Without a payment, where p is nil, it is the default.
func (b *Book) ChargebackPolicy(p *Payment) (ChargebackPolicy, error) {
	return disputes(&b.ledger.Reader, p)
}

// disputes is [Book.ChargebackPolicy] as of a snapshot.
func disputes(books *ledger.Reader, p *Payment) (ChargebackPolicy, error) {
	if p != nil && p.ChargebackPolicy != nil {
		return *p.ChargebackPolicy, nil
	}
	policy, err := chargebackDefault(books, p)
	if err == nil && p != nil && len(p.Chargebacks) > 0 {
		policy.Behavior, policy.TargetAccount = p.Chargebacks[0].rule()
	}
	return policy, err
}

// rule returns what a chargeback went by, as its lines show: one account paid all of it for others, or each part its
// own.
func (c *Chargeback) rule() (wire.Behavior, accounts.ID) {
	var payer accounts.ID
	for _, l := range c.lines.values {
		switch {
		case l.minor.IsZero(): // it was reassigned to another account
		case l.key.kind != PostingChargeback:
			return DeductAccordingToSplitRatio, ""
		case payer == "":
			payer = l.key.account
		}
	}
	if payer == "" {
		return DeductFromLiableAccount, ""
	}
	return DeductFromOneBalanceAccount, payer
}

// ChargebackOf says who would pay a chargeback of an amount in any currency by a policy, as if no account were closed.
func (p *Payment) ChargebackOf(policy ChargebackPolicy, amount money.Amount) []Payer {
	var payers []Payer
	for _, t := range p.byBehavior(policy.Behavior, policy.TargetAccount, amount.Int(), (*Part).got, disputed) {
		if !t.minor.IsZero() {
			c := amount.Currency()
			payers = append(payers, Payer{t.key.account, t.key.kind, t.key.reference, money.FromInt(t.minor, c),
				money.New(0, c), t.reason})
		}
	}
	return payers
}

// receivesDisputes refuses a policy with accounts that money cannot be booked to.
func (k *booking) receivesDisputes(p *ChargebackPolicy) *ledger.Error {
	if p == nil {
		return nil
	}
	if p.TargetAccount != "" {
		if err := k.receives("chargeback.targetAccount", p.TargetAccount); err != nil {
			return err
		}
	}
	if p.CostAllocationAccount != "" {
		return k.receives("chargeback.costAllocationAccount", p.CostAllocationAccount)
	}
	return nil
}

// disputed is the part of an account that pays a chargeback for others.
func disputed(id accounts.ID) partKey { return partKey{id, PostingChargeback, ""} }
