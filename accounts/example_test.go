package accounts_test

import (
	"errors"
	"fmt"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
)

// An id is checked where it comes in; the error says what is in the way.
func ExampleParse() {
	for _, s := range []string{"seller:42", "seller 42", ""} {
		id, err := accounts.Parse(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(id, id.Reserved())
	}
	// Output:
	// seller:42 false
	// account: expected letters, digits and : _ . / @ -, found " " at position 7 of "seller 42"
	// account: expected 1 to 128 characters, found 0
}

// Every payment provider has an account, named after it.
func ExampleProvider() {
	id := accounts.Provider("adyen")
	name, ok := id.ProviderName()
	fmt.Println(id, name, ok, id.Reserved())
	// Output:
	// provider:adyen adyen true true
}

// What we hold with others is positive when debited, what we owe when credited.
func ExampleKind_DebitNormal() {
	for _, k := range []accounts.Kind{accounts.KindSub, accounts.KindPlatform, accounts.KindProvider, accounts.KindBank} {
		fmt.Println(k, k.DebitNormal())
	}
	// Output:
	// sub false
	// platform false
	// provider true
	// bank true
}

// An error names the field, as events name it.
func ExampleAccount_Validate() {
	err := accounts.Account{
		ID:        "seller:42",
		Kind:      accounts.KindSub,
		Overdraft: []money.Amount{money.New(50000, "USD"), money.New(-1, "EUR")},
	}.Validate()
	fmt.Println(err)
	if e, ok := errors.AsType[*accounts.Error](err); ok {
		fmt.Println(e.Field)
	}
	// Output:
	// overdraft[1]: expected an amount of zero or more, found -1 EUR
	// overdraft[1]
}

// How far down a transfer may take what an account has available.
func ExampleAccount_Floor() {
	courier := accounts.Account{
		ID:        "courier:7",
		Kind:      accounts.KindSub,
		Overdraft: []money.Amount{money.New(5000, "EUR")},
	}
	fmt.Println(courier.Floor("EUR"))
	fmt.Println(courier.Floor("USD"))
	liable := accounts.Account{ID: accounts.Liable, Kind: accounts.KindLiable}
	_, limited := liable.Floor("EUR")
	fmt.Println(limited)
	// Output:
	// -5000 EUR true
	// 0 USD true
	// false
}
