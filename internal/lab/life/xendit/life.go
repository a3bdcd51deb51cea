package xendit

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/internal/lab/life/books"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	adapter "github.com/splitledger/splitledger/providers/xendit"
)

// A Mode is which reports the platform takes.
type Mode int

// The modes. The balance report has a running balance; the transactions report has the state of each transaction.
const (
	Balance Mode = iota
	Transactions
	Both
)

// A Life is the random life of a platform with Xendit.
type Life struct {
	*Bank
	Mode   Mode
	Mapped bool // Xendit's ids of the accounts are others than the ledger's

	accounts []string          // Xendit's ids, the platform's first
	ledger   map[string]string // the ledger's name of each
	from     map[string]time.Time
	before   map[string]time.Time
	payments []*Payment
	payouts  []*Payout
	sent     int
}

// New returns a life in which nothing has happened.
func New(mode Mode, mapped bool) *Life { return &Life{Mode: mode, Mapped: mapped} }

// Adapter returns Xendit's.
func (*Life) Adapter() providers.Adapter { return adapter.New() }

// Keys are the token of the webhooks.
func (*Life) Keys() providers.Keys { return providers.Keys{Secrets: []string{token}} }

// Options are none: each file says which account it is of.
func (*Life) Options() providers.ReportOptions { return providers.ReportOptions{} }

// File is not used: the files are Xendit's own.
func (*Life) File(string, []*life.Row) []byte { return nil }

const token = "a-token-of-the-simulated-xendit"

// Begin opens the accounts, in rupiah or in pesos.
func (l *Life) Begin(w *life.World) {
	l.Bank = &Bank{Currency: "IDR", Unit: 100, Token: token, SplitType: life.Pick(w, "split type",
		[]string{"TRANSFER", "PLATFORM_FEE"}), OneID: w.Once(2, "one id")}
	if w.Once(3, "pesos") {
		l.Currency, l.Unit = "PHP", 1
	}
	l.ledger, l.from, l.before = make(map[string]string), make(map[string]time.Time), make(map[string]time.Time)
	for i, name := range []string{"platform", "seller:1", "seller:2"} {
		id := name
		if l.Mapped {
			id = fmt.Sprintf("5f0000000000000000000%03d", i)
		}
		l.accounts = append(l.accounts, id)
		l.ledger[id], l.from[id], l.before[id] = name, w.Now, w.Now
		e := posting.Event{ID: "open-" + name, Type: posting.AccountOpen, Account: accounts.ID(name),
			Kind: accounts.KindSub}
		if name == "platform" {
			e = posting.Event{ID: "open-" + name, Type: posting.AccountUpdate, Account: "platform"}
		}
		if l.Mapped {
			e.ProviderIDs = map[string][]string{adapter.Name: {id}}
		}
		if name != "platform" || l.Mapped {
			w.Setup(e)
		}
	}
	l.Platform = l.accounts[0]
}

// Act lets one thing happen, and the reports and webhooks of it.
func (l *Life) Act(w *life.World) {
	w.Act([]life.Act{
		{6, l.pay}, {5, l.settle}, {5, l.report}, {4, l.refund},
		{2, l.failRefund}, {2, l.transfer}, {3, l.payOut}, {2, l.failPayout},
		{2, l.returnFee}, {3, l.dispute}, {1, l.capture}, {1, l.adjust},
	})
	l.notify(w)
}

// notify sends the webhooks of what has happened.
func (l *Life) notify(w *life.World) {
	sent := append([]books.Webhook(nil), l.Webhooks[l.sent:]...)
	l.sent = len(l.Webhooks)
	books.Notify(w, sent, 6)
}

// End settles what is pending, and publishes what no report has.
func (l *Life) End(w *life.World) {
	for _, p := range l.payments {
		for _, c := range p.Captures {
			if c.Settled == nil {
				l.settleOne(w, c)
			}
		}
	}
	l.notify(w)
	w.Pass(time.Hour)
	for _, a := range l.accounts {
		l.publish(w, a)
	}
}

// Wrong compares the ledger with what was told so far.
func (l *Life) Wrong(have func(account, currency string) int64) string {
	m := books.Map{}
	for id, name := range l.ledger {
		m[id] = []string{name}
	}
	m[l.Platform] = []string{"platform", "liable"}
	return l.Books.Wrong(m, l.Platform, toBank, have)
}

// MayWait reports whether the platform has given the payment's reference to several, and did not say which of them it has booked: which splits
// a webhook is about may never be told then. The money is, by rows.
func (l *Life) MayWait(reference, providerReference string) bool {
	n, unnamed := 0, false
	for _, p := range l.payments {
		if p.Reference == reference {
			n++
			unnamed = unnamed || p.Unnamed
		}
	}
	return n > 1 && unnamed
}

func (l *Life) amount(w *life.World) int64 {
	return life.Pick(w, "amount", []int64{100_000, 50_000, 100_000, 25_000}) * l.Unit
}

func (l *Life) money(minor int64) money.Amount { return money.New(minor, l.Currency) }

// report publishes the reports of one account, or of all.
func (l *Life) report(w *life.World) {
	list := l.accounts
	if w.Once(3, "one account") {
		list = []string{life.Pick(w, "account", l.accounts)}
	}
	for _, a := range list {
		l.publish(w, a)
	}
}

// publish writes the reports of an account since the last, or since the one before.
func (l *Life) publish(w *life.World, account string) {
	window := books.Window{From: l.from[account], To: w.Now}
	next := window.From
	if w.Once(4, "overlap") {
		window.From = l.before[account]
	}
	sent := false
	if l.Mode != Transactions {
		sent = books.Publish(w, l.file(w, l.BalanceReport(account, window)))
	}
	if l.Mode != Balance {
		sent = books.Publish(w, l.file(w, l.TransactionsReport(account, window, w.Once(2, "with captures")))) || sent
	}
	if sent {
		l.before[account], l.from[account] = next, w.Now
	}
}

func (l *Life) file(w *life.World, f books.File) books.File {
	f.Name = w.Name("f") + "_" + f.Name
	return f
}
