package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Notice is what a provider reported and nobody could book yet: what it says, from where, and
// what it is waiting for. Most are webhooks that came before the event of the platform that they
// are about.
type Notice struct {
	Notice   string `json:"notice"`
	Provider string `json:"provider" col:"provider"`
	// what happened, in our words: "refunded", "captured"
	Kind              string `json:"kind" col:"what"`
	Reference         string `json:"reference,omitempty"`
	ProviderReference string `json:"providerReference,omitempty"`
	// the provider's reference of what it did, by which a report and a webhook about it are known
	// to be the same
	Movement string `json:"movement,omitempty" col:"movement"`
	// the platform's own reference of it, where the provider sends that back
	Ours string `json:"ours,omitempty"`
	// what the provider calls the account, and the other side of a transfer
	Account      string        `json:"account,omitempty" col:"account"`
	Counterparty string        `json:"counterparty,omitempty"`
	Amount       *money.Amount `json:"amount,omitempty" col:"amount"` // what happened, or else what it changed
	// by how much it changed what the provider owes, and the fees that are the difference
	Net  *money.Amount `json:"net,omitempty"`
	Fees []ToldFee     `json:"fees,omitempty"`
	// how many accounts have a share in it, where the provider says which
	Shares int     `json:"shares,omitempty"`
	Batch  string  `json:"batch,omitempty"`
	Reason string  `json:"reason,omitempty"` // why it waits, or else what the provider says
	Source *Source `json:"source,omitempty"`
	// when it happened, and since when the books have it; the age is as of the question
	At    time.Time `json:"at" col:"happened"`
	Since time.Time `json:"since"`
	Age   Age       `json:"ageSeconds" col:"waiting for"`

	place int // in the list, by which pages go on
}

func (n Notice) key() string { return keyOf(n.place) }

// A NoticeRow is a notice as a row of the table for people, with both references in one column.
type NoticeRow struct {
	Notice
	References string `col:"reference"`
}

// NoticeRowOf makes a row of a notice.
func NoticeRowOf(n Notice) NoticeRow {
	references := strings.Join(slices.Compact([]string{n.Reference, n.ProviderReference}), " / ")
	return NoticeRow{n, strings.Trim(references, " /")}
}

// A ToldFee is a fee as a provider reported it; who bears it is decided when it is booked.
type ToldFee struct {
	Type   posting.FeeType `json:"type"`
	Amount money.Amount    `json:"amount"`
}

// A Source is where something was reported: in a line of a report, or by a notification. The sum of
// a notification's bytes finds it in the logs of whoever received it.
type Source struct {
	File   string `json:"file,omitempty"`
	Report string `json:"report,omitempty"` // the id of its event
	Line   uint64 `json:"line,omitempty"`
	Format string `json:"format,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// An Age is how long something is ago, in whole seconds, which JSON has.
type Age int64

// String returns the age in days, hours or minutes, of which there are two at least: what waits
// needs no more than the order of it.
func (a Age) String() string {
	switch d := time.Duration(a) * time.Second; {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	default:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
}

// Notices returns what is waiting of a provider, or of all if that is "", the oldest first. Ages
// are as of now. Notices that were booked or closed are not among them; they stay in the journal.
func (b *Books) Notices(provider string, now time.Time) (list []Notice, err error) {
	names := []string{provider}
	if provider == "" {
		if names, err = b.Providers(); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		notices, err := b.finder().Waiting(name)
		if err != nil {
			return nil, err
		}
		files, err := b.filesOf(name, notices)
		if err != nil {
			return nil, err
		}
		for _, n := range notices {
			list = append(list, notice(n, files, now))
		}
	}
	slices.SortStableFunc(list, func(a, b Notice) int { return a.Since.Compare(b.Since) })
	for i := range list {
		list[i].place = i
	}
	return list, nil
}

// filesOf returns the names of the reports' files that notices are from, by the ids of the reports.
// A notice knows only the id. It stops reading reports when it has found all.
func (b *Books) filesOf(provider string, notices []*posting.Notice) (map[string]string, error) {
	wanted := map[string]bool{}
	for _, n := range notices {
		if n.Source != nil && n.Source.Report != "" {
			wanted[n.Source.Report] = true
		}
	}
	names := map[string]string{}
	if len(wanted) == 0 {
		return names, nil
	}
	for r, err := range b.finder().Reports(provider) {
		if err != nil {
			return nil, err
		}
		if wanted[r.ID] {
			if names[r.ID] = r.Reference; len(names) == len(wanted) {
				break
			}
		}
	}
	return names, nil
}

// notice gives a notice the form it has in answers. What an outcome says comes before the fields in
// which older programs kept it.
func notice(n *posting.Notice, files map[string]string, now time.Time) Notice {
	a := Notice{
		Notice: n.ID, Provider: n.Provider, Kind: n.Name, Reference: n.Reference,
		ProviderReference: n.ProviderReference,
		Movement:          n.Metadata["modification"], Account: n.Metadata["account"], // of an older version
		Amount: told(n.Amount), Batch: n.Batch, Reason: n.Reason, At: n.At.UTC(), Since: n.Recorded.UTC(),
		Age: Age(now.Sub(n.Recorded).Seconds()),
	}
	if o := n.Outcome; o != nil {
		a.Movement, a.Account, a.Ours, a.Counterparty = o.Movement, o.Account, o.Ours, o.Counterparty
		a.Net, a.Shares = told(o.Net), len(o.Shares)
		if a.Amount == nil {
			a.Amount = told(o.Amount)
		}
		if a.Amount == nil {
			a.Amount = a.Net
		}
		for _, f := range o.Fees {
			a.Fees = append(a.Fees, ToldFee{f.Type, f.Amount})
		}
	}
	if s := n.Source; s != nil {
		a.Source = &Source{files[s.Report], s.Report, s.Line, s.Format, s.SHA256}
	}
	return a
}

// told is nil where no amount was reported, so that JSON leaves it out: an amount of zero is one
// that was reported.
func told(a money.Amount) *money.Amount {
	if a.Currency() == "" {
		return nil
	}
	return &a
}

// ErrNoNotice is the error of a question about a notice that is not waiting: it was booked or
// closed, or there never was one.
var ErrNoNotice = errors.New("no notice")

// CloseNotice closes a notice that nobody will book, and keeps the reason in the journal. Only
// those of a provider are looked at, if one is named. A notice that is not waiting is
// [ErrNoNotice]. To close it twice is safe, as the id of the event follows from that of the notice.
func (b *Books) CloseNotice(ctx context.Context, provider, id, reason string) error {
	list, err := b.Notices(provider, time.Time{})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(n Notice) bool { return n.Notice == id })
	if i < 0 {
		near := didYouMean(id, len(id)/4, func(yield func(string) bool) {
			for i := range list {
				if !yield(list[i].Notice) {
					return
				}
			}
		})
		return fmt.Errorf("%w %s is waiting in this ledger%s", ErrNoNotice, plain(id), near)
	}
	_, err = b.Rules.Post(ctx, posting.Event{
		// the same however often
		ID:   uuid.NewSHA1(uuid.NameSpaceURL, []byte("splitledger:notice-closed:"+id)).String(),
		Type: posting.ProviderNoticeClosed, Provider: list[i].Provider, Notice: id, Reason: reason,
	})
	return err
}
