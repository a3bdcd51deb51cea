// Reasons of postings, which say in words why a rule decided as it did, and what rounding gave or took.

package posting

import (
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// TypeOf returns the type of the event that a record was made of. It reads no more of the record than that.
func TypeOf(rec *ledger.Record) (Type, error) {
	d := rec.Decoder()
	d.Uint() // version of the content
	t := Type(d.Symbol())
	if err := d.Err(); err != nil {
		return "", wire.Damaged(rec, err)
	}
	return t, nil
}

// Rounding returns what rounding gave or took of a posting, as its reason says: in a share by ratio the minor unit
// that largest remainder gave; in a percent what there is more, or less, than the whole minor units that it comes to.
// It has the sign of the posting where rounding gave, and is zero where the reason says nothing of rounding.
func Rounding(p *ledger.Posting, t money.Table) money.Amount {
	c := p.Amount.Currency()
	none := money.New(0, c)
	var given money.Amount
	switch {
	case p.Type == PostingReserve || p.Type == PostingPayout: // its reason is in the user's words
		return none
	case strings.Contains(p.Reason, ratioReason):
		_, text, _ := strings.Cut(p.Reason, ratioReason)
		n, err := strconv.ParseInt(firstWord(text), 10, 64)
		if err != nil {
			return none
		}
		given = money.New(n, c)
	case strings.Contains(p.Reason, halfUpReason):
		before, after, _ := strings.Cut(p.Reason, halfUpReason)
		exact, err := t.ParseMajor(wholeUnits(before[strings.LastIndexByte(before, ' ')+1:], c, t), c)
		if err != nil {
			return none
		}
		rounded, err := t.ParseMajor(firstWord(after), c)
		if err != nil {
			return none
		}
		given = money.FromInt(rounded.Int().Sub(exact.Int()), c)
	default:
		return none
	}
	if p.Amount.Sign() < 0 {
		return given.Neg()
	}
	return given
}

// What the reasons of rounded amounts have in common.
const (
	ratioReason  = "rounding: "
	halfUpReason = ", rounded half up to "
)

// firstWord returns text up to what ends a number in a reason.
func firstWord(text string) string {
	if i := strings.IndexAny(text, " ;,"); i >= 0 {
		return text[:i]
	}
	return text
}

// wholeUnits cuts the decimals off that the currency does not have.
func wholeUnits(major string, c money.Currency, t money.Table) string {
	exponent, _ := t.Exponent(c)
	whole, decimals, _ := strings.Cut(major, ".")
	if exponent == 0 || decimals == "" {
		return whole
	}
	return whole + "." + decimals[:min(exponent, len(decimals))]
}

// reasons puts two reasons together, of which either may be empty.
func reasons(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// fallback begins the reason of what went to liable in place of another account.
const fallback = "fallback: "

// isFallback reports whether a reason says that liable takes the place of another account.
func isFallback(reason string) bool { return strings.HasPrefix(reason, fallback) }

// debit and credit make a posting of minor units.
func debit(id accounts.ID, sub ledger.Sub, minor money.Int, c money.Currency, kind string) ledger.Posting {
	return ledger.Posting{Account: id, Sub: sub, Amount: money.FromInt(minor, c), Type: kind}
}

// credit is the opposite of debit.
func credit(id accounts.ID, sub ledger.Sub, minor money.Int, c money.Currency, kind string) ledger.Posting {
	return debit(id, sub, minor.Neg(), c, kind)
}

// Where a provider reports whose balance changed, the books follow it. A payment.reassign says that a part of a
// capture, refund or chargeback is on another account than the scheme said: the money moves, and with it the part,
// so that whatever comes later finds it there.

// accountDiffers is the reason of what is reassigned.
const accountDiffers = "provider's account differs"
