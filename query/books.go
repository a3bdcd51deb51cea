package query

import (
	"errors"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// Books are what questions are asked of.
type Books struct {
	Ledger *ledger.Ledger
	Rules  *posting.Book
}

// Of returns the books of a ledger, by the rules of the providers that are built in and those that the ledger declares.
// Whoever has schemes of his own makes Books of his own book.
func Of(l *ledger.Ledger) (*Books, error) {
	book, err := posting.New(l, posting.Options{})
	return &Books{l, book}, err
}

// Refusal gives the error of an event that was refused the form that it has in JSON.
func Refusal(err error) *ledger.Error {
	if e, ok := errors.AsType[*ledger.Error](err); ok {
		return e
	}
	return &ledger.Error{Code: ledger.Invalid, Message: err.Error()}
}
