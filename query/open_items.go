package query

import (
	"context"
	"iter"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/reconcile"
)

// OpenItems are what is open with a provider: what no report has confirmed yet, and what is waiting
// to be booked. Both grow old when a report is missing or something is lost, so ages are what to
// look at.
type OpenItems struct {
	Open    []OpenSum      `json:"open"`    // by what it is, age and currency
	Oldest  []OpenItem     `json:"oldest"`  // of each kind, oldest first
	Waiting []Notice       `json:"waiting"` // oldest first
	Reports []PostedReport `json:"reports"` // newest first, at most twenty
}

// An OpenSum counts what is open of one kind, age and currency.
type OpenSum struct {
	// "unsettled captures" and the like, and how old it is in steps
	What     string         `json:"what" col:"open"`
	Age      string         `json:"age" col:"age"`
	Currency money.Currency `json:"currency" col:"currency"`
	Count    uint64         `json:"count" col:"count"`
	Amount   Minor          `json:"amount" col:"amount"`
}

// An OpenItem is one thing that is open.
type OpenItem struct {
	What      string `json:"what" col:"oldest"`
	Payment   string `json:"payment,omitempty" col:"payment"` // empty of what is of none
	Reference string `json:"reference,omitempty" col:"reference"`
	// how far it has come, where that matters
	State  string        `json:"state,omitempty" col:" "`
	At     time.Time     `json:"at" col:"since"`
	Amount *money.Amount `json:"amount,omitempty" col:"amount"`

	place int // in the list of all, by which pages go on
}

func (o OpenItem) key() string { return keyOf(o.place) }

// openItem gives what is open the form that it has in answers.
func openItem(o *reconcile.Oldest) OpenItem {
	return OpenItem{o.What, o.Payment, o.Reference, o.State, o.At.UTC(), told(o.Amount), 0}
}

// OpenList yields all that is open with a provider, by what it is, the oldest first: all of which [Books.OpenItems] sums
// up and has the oldest.
func (b *Books) OpenList(ctx context.Context, provider string) iter.Seq2[OpenItem, error] {
	list, err := reconcile.OpenOf(ctx, b.Ledger, b.Rules, provider, b.until)
	if err != nil {
		return All[OpenItem](nil, err)
	}
	return func(yield func(OpenItem, error) bool) {
		for i := range list {
			item := openItem(&list[i])
			if item.place = i; !yield(item, nil) {
				return
			}
		}
	}
}

// A PostedReport is a report that was posted. Posting writes an event before the first line and
// after the last, so one that was interrupted is known by it.
type PostedReport struct {
	File   string    `json:"file" col:"file"`
	Format string    `json:"format" col:"report"`
	Posted time.Time `json:"posted" col:"posted"`
	Done   bool      `json:"done"`                               // to its end
	Lines  string    `json:"lines,omitempty" col:"lines,right"`  // in a class, if it is done
	Newest string    `json:"newest,omitempty" col:"newest line"` // when the newest line happened
	Note   string    `json:"-" col:" "`                          // what is left to be done about it, if anything
}

// OpenItems returns what is open with a provider. Of each kind so many are listed, the oldest; ages
// are as of now. Lists are not nil, so that JSON has [].
func (b *Books) OpenItems(ctx context.Context, provider string, now time.Time, most int) (*OpenItems, error) {
	s, err := reconcile.StatusOf(ctx, b.Ledger, b.Rules, provider, now, most, b.until)
	if err != nil {
		return nil, err
	}
	notices, err := b.Notices(provider, now)
	if err != nil {
		return nil, err
	}
	if notices == nil {
		notices = []Notice{}
	}
	return &OpenItems{
		Open: each(s.Open, func(o *reconcile.Open) OpenSum {
			return OpenSum{o.What, o.Age, o.Amount.Currency(), o.Count, Minor{o.Amount}}
		}),
		Oldest:  each(s.Oldest, openItem),
		Waiting: notices,
		Reports: each(s.Reports, func(r *reconcile.Posted) PostedReport {
			note := ""
			if !r.Done {
				note = "begun and not finished: post it again"
			}
			return PostedReport{r.File, r.Format, r.Posted.UTC(), r.Done, r.Lines, r.Newest, note}
		}),
	}, nil
}
