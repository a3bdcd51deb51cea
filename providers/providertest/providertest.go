// Package providertest holds every [providers.Adapter] to the same promises.
//
// A test of an adapter hands it over with reports and notifications of which it is known what they say:
//
//	func TestContract(t *testing.T) {
//		providertest.Run(t, adyen.New(), providertest.Tests{
//			Reports: []providertest.Report{{
//				Name: "settlement batch 7", Text: file, Format: "settlement details report", Separator: ',',
//				Sums: []providertest.Sum{{Batch: "7", Net: money.New(0, "EUR")}},
//			}},
//			Notifications: []providertest.Notification{{
//				Name: "capture", Notification: n, Keys: keys, Proof: "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=",
//				Signed: []string{"7914073381342284"}, Kinds: []providers.Kind{providers.Captured},
//			}},
//			OtherKeys: providers.Keys{Secrets: []string{"..."}},
//		})
//	}
//
// # Reports
//
// Each has the format and the sums that are given. Its lines come in order, each as an outcome or as a
// [*providers.LineError]; of a table each line once. Amounts have no sign and currencies that are known, kinds
// are those there are. Several goroutines may read at once, in pieces of any size. Compressed, with a byte
// order mark or other line ends, a report says the same, and a table also with other separators, quotes,
// further columns and columns in another order. Cut short at any byte, doubled, or with any byte changed it
// does not make the adapter panic, and no line says other figures than before, but the one that was changed.
// Every format that the adapter lists has a report.
//
// # Outcomes
//
// A part has an id and an account: it is a line of that account alone. A transfer has the account whose balance
// changed, and by how much. A movement is never called what its payment is called. A balance has an account and what
// it had in the end. What is unknown says what the provider calls it, and has nothing that could be booked.
//
// # Notifications
//
// Each tells the kinds that are given, as long as one of the secrets is right. Empty, unsigned, with a proof of
// another length or value, with what is signed altered, by another key, too old or of the future, it is refused
// with [providers.ErrUnauthenticated] and no further word.
package providertest

import (
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// Tests are what an adapter is tested with.
type Tests struct {
	Reports       []Report
	Notifications []Notification

	OtherKeys providers.Keys // well-formed keys with which none of the notifications is signed
}

// A Report is a report of which it is known what it says. It has no cells or values of several lines if it is a table.
type Report struct {
	Name    string
	Text    []byte
	Options providers.ReportOptions

	Format string // what [providers.Report]'s Format must return
	Errors int    // how many lines cannot be read
	Sums   []Sum  // of every batch, receiver and currency in it that a Net is in; nil: not looked at

	Separator byte   // of a table: ','; 0 of everything else
	End       string // last line of a whole table, "<END>"
}

// A Sum is what the Net of a batch's outcomes must sum to: nothing if its payout is among them.
type Sum struct {
	Batch, Receiver string
	Net             money.Amount
}

// A Notification is one that proves to come from the provider.
type Notification struct {
	Name string
	providers.Notification
	Keys providers.Keys

	// Proof is the signature or token, as it stands in a header or in the body.
	Proof string

	// Signed are parts of the body that the proof covers. Nil stands for all of the body, an empty slice for none.
	Signed []string

	// Timed says that the time at which it was sent is covered too.
	Timed bool

	Kinds []providers.Kind // what it tells
}

// Run tests an adapter.
func Run(t *testing.T, a providers.Adapter, tests Tests) {
	t.Helper()
	t.Run("formats", func(t *testing.T) { testFormats(t, a, tests.Reports) })
	t.Run("no report", func(t *testing.T) { testNoReport(t, a) })
	for _, r := range tests.Reports {
		t.Run("report/"+r.Name, func(t *testing.T) { testReport(t, a, r) })
	}
	for _, n := range tests.Notifications {
		t.Run("notification/"+n.Name, func(t *testing.T) { testNotification(t, a, n, tests.OtherKeys) })
	}
}

func testFormats(t *testing.T, a providers.Adapter, reports []Report) {
	if name := a.Name(); name == "" || strings.ToLower(name) != name {
		t.Errorf("expected a name in lower case, found %q", name)
	}
	seen := map[string]bool{}
	for _, f := range a.Formats() {
		if f.Name == "" || f.Doc == "" || seen[f.Name] {
			t.Errorf("expected a format with a name of its own and documentation, found %+v", f)
		}
		seen[f.Name] = true
	}
	for _, r := range reports {
		if !seen[r.Format] {
			t.Errorf("expected one of the formats of %s, found %q", a.Name(), r.Format)
		}
	}
	for _, f := range a.Formats() {
		tested := false
		for _, r := range reports {
			tested = tested || r.Format == f.Name
		}
		if !tested {
			t.Errorf("expected a report of each format, found none of %q", f.Name)
		}
	}
}
