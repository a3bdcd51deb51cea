// Notices and reports. A notice keeps what a provider reported of a payment that the books do not know yet, until
// somebody can book it. A report says that a file was taken in. Neither moves money.

package posting

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Notice is something that a provider reported of a payment which the books did not know then.
type Notice struct {
	ID                string // of the event that noted it
	Provider          string
	Name              string // what happened, in the word of package providers: "captured", "settled" …
	Reference         string // the merchant's reference of the payment; may be empty
	ProviderReference string // the provider's; may be empty
	Amount            money.Amount
	Batch             string
	Reason            string
	Metadata          map[string]string // what else the provider said
	Outcome           *wire.Outcome     // all that it said; nil where an older version noted it
	Source            *FactSource       // where it was reported; nil: nobody said
	At                time.Time         // when it happened
	Recorded          time.Time         // since when it waits

	closed time.Time // when it was closed; zero while it waits
	why    string    // why it was closed; may be empty
}

// A Report is a provider's report that was compared with the books and booked.
type Report struct {
	ID        string // of the event
	Provider  string
	Name      string // which kind of report
	Reference string // the name of the file
	Batch     string
	Metadata  map[string]string
	At        time.Time
	Recorded  time.Time
}

// notices yields what a provider reported of payments that the books did not know then, whether it waits still or not,
// newest first. It ends with an error, if there is one. A notice and what closed it are two records, and the second
// comes first here.
func (f *Finder) notices(provider string) iter.Seq2[*Notice, error] {
	return func(yield func(*Notice, error) bool) {
		closed := map[string]*wire.Content{}
		for rec, err := range newest(f.books, ledger.Key{Space: KeyNotices, Name: provider}) {
			n, err := noticeOf(rec, err, closed)
			if (n != nil || err != nil) && !yield(n, err) || err != nil {
				return
			}
		}
	}
}

// Waiting returns the notices of a provider that wait, oldest first. It reads back no further than to the oldest.
func (b *Book) Waiting(provider string) ([]*Notice, error) { return b.Finder().Waiting(provider) }

// Waiting is [Book.Waiting].
func (f *Finder) Waiting(provider string) ([]*Notice, error) {
	key := ledger.Key{Space: KeyNotices, Name: provider}
	left, err := countOf(f.books, key, noticesWait)
	if err != nil || left == 0 {
		return nil, err
	}
	var list []*Notice
	for n, err := range f.notices(provider) {
		if err != nil {
			return nil, err
		}
		if !n.closed.IsZero() {
			continue
		}
		if list = append(list, n); len(list) == left {
			break
		}
	}
	slices.Reverse(list)
	return list, nil
}

// Reports yields the reports of a provider that were booked, newest first. It ends with an error, if there is one.
func (b *Book) Reports(provider string) iter.Seq2[*Report, error] {
	return b.Finder().Reports(provider)
}

// Reports is [Book.Reports].
func (f *Finder) Reports(provider string) iter.Seq2[*Report, error] {
	return func(yield func(*Report, error) bool) {
		for rec, err := range newest(f.books, ledger.Key{Space: KeyReports, Name: provider}) {
			var content *wire.Content
			if err == nil {
				content, err = wire.Read(rec)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			e := content.Event
			r := &Report{ID: e.ID, Provider: e.Provider, Name: e.Name, Reference: e.Reference, Batch: e.Batch,
				Metadata: e.Metadata, At: rec.At, Recorded: rec.Recorded}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// noticeOf reads one record of notices, newer ones before older ones: what closes a notice is kept until the notice
// comes.
func noticeOf(rec *ledger.Record, err error, closed map[string]*wire.Content) (*Notice, error) {
	if err != nil {
		return nil, err
	}
	content, err := wire.Read(rec)
	if err != nil {
		return nil, err
	}
	e := content.Event
	switch e.Type {
	case ProviderNoticeClosed:
		e.At = rec.At
		closed[e.Notice] = content
		return nil, nil
	case ProviderNotice:
	default:
		return nil, wire.Damaged(rec, fmt.Errorf("a %s among notices", e.Type))
	}
	n := &Notice{ID: e.ID, Provider: e.Provider, Name: e.Name, Reference: e.Reference,
		ProviderReference: e.ProviderReference, Amount: e.Amount,
		Batch: e.Batch, Reason: e.Reason, Metadata: e.Metadata, Outcome: e.Outcome, Source: e.Source, At: rec.At,
		Recorded: rec.Recorded}
	if c := closed[e.ID]; c != nil {
		n.closed, n.why = c.Event.At, c.Event.Reason
		delete(closed, e.ID)
	}
	return n, nil
}

// bookNotice notes what a provider reported. No money moves.
func bookNotice(k *booking) error {
	if a := k.event.Amount; a.Currency() != "" {
		if err := k.known("amount", a.Currency()); err != nil {
			return err
		}
	}
	return k.notices(+1)
}

// notices counts the notices that wait. The newest record of the provider's notices has the count, so that none is read
// where none waits.
func (k *booking) notices(more int) error {
	key := ledger.Key{Space: KeyNotices, Name: k.event.Provider}
	n, err := countOf(k.books, key, noticesWait)
	if err != nil {
		return err
	}
	k.key(key.Space, key.Name)
	k.remark(wire.Remark{Kind: noticesWait, Split: n + more})
	return nil
}

// bookNoticeClosed notes that a notice needs no more attention: it was booked, or somebody has dealt with it. Each
// notice is closed once. The error is [ledger.Invalid] for an id that is no notice of this provider, [InvalidState] for
// one that is closed.
func bookNoticeClosed(k *booking) error {
	e := k.event
	records, err := k.books.Group(ledger.Key{Space: KeyEvent, Name: e.Notice})
	if err != nil {
		return err
	}
	var first *Event
	if len(records) > 0 {
		content, err := wire.Read(records[0])
		if err != nil {
			return err
		}
		first = content.Event
	}
	if first == nil || first.Type != ProviderNotice || first.Provider != e.Provider {
		return refusal(ledger.Invalid, "notice", "expected the id of a notice of %s, found %s", e.Provider,
			quote(e.Notice))
	}
	closed, err := k.books.Has(ledger.Key{Space: KeyNoticeClosed, Name: e.Notice})
	if err != nil {
		return err
	}
	if closed {
		return refusal(InvalidState, "notice",
			"expected a notice that waits, found %s, which is closed (nothing is allowed any more)", quote(e.Notice))
	}
	k.key(KeyNoticeClosed, e.Notice)
	return k.notices(-1)
}

// bookReport notes that a report was compared with the books. No money moves.
func bookReport(k *booking) error {
	k.key(KeyReports, k.event.Provider)
	return nil
}
