package wire_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
)

// An event is read strictly: a field that its type does not take is refused, and so is one that is missing.
func ExampleDecode() {
	for _, line := range []string{
		`{"id":"t-1","type":"transfer","from":"seller:42","to":"platform","amount":{"value":500,"currency":"EUR"}}`,
		`{"id":"t-1","type":"transfer","from":"seller:42","to":"platform","amount":{"value":5.00,"currency":"EUR"}}`,
	} {
		e, err := wire.Decode([]byte(line))
		if refusal, ok := errors.AsType[*ledger.Error](err); ok {
			fmt.Println(refusal.Code, refusal.Field)
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Type, e.From, e.To, e.Amount)
	}
	// Output:
	// transfer seller:42 platform 500 EUR
	// invalid amount.value
}

// Describe has every type of event with its fields: for documentation, forms, or code in another language.
func ExampleDescribe() {
	for _, d := range wire.Describe() {
		if d.Type != wire.Transfer {
			continue
		}
		for _, f := range d.Fields {
			if f.Required {
				fmt.Println(f.Name)
			}
		}
	}
	// Output:
	// from
	// to
	// amount
}

// ContentOf gives back the event that a record of the journal was made of.
func ExampleContentOf() {
	dir, err := os.MkdirTemp("", "wire")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := ledger.Open(filepath.Join(dir, "market.db"), ledger.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	open := posting.OpenAccount{ID: "open-42", Account: "seller:42", Kind: accounts.KindSub, Holder: "Ada"}
	_, err = book.Post(ctx, open)
	if err != nil {
		log.Fatal(err)
	}
	for rec, err := range l.Records(ctx, 1) {
		if err != nil {
			log.Fatal(err)
		}
		e, _, err := wire.ContentOf(rec)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(rec.Number, e.ID, e.Type, e.Account, e.Holder)
	}
	// Output:
	// 1 open-42 account.open seller:42 Ada
}
