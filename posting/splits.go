// What splits come to: their sizes in minor units, whether they sum to what the scheme wants, and whether their
// accounts can receive. It is the same arithmetic for captures, refunds and later splits.

package posting

import (
	"slices"
	"strconv"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
)

// A plan is what splits come to for an amount.
type plan struct {
	parts []sized
	rest  money.Int // what none of them takes
	why   string    // the scheme does not allow the splits of what has happened already; empty: it does
}

// plan works out what splits come to, or refuses those that the scheme does not allow for the amount. The error is one
// of [CurrencyMismatch], [SplitSumMismatch], [SplitExceedsAmount], or that of a missing account where the scheme
// refuses those.
func (k *booking) plan(p *Payment, splits []Split, amount money.Amount) (plan, error) {
	if len(splits) == 0 {
		return plan{rest: amount.Int()}, nil
	}
	if p.scheme.Splits == scheme.Afterwards {
		return plan{}, refusal(ledger.Invalid, "splits",
			"expected no splits: %s payments are split after the capture, found %d", p.Provider, len(splits))
	}
	if err := allowsForm(p.scheme, splits, p.Currency); err != nil {
		return plan{}, err
	}
	parts, rest := k.sizes(k.parts, p.scheme, splits, amount, amount.Int())
	k.parts = parts
	if err := fits(p.scheme, parts, rest, amount); err != nil {
		return plan{}, err
	}
	// With other schemes a missing account changes who gets the money, and not whether the capture is booked.
	if p.scheme.Missing == scheme.Refuse {
		if err := k.refuseMissing(splits); err != nil {
			return plan{}, err
		}
	}
	return plan{parts: parts, rest: rest}, nil
}

// allowsForm refuses splits whose form the scheme does not have. Whether they sum to what it wants is for fits.
func allowsForm(s *scheme.Scheme, splits []Split, c money.Currency) *ledger.Error {
	var percents money.Percent
	for i := range splits {
		sp := &splits[i]
		if got := sp.Amount.Currency(); got != "" && got != c {
			return refusal(CurrencyMismatch, "splits"+index(i)+".amount.currency",
				"expected the payment's currency, %s, found %s", c, got)
		}
		if sp.Type.Fee() && !s.FeeSplits {
			return refusal(ledger.Invalid, "splits"+index(i)+".type",
				"expected no fee split: fees of %s payments are the merchant's, found %s", s.Provider, sp.Type)
		}
		if sp.Percent.IsZero() {
			continue
		}
		if s.Decimals == 0 {
			return refusal(ledger.Invalid, "splits"+index(i)+".percent",
				"expected an amount: %s splits have no percents, found %s %%", s.Provider, sp.Percent)
		}
		if sp.Percent.Decimals() > s.Decimals {
			return refusal(ledger.Invalid, "splits"+index(i)+".percent",
				"expected at most %d decimals for %s, found %s", s.Decimals, s.Provider, sp.Percent)
		}
		// Where splits must equal the amount, fits compares their sum. Where each is tried by itself, they may come to
		// more.
		if s.Sum != scheme.AtMost {
			continue
		}
		if percents = percents.Add(sp.Percent); percents.Cmp(money.Hundred()) > 0 {
			return refusal(SplitExceedsAmount, "splits"+index(i)+".percent",
				"expected percents of at most 100 in all, found %s", percents)
		}
	}
	return nil
}

// sizesOf works out how much each split takes, fee splits left out, and what none takes of what is left to split.
// Percents are of the amount. The second is negative where the splits together are more than is left, and what a
// Remainder takes then is 0. The sizes are appended to parts.
func sizesOf(s *scheme.Scheme, parts []sized, splits []Split, amount money.Amount, left money.Int) (_ []sized,
	rest money.Int) {
	rest = left
	remainder := -1
	for i := range splits {
		sp := &splits[i]
		if sp.Type.Fee() {
			continue
		}
		part := sized{split: i, minor: sp.Amount.Int()}
		if !sp.Percent.IsZero() {
			// Rounded half up to the provider's smallest unit of the currency, which may be many minor units (IDR).
			part.minor = sp.Percent.Of(amount, money.NewInt(s.SmallestUnit(amount.Currency()))).Int()
		}
		if sp.Type == Remainder {
			remainder = len(parts)
		} else {
			rest = rest.Sub(part.minor)
		}
		parts = append(parts, part)
	}
	// There is at most one Remainder, and it never takes from the other parts.
	if remainder >= 0 && rest.Sign() > 0 {
		parts[remainder].minor, rest = rest, money.Int{}
	}
	return parts, rest
}

