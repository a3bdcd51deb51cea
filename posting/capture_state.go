// The state of one capture, and questions about it: what is still pending, refundable, disputed, or free to be split.

package posting

import (
	"iter"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A Capture is money taken from the buyer, all or part of what was authorised.
type Capture struct {
	ID       string
	Record   uint64 // that it was booked with
	At       time.Time
	Amount   money.Amount
	Refunded money.Amount
	Settled  bool   // the provider has settled it: its money is available
	Batch    string // of its settlement; may be empty
	Rule     string // the stored rule that its splits come from; empty: they were written out, or there are none
	Version  string // of the rule; empty where there is none
	Fallback bool   // all of it went to liable, because the account of a split was not there
	Reason   string // why it fell back

	Cancelled bool   // every entry of it is reversed
	Reversed  bool   // the provider took back all that was left of it
	Failure   string // why the provider could not settle it, the last time; empty once it is settled or cancelled
	Fact      bool   // the provider reported it
	Movement  string // the provider's reference of it, where that is known
	Named     bool   // it has a name of the platform's
	Confirmed *Confirmation
	Due       time.Time // the first time that a reported settlement waits for; zero: none waits

	waits         []dueTime
	split         money.Int                    // what later splits took of it
	disputed      money.Int                    // what chargebacks took of it and did not give back
	reversed      money.Int                    // what the provider took back of it
	reversal      ordered[string, reportedSum] // what was reported of its reversals, by movement
	splits        []Split
	merchant      accounts.ID // who got what no split took
	pending       ordered[balanceKey, money.Int]
	moved         ordered[balanceKey, money.Int]  // of that, what settlements in parts made available
	rows          ordered[accounts.ID, money.Int] // gross that was settled of single accounts
	capturedGross reportedSum                     // gross that was captured
	settledGross  reportedSum                     // gross that was settled
	shares        ordered[partKey, share]
}

// State returns how far the capture has come.
func (c *Capture) State() State {
	switch {
	case c.Cancelled:
		return CaptureCancelled
	case c.Reversed:
		return CaptureReversed
	case c.Settled:
		return CaptureSettled
	case c.Failure != "":
		return CaptureFailed
	}
	return CapturePending
}

// Unsettled returns how much of a capture that stands no settlement has reported yet, of its gross amount.
func (c *Capture) Unsettled() money.Amount {
	var left money.Int
	if !c.Settled && !c.Cancelled && !c.Reversed {
		left = atLeastZero(c.Amount.Int().Sub(c.settledGross.total()))
	}
	return money.FromInt(left, c.Amount.Currency())
}

// refundable returns how much of a capture may still be refunded.
func (c *Capture) refundable() money.Int {
	if c.Cancelled {
		return money.Int{}
	}
	return c.Amount.Int().Sub(c.Refunded.Int()).Sub(c.reversed)
}

// untouched reports whether a capture is as it was booked: nothing of it is settled, given back or taken back.
func (c *Capture) untouched() bool {
	return !c.Cancelled && !c.Reversed && !c.Settled && len(c.moved.keys) == 0 &&
		c.Refunded.Sign() <= 0 && c.disputed.Sign() <= 0 && c.reversed.IsZero()
}

// undisputed returns how much of a capture a chargeback may still take, before it takes of what is no capture's.
func (c *Capture) undisputed() money.Int { return c.refundable().Sub(c.disputed) }

// sub is where a capture's money is: pending until it is settled. What is no capture's is available.
func (c *Capture) sub() ledger.Sub {
	if c == nil || c.Settled {
		return ledger.Available
	}
	return ledger.Pending
}

// name is the reference of the entries of a capture.
func (c *Capture) name() string {
	if c == nil {
		return ""
	}
	return c.ID
}

// subOf is where an account's money of a capture is: pending until the capture, or the account's share of it, is
// settled.
func (c *Capture) subOf(id accounts.ID) ledger.Sub {
	if c == nil || c.Settled {
		return ledger.Available
	}
	if reported := c.rows.find(id); reported != nil {
		if gross := c.gross(id); gross.Sign() > 0 && reported.Cmp(gross) >= 0 {
			return ledger.Available
		}
	}
	return ledger.Pending
}

// gross returns what an account got of a capture, before fees.
func (c *Capture) gross(id accounts.ID) (sum money.Int) {
	for i, k := range c.shares.keys {
		if k.account == id {
			sum = sum.Add(c.shares.values[i].got)
		}
	}
	return sum
}

// bySub yields what of an amount is pending and what is available, each if there is any.
func bySub(pending, minor money.Int) iter.Seq2[ledger.Sub, money.Int] {
	return func(yield func(ledger.Sub, money.Int) bool) {
		if !pending.IsZero() && !yield(ledger.Pending, pending) {
			return
		}
		if available := minor.Sub(pending); !available.IsZero() {
			yield(ledger.Available, available)
		}
	}
}

// stillPending returns how much of an account's minor units of a capture is pending: all before any of it is settled,
// none once the capture is, or is cancelled. Between, it is as much as the account has pending, less what was used of
// that.
func (c *Capture) stillPending(at balanceKey, minor money.Int, used map[accounts.ID]money.Int) money.Int {
	if c.Settled || c.Cancelled {
		return money.Int{}
	}
	if moved := c.moved.find(at); moved == nil || moved.IsZero() {
		return minor
	}
	held := c.pending.find(at)
	if held == nil {
		return money.Int{}
	}
	left := atLeastZero(held.Neg().Sub(used[at.account]))
	x := least(minor, left, left)
	used[at.account] = used[at.account].Add(x)
	return x
}

// TakenBack returns what the provider took back of a capture.
func (c *Capture) TakenBack() money.Amount { return money.FromInt(c.reversed, c.Amount.Currency()) }

// reverse makes a capture one that the provider took back. What was promised of it is not to come any more.
func (c *Capture) reverse() {
	c.Reversed, c.Failure = true, ""
	for _, sh := range c.shares.values {
		if sh.status == PartPending {
			sh.status = PartCancelled
		}
	}
}

// nextDue finds the first of the settlements that wait.
func (c *Capture) nextDue() {
	c.Due = time.Time{}
	for _, d := range c.waits {
		if c.Due.IsZero() || d.at.Before(c.Due) {
			c.Due = d.at
		}
	}
}

// unsplit returns what later splits may still take of a capture.
func (c *Capture) unsplit() money.Int {
	if c.Cancelled || c.Reversed {
		return money.Int{}
	}
	return atLeastZero(c.Amount.Int().Sub(c.split).Sub(c.reversed))
}

// A dueTime is the time of a settlement that waits.
type dueTime struct {
	event string
	at    time.Time
}

// A Confirmation says that a report of the provider has what the books have.
type Confirmation struct {
	At    time.Time
	Batch string // the provider's settlement batch; may be empty
}

// captureID is the name of the capture that an event makes: the caller's, else the event's own id.
func captureID(e *Event) string {
	if e.Capture != "" {
		return e.Capture
	}
	return e.ID
}
