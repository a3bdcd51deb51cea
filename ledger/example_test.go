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

// A refusal has a stable code. Compare with errors.Is, not by the message.
func ExampleCode() {
	var err error = &ledger.Error{Code: ledger.Unbalanced, Message: "debits less credits are 1 EUR, expected 0"}
	fmt.Println(errors.Is(err, ledger.Unbalanced), errors.Is(err, ledger.Invalid))
	// Output: true false
}

// withSeller makes a ledger with one account, for an example.
func withSeller(ctx context.Context, path string) *ledger.Ledger {
	l, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		log.Fatal(err)
	}
	err = l.Update(ctx, func(tx *ledger.Tx) error {
		return tx.Append(&ledger.Record{
			Keys:  []ledger.Key{{Space: 'x', Name: "open-42"}},
			Opens: []accounts.Account{{ID: "seller:42", Kind: accounts.KindSub}},
		})
	})
	if err != nil {
		log.Fatal(err)
	}
	return l
}

// A backup is made while writers go on. Restoring checks every byte, and derives everything anew, before the
// ledger appears.
func ExampleRestore() {
	dir, err := os.MkdirTemp("", "splitledger")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	l := withSeller(ctx, filepath.Join(dir, "market.db"))
	defer l.Close()

	if _, err := l.BackupFile(ctx, filepath.Join(dir, "market.backup")); err != nil {
		log.Fatal(err)
	}
	info, err := ledger.Restore(ctx, filepath.Join(dir, "market.backup"), filepath.Join(dir, "again.db"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Records, info.HeadID() == l.Stats().Head)
	// Output:
	// 1 true
}

// Verify derives everything from the journal and compares it. Whoever noted the head can ask later whether the
// ledger still has it.
func ExampleLedger_Verify() {
	dir, err := os.MkdirTemp("", "splitledger")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	l := withSeller(ctx, filepath.Join(dir, "market.db"))
	defer l.Close()

	v, err := l.Verify(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("records", v.Records, "damage", len(v.Damage))
	has, err := l.Contains(ctx, v.Head)
	fmt.Println(has, err)
	// Output:
	// records 1 damage 0
	// true <nil>
}

// A follower sees records as they become durable: here it copies keys, and ends after the first.
func ExampleLedger_Follow() {
	dir, err := os.MkdirTemp("", "splitledger")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	l := withSeller(ctx, filepath.Join(dir, "market.db"))
	defer l.Close()

	const seen = 0 // the last record that was dealt with; a program keeps it
	for r, err := range l.Follow(ctx, seen) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.Number, r.Keys[0].Name)
		break
	}
	// Output:
	// 1 open-42
}
