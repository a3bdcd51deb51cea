package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A rule of one's own: a voucher is paid out of a budget, and never beyond it. The function reads the books as
// they are at its turn, so that two callers cannot spend the same money.
func Example() {
	dir, err := os.MkdirTemp("", "splitledger")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := ledger.Open(filepath.Join(dir, "market.db"), ledger.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	ctx := context.Background()

	move := func(id string, from, to accounts.ID, amount money.Amount, opens ...accounts.Account) error {
		return l.Update(ctx, func(tx *ledger.Tx) error {
			key := ledger.Key{Space: 'v', Name: id}
			if known, err := tx.Has(key); known || err != nil {
				return err // done before
			}
			if from != accounts.Liable {
				has, err := tx.Balance(from, "EUR")
				if err != nil {
					return err
				}
				if has.Available.Int().Cmp(amount.Int()) < 0 {
					return fmt.Errorf("%s has %s, %s are needed", from, has.Available, amount)
				}
			}
			return tx.Append(&ledger.Record{Keys: []ledger.Key{key}, Opens: opens, Entries: []ledger.Entry{{Postings: []ledger.Posting{
				{Account: from, Amount: amount, Type: "Voucher"},
				{Account: to, Amount: amount.Neg(), Type: "Voucher", Reference: id},
			}}}})
		})
	}
	sub := func(id accounts.ID) accounts.Account { return accounts.Account{ID: id, Kind: accounts.KindSub} }
	fmt.Println(move("budget", accounts.Liable, "budget", money.New(1000, "EUR"), sub("budget")))
	fmt.Println(move("v-1", "budget", "seller:42", money.New(700, "EUR"), sub("seller:42")))
	fmt.Println(move("v-1", "budget", "seller:42", money.New(700, "EUR")))
	fmt.Println(move("v-2", "budget", "seller:42", money.New(700, "EUR")))
	b, err := l.Balance("seller:42", "EUR")
	fmt.Println(b.Available, err)
	_, err = l.Balance("seller:24", "EUR")
	fmt.Println(err)

	for line, err := range l.Postings(ctx, "budget", ledger.Range{}) {
		if err != nil {
			log.Fatal(err)
		}
		then, err := l.BalanceAt("budget", ledger.AsOf{Recorded: line.Recorded}) // what the books knew then
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(line.Entry, line.Amount.Neg(), "leaves", line.Balance, "=", then[0].Available)
	}
	fmt.Println(move("v-3", "budget", "nobody", money.New(1, "EUR")))
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// budget has 300 EUR, 700 EUR are needed
	// 700 EUR <nil>
	// unknown_account: account: account seller:24 was never opened
	// 1 1000 EUR leaves 1000 EUR = 1000 EUR
	// 2 -700 EUR leaves 300 EUR = 300 EUR
	// unknown_account: account: account nobody was never opened
}

// A refusal is told by its code.
func ExampleCode() {
	err := error(&ledger.Error{Code: ledger.Unbalanced, Message: "debits less credits are 1 EUR (minor units), expected 0"})
	fmt.Println(errors.Is(err, ledger.Unbalanced), errors.Is(err, ledger.Invalid))
	// Output: true false
}
