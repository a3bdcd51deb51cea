package query

import (
	"cmp"
	"iter"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Due is an event that is booked by itself when its time has come: the settlement of a later value date, the release
// of what was held until then, or the event of a schedule.
type Due struct {
	Due   time.Time    `json:"due" col:"DUE"`
	State DueState     `json:"state" col:"STATE"`
	Type  posting.Type `json:"type" col:"EVENT"` // of the event that will be booked
	// what it is of: the account that gets or pays, and the payment or the schedule
	Account  accounts.ID    `json:"account,omitempty" col:"ACCOUNT,optional"`
	Payment  string         `json:"payment,omitempty" col:"PAYMENT,optional"`
	Schedule string         `json:"schedule,omitempty" col:"SCHEDULE,optional"`
	Currency money.Currency `json:"currency,omitempty" col:"CURRENCY,optional"`
	Amount   Minor          `json:"amount,omitzero" col:"AMOUNT,blank"`
	Event    string         `json:"event"` // the id of the event that it waits with
	ID       string         `json:"id"`    // under which it will be booked
	// why it waits; or why it is refused
	Reason string `json:"reason,omitempty" col:"REASON,optional"`

	record uint64 // that it waits with
}

// A DueState says whether the time of something has come.
type DueState string

// The states.
const (
	DueLater   DueState = "waiting"
	DueNow     DueState = "due"     // it will be booked by the next that books what is due
	DueRefused DueState = "refused" // it is due, and refused as the books are
)

// A DueFilter says what is wanted of what waits. The zero value wants all.
type DueFilter struct {
	Account string    // whose holds and schedules: an id, or a pattern in which * stands for any characters
	By      time.Time // what is due by then
}

// Due yields what waits for its time, the earliest first, as of a moment by which it is due or not. What is due is tried,
// so that the list says what would be refused; nothing is booked. Of books of before, see [Books.Until], it has what
// waited then; it is tried in the books of now, unless it has come since.
func (b *Books) Due(f DueFilter, now time.Time) iter.Seq2[Due, error] {
	return func(yield func(Due, error) bool) {
		if err := b.checkAccount(f.Account); err != nil {
			yield(Due{}, err)
			return
		}
		for d, err := range b.finder().Due(f.By) {
			var row Due
			if err == nil {
				if row, err = b.dueRow(d, f, now); err == nil && row.Type == "" {
					continue
				}
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// key is when it is due, and the record that it waits with.
func (d Due) key() string { return keyOf(uint64(d.Due.UnixNano())^1<<63, d.record) }

// dueRow is a row of what waits; empty where it is not wanted.
func (b *Books) dueRow(d *posting.Due, f DueFilter, now time.Time) (row Due, err error) {
	e := &d.Event
	account := cmp.Or(e.Account, e.From)
	if is := func(a accounts.ID) bool { return accounts.Matches(f.Account, string(a)) }; f.Account != "" && !is(account) &&
		!is(e.To) {
		return row, nil
	}
	row = Due{Due: e.At.UTC(), State: DueLater, Type: e.Type, Account: account, Payment: e.Payment, Schedule: d.Name,
		Currency: e.Amount.Currency(), Amount: Minor{e.Amount}, Event: d.With, ID: e.ID, Reason: e.Reason, record: d.Record.Number}
	if e.At.After(now) {
		return row, nil
	}
	row.State = DueNow
	refused, err := b.Rules.Refusal(d)
	if refused != nil {
		row.State, row.Reason = DueRefused, refused.Error()
	}
	return row, err
}