// sizes is sizesOf with the reasons of percents, and those of the rule that the splits are of.
func (k *booking) sizes(parts []sized, s *scheme.Scheme, splits []Split, amount money.Amount, left money.Int) ([]sized,
	money.Int) {
	parts, rest := sizesOf(s, parts, splits, amount, left)
	for i := range parts {
		if sp := &splits[parts[i].split]; !sp.Percent.IsZero() {
			parts[i].reason = percentReason(sp.Percent, amount, parts[i].minor, k.books.Table())
		} else if at := parts[i].split; at < len(k.reasons) {
			parts[i].reason = k.reasons[at]
		}
	}
	return parts, rest
}

// fits refuses splits that do not sum to what the scheme wants.
func fits(s *scheme.Scheme, parts []sized, rest money.Int, amount money.Amount) *ledger.Error {
	if len(parts) == 0 && s.Sum == scheme.Equal && rest.Sign() > 0 {
		return nil // fee splits alone: no part is named, so liable has it all
	}
	sum := money.FromInt(amount.Int().Sub(rest), amount.Currency())
	switch {
	case s.Sum == scheme.Equal && !rest.IsZero():
		return refusal(SplitSumMismatch, "splits", "expected splits that sum to the amount, %s, found %s", amount, sum)
	case s.Sum == scheme.AtMost && rest.Sign() < 0:
		return refusal(SplitExceedsAmount, "splits", "expected splits of at most the amount, %s, found %s", amount, sum)
	}
	return nil
}

// percentReason says how a percent came to its amount: "5.31 % of 50.00 EUR = 2.655, rounded half up to 2.66".
func percentReason(p money.Percent, of money.Amount, minor money.Int, t money.Table) string {
	c := of.Currency()
	text := p.String() + " % of " + t.Format(of) + " " + string(c)
	exact, whole := p.Exactly(of, t)
	rounded := t.Format(money.FromInt(minor, c))
	if whole && exact == rounded {
		return text
	}
	return text + " = " + exact + ", rounded half up to " + rounded
}

// firstMissing finds the first split whose account money cannot be booked to.
func (k *booking) firstMissing(splits []Split) (at int, why string, code ledger.Code) {
	for i := range splits {
		if why, code := k.missing(splits[i].Receiver()); why != "" {
			return i, why, code
		}
	}
	return -1, "", ""
}

// refuseMissing refuses splits with such an account.
func (k *booking) refuseMissing(splits []Split) *ledger.Error {
	if i, why, _ := k.firstMissing(splits); why != "" {
		return k.receives("splits["+strconv.Itoa(i)+"].account", splits[i].Receiver())
	}
	return nil
}

// capped returns splits of the authorisation for a capture of less than they come to. Where the authorisation's took
// all that was authorised, the platform has its part of the capture first, and the others what is left; where they did
// not, the others go first, because what they leave is the platform's.
func (p *Payment) capped(splits []Split, amount money.Amount) []Split {
	sizes, rest := sizesOf(p.scheme, nil, splits, amount, amount.Int())
	if rest.Sign() >= 0 {
		return splits
	}
	_, unsplit := sizesOf(p.scheme, nil, p.splits, p.Authorised, p.Authorised.Int())
	list, left := slices.Clone(splits), amount.Int()
	for _, platform := range []bool{unsplit.IsZero(), !unsplit.IsZero()} {
		for _, part := range sizes {
			sp := &list[part.split]
			if (sp.Receiver() == accounts.Platform) != platform {
				continue
			}
			take := part.minor
			if take.Cmp(left) > 0 {
				take = left
			}
			sp.Amount, sp.Percent = money.FromInt(take, p.Currency), money.Percent{}
			left = left.Sub(take)
		}
	}
	return list
}
