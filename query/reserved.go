package query

import (
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Reserve is what the reserved money of an account is for, in one currency, and the rule by which more is held back.
type Reserve struct {
	Rule    *ReserveRule `json:"rule,omitempty"`
	Payouts Minor        `json:"payouts"`       // for payouts under way
	Held    Minor        `json:"held"`          // until a day
	Rest    Minor        `json:"rest"`          // until somebody releases it
	Holds   int          `json:"holds"`         // that make up what is held
	Next    time.Time    `json:"next,omitzero"` // when the first of them is released
	Last    time.Time    `json:"last,omitzero"` // and the last
}

// A ReserveRule is the rule of a rolling reserve.
type ReserveRule struct {
	Account accounts.ID   `json:"account,omitempty"` // none: the rule is for all sub-accounts
	Percent money.Percent `json:"percent"`
	Days    uint64        `json:"days"`
	Since   time.Time     `json:"since"`
}

// String returns "10 % for 90 days", and whether that is the rule of all.
func (r *ReserveRule) String() string {
	if r == nil {
		return ""
	}
	text := (&posting.RollingReserve{Percent: r.Percent, Days: r.Days}).String()
	if r.Account == "" {
		text += " (as all)"
	}
	return text
}

// A ReserveRow is a part of what is reserved as a row for people.
type ReserveRow struct {
	Currency money.Currency `col:"CURRENCY"`
	For      string         `col:"RESERVED FOR"`
	Holds    int            `col:"HOLDS,blank"`
	Next     string         `col:"NEXT RELEASE"`
	Last     string         `col:"LAST RELEASE"`
	Amount   Minor          `col:"AMOUNT"`
}

// ReserveRows are the parts of what is reserved, those that are nothing left out.
func (e *Explanation) ReserveRows() (rows []ReserveRow) {
	r := e.Reserve
	if r == nil {
		return nil
	}
	if !r.Payouts.IsZero() {
		rows = append(rows, ReserveRow{Currency: e.Currency, For: "payouts under way", Amount: r.Payouts})
	}
	if r.Holds > 0 {
		rows = append(rows, ReserveRow{e.Currency, "held until a day", r.Holds, r.Next.Format(time.RFC3339),
			r.Last.Format(time.RFC3339), r.Held})
	}
	if !r.Rest.IsZero() {
		why := "held until it is released"
		if r.Rest.Sign() < 0 {
			why = "taken of what is held"
		}
		rows = append(rows, ReserveRow{Currency: e.Currency, For: why, Amount: r.Rest})
	}
	return rows
}

// reserveRule returns the rule that an account follows, nil where nothing is held back.
func (b *Books) reserveRule(id accounts.ID) (*ReserveRule, error) {
	if !b.Rules.HasRollingReserves() {
		return nil, nil
	}
	r, err := b.Rules.RollingReserve(id)
	if r == nil || err != nil {
		return nil, err
	}
	return &ReserveRule{r.Account, r.Percent, r.Days, r.Since.UTC()}, nil
}

// reserves adds to explanations what the reserved money is for, as it is now.
func (b *Books) reserves(id accounts.ID, all []Explanation) error {
	rule, err := b.reserveRule(id)
	if err != nil {
		return err
	}
	list, err := b.Rules.Reserved(id)
	if err != nil {
		return err
	}
	for i := range all {
		for _, r := range list {
			if r.Rest.Currency() == all[i].Currency {
				all[i].Reserve = &Reserve{rule, Minor{r.Payouts}, Minor{r.Held}, Minor{r.Rest}, r.Holds, inUTC(r.Next),
					inUTC(r.Last)}
			}
		}
	}
	return nil
}
