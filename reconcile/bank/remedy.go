package bank

import (
	"encoding/hex"
	"time"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/reconcile/internal/shell"
)

// The commands that findings suggest. They are for a person to read and copy, so all texts are quoted for a shell.

// command is a command of the program for this ledger.
func (c *comparison) command(arguments string) string {
	if c.File == "" {
		return "splitledger " + arguments
	}
	return "splitledger --ledger " + shell.Quote(c.File) + " " + arguments
}

// lookAt is the command that shows what the books have around the day of a payout.
func (c *comparison) lookAt(p *payout) string {
	day := p.day().Format(time.DateOnly)
	return c.command("statement " + shell.Quote(string(p.account)) + " --from " + day + " --to " + day)
}

// post is the command that posts an event.
func (c *comparison) post(e posting.Event) string {
	return "echo " + shell.Quote(string(e.AppendJSON(nil))) + " | " + c.command("post")
}

// postPayout posts a payout of a provider that the books do not have.
// With the batch, if the line has just one, so that the provider's report finds the payout by it later.
func (c *comparison) postPayout(k *candidate) string {
	e := posting.Event{
		ID: eventID(k.line), Type: posting.ProviderPayout, At: k.line.Booked,
		Provider: k.provider, Amount: k.line.Amount,
	}
	if numbers := k.text().batchNumbers(); len(numbers) == 1 {
		e.Batch = numbers[0]
	}
	return c.post(e)
}

// postPaid posts that a payout of an account was paid.
func (c *comparison) postPaid(k *candidate, p *posting.Payout) string {
	at := k.line.Booked // the beginning of a day, on which it may have been asked for
	if at.Before(p.Asked) {
		at = p.Asked
	}
	return c.post(posting.Event{ID: eventID(k.line), Type: posting.PayoutPaid, At: at, Payout: p.ID})
}

// eventID names an event after a line, the same whenever the line is read.
// A person who runs the command twice then posts one event.
func eventID(l *Line) string {
	texts := []string{l.Account, l.Booked.Format(time.DateOnly), l.Amount.String(), l.BankReference, l.Party}
	id := identityOf(append(append(texts, l.References...), l.Text...))
	return "bank-" + hex.EncodeToString(id[:])
}
