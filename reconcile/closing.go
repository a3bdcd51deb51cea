package reconcile

import (
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/shell"
)

// Closing balances: a report may say what an account had at the end of a day. It is compared when
// all lines are taken in.

// A closing is a balance of an account that a report includes.
type closing struct {
	file    *file
	outcome providers.Outcome // its account, its time and After, the balance
}

// compareBalances compares closing balances of reports with the books. It runs last, when all lines are booked
// (if they are booked at all).
func (r *run) compareBalances() error {
	finder := r.Book.Finder()
	for _, c := range r.closings {
		o := &c.outcome
		b := Break{Class: BalanceMismatch, File: r.label(c.file), Line: o.Line,
			Kind: o.Kind, Reference: o.Account, Account: o.Account, At: o.At.UTC(),
			order: lineID(c.file.n, o.Line)}
		id, err := maybe(finder.AccountAt(r.Provider, o.Account))
		if err != nil {
			return err
		}
		// An account that nobody knows is a break too: a balance that was not checked must not look right.
		if id == "" {
			b.Found = Side{Amount: o.After, State: "closing balance"}
			b.Hint = "not checked: no account has the id " + o.Account + " at " + r.Provider
			b.Remedy = idRemedy(r.Provider, o.Account)
			if err := r.unbalanced(b); err != nil {
				return err
			}
			continue
		}
		has, agrees, err := r.balanceOf(id, o)
		if err != nil {
			return err
		}
		if agrees {
			continue
		}
		var res Resolution
		res.differ(BalanceMismatch, Side{Amount: has, State: string(id)},
			Side{Amount: o.After, State: "closing balance"})
		b.Expected, b.Found, b.Difference = res.Expected, res.Found, res.Difference
		b.Hint = "rows of the account are missing from the reports, or not booked yet"
		// Without --post the lines of the reports are not booked yet, so the balance may differ for that alone.
		if !r.Post {
			b.Hint = "as the books are now; --post books what the reports prove first"
		}
		b.Remedy = "splitledger statement " + shell.Quote(string(id)) + " --to " + o.At.UTC().Format(time.DateOnly)
		if err := r.unbalanced(b); err != nil {
			return err
		}
	}
	return nil
}

// balanceOf returns what an account had at the time of a closing balance. Providers may or may not count what
// is pending in it; either agrees.
func (r *run) balanceOf(id accounts.ID, o *providers.Outcome) (has money.Amount, agrees bool, err error) {
	balances, err := r.Ledger.BalanceAt(id, ledger.AsOf{At: o.At})
	if err != nil {
		return has, false, err
	}
	has = money.New(0, o.After.Currency())
	for _, b := range balances {
		if b.Currency != o.After.Currency() {
			continue
		}
		has = money.Sum(b.Currency, b.Available, b.Reserved)
		if b.Total().Equal(o.After) {
			return b.Total(), true, nil
		}
	}
	return has, has.Equal(o.After), nil
}

// idRemedy is a command that says which account of the books has an id at a provider.
func idRemedy(provider, id string) string {
	event := `{"id":"id-` + clip(id) + `","type":"account.update","account":"ACCOUNT",` +
		`"providerIds":{"` + provider + `":["` + id + `"]}}`
	return "echo " + shell.Quote(event) + " | splitledger post"
}
