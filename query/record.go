package query

import (
	"iter"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Record is a record of the journal: an event, and what it booked. That may be nothing, as an authorisation moves no
// money. It is the same wherever a record is shown: of a payment, in a feed, in a webhook.
type Record struct {
	Ledger   string    `json:"ledger,omitempty"` // see [Books.Name]
	Record   uint64    `json:"record"`
	Recorded time.Time `json:"recorded"`
	At       time.Time `json:"at"`
	Happened time.Time `json:"happened,omitzero"` // of a fact of a time to come or of a closed period
	By       string    `json:"by,omitempty"`      // who posted it, see [posting.Book.As]
	// Event is as it was sent. It has no type, and is missing in JSON, where the record is the ledger's own: its
	// Assets.
	Event     posting.Event   `json:"event,omitzero"`
	Entries   []Entry         `json:"entries,omitzero"`
	Opens     []OpenedAccount `json:"opens,omitempty"`
	Assets    []Asset         `json:"assets,omitempty"`
	Fallback  string          `json:"fallback,omitempty"`  // why liable has money that was meant for another account
	Truncated bool            `json:"truncated,omitempty"` // see Truncate
	// Anew is the event that made another payment of its payment's id since; only where one record is asked for
	Anew string `json:"madeAnew,omitempty"`
}

// Truncate leaves out what makes a record large, the entries and, where need be, all of the event but what it is and
// when it happened. It is for those who can ask for the record.
func (r *Record) Truncate(event bool) {
	r.Truncated, r.Entries, r.Opens = true, nil, nil
	if event {
		e := &r.Event
		r.Event = posting.Event{ID: e.ID, Type: e.Type, At: e.At}
	}
}

// An Entry is a balanced whole in the books: its debits are its credits in every currency.
type Entry struct {
	Entry    uint64    `json:"entry"`
	Postings []Posting `json:"postings"`
}

// A Posting is one side of an entry. One of Debit and Credit is true; the amount is not below zero.
type Posting struct {
	Account   accounts.ID  `json:"account" col:"ACCOUNT"`
	Sub       ledger.Sub   `json:"sub" col:"SUB"`
	Debit     bool         `json:"debit,omitempty"`
	Credit    bool         `json:"credit,omitempty"`
	Amount    money.Amount `json:"amount"`
	Type      string       `json:"type" col:"FOR"`
	Reference string       `json:"reference,omitempty" col:"REFERENCE"`
	Reason    string       `json:"reason,omitempty" col:"REASON,below"`
}

// An OpenedAccount is one that a record opened: that of its event, or one of the ledger's own that it was the first to
// need, such as a provider's.
type OpenedAccount struct {
	Account accounts.ID   `json:"account"`
	Kind    accounts.Kind `json:"kind"`
}

// An Asset is a currency of the ledger's own, and how many decimals it has.
type Asset struct {
	Code     money.Currency `json:"code"`
	Exponent int            `json:"exponent"`
}

// record gives a record of the journal the form it has in answers. It keeps nothing of the record's memory.
func (b *Books) record(rec *ledger.Record) (*Record, error) {
	e, by, err := posting.Posted(rec)
	if err != nil {
		return nil, err
	}
	if e == nil {
		e = &posting.Event{At: rec.At}
	}
	r := recordOf(*e, rec)
	r.By, r.Ledger = by, b.Name
	return &r, nil
}

// recordOf gives a record, of which the event is known, the form it has in answers. The event's own time is given where
// its record has another, as it was reported ahead of its time, or of a period that is closed.
func recordOf(e posting.Event, rec *ledger.Record) Record {
	r := Record{Record: rec.Number, Recorded: rec.Recorded.UTC(), At: rec.At.UTC(), Event: e,
		Entries: each(rec.Entries, entry), Fallback: posting.FallbackOf(rec)}
	if !e.At.Equal(rec.At) {
		r.Happened = e.At.UTC()
	}
	for i := range rec.Opens {
		r.Opens = append(r.Opens, OpenedAccount{rec.Opens[i].ID, rec.Opens[i].Kind})
	}
	for _, a := range rec.Assets {
		r.Assets = append(r.Assets, Asset(a))
	}
	return r
}

// entry gives an entry its form, in which debits and credits are words and not signs.
func entry(e *ledger.Entry) Entry {
	return Entry{e.Number, each(e.Postings, func(p *ledger.Posting) Posting {
		credit := p.Amount.Sign() < 0
		return Posting{p.Account, p.Sub, !credit, credit, p.Amount.Abs(), p.Type, p.Reference, p.Reason}
	})}
}

// MarshalJSON returns what [Record.AppendJSON] appends.
func (r Record) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

// AppendJSON appends the record as JSON, as its tags say, without the cost of reflection: a feed is many of them.
func (r *Record) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	b = appendField(b, `"ledger":`, r.Ledger)
	b = append(b, `"record":`...)
	b = strconv.AppendUint(b, r.Record, 10)
	b = appendTime(append(b, `,"recorded":`...), r.Recorded)
	b = appendTime(append(b, `,"at":`...), r.At)
	if !r.Happened.IsZero() {
		b = appendTime(append(b, `,"happened":`...), r.Happened)
	}
	if r.By != "" {
		b = jsonl.AppendString(append(b, `,"by":`...), r.By)
	}
	if r.Event.Type != "" {
		b = r.Event.AppendJSON(append(b, `,"event":`...))
	}
	if r.Entries != nil {
		b = appendList(append(b, `,"entries":`...), r.Entries, (*Entry).appendJSON)
	}
	if len(r.Opens) > 0 {
		b = appendList(append(b, `,"opens":`...), r.Opens, asValue)
	}
	if len(r.Assets) > 0 {
		b = appendList(append(b, `,"assets":`...), r.Assets, asValue)
	}
	if r.Fallback != "" {
		b = jsonl.AppendString(append(b, `,"fallback":`...), r.Fallback)
	}
	if r.Truncated {
		b = append(b, `,"truncated":true`...)
	}
	if r.Anew != "" {
		b = jsonl.AppendString(append(b, `,"madeAnew":`...), r.Anew)
	}
	return append(b, '}')
}

// appendJSON appends the entry as JSON.
func (e *Entry) appendJSON(b []byte) []byte {
	b = append(b, `{"entry":`...)
	b = strconv.AppendUint(b, e.Entry, 10)
	return append(appendList(append(b, `,"postings":`...), e.Postings, (*Posting).appendJSON), '}')
}

// appendJSON appends the posting as JSON.
func (p *Posting) appendJSON(b []byte) []byte {
	b = append(b, '{')
	b = jsonl.AppendString(append(b, `"account":`...), string(p.Account))
	b = append(append(append(b, `,"sub":"`...), p.Sub.String()...), `",`...)
	if p.Debit {
		b = append(b, `"debit":true,`...)
	}
	if p.Credit {
		b = append(b, `"credit":true,`...)
	}
	b = p.Amount.AppendJSON(append(b, `"amount":`...))
	b = jsonl.AppendString(append(b, `,"type":`...), p.Type)
	if p.Reference != "" {
		b = jsonl.AppendString(append(b, `,"reference":`...), p.Reference)
	}
	if p.Reason != "" {
		b = jsonl.AppendString(append(b, `,"reason":`...), p.Reason)
	}
	return append(b, '}')
}

// asValue appends an element by its tags.
func asValue[T any](element *T, b []byte) []byte { return appendValue(b, element) }

// appendField appends a field and a comma, or nothing where the text is empty.
func appendField(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return append(jsonl.AppendString(append(b, name...), text), ',')
}

// appendTime appends a time as encoding/json does.
func appendTime(b []byte, t time.Time) []byte {
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

// appendList appends an array.
func appendList[T any](b []byte, list []T, element func(*T, []byte) []byte) []byte {
	b = append(b, '[')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = element(&list[i], b)
	}
	return append(b, ']')
}

// A PostingRecord is a posting of an event as a row of CSV.
type PostingRecord struct {
	At       time.Time      `csv:"at"`
	Recorded time.Time      `csv:"recorded"`
	Type     posting.Type   `csv:"event_type"`
	Event    string         `csv:"event"`
	Entry    uint64         `csv:"entry"`
	Currency money.Currency `csv:"currency"`
	Debited  Minor          `csv:"debited"`
	Credited Minor          `csv:"credited"`
	Posting
}

// PostingRecords are the postings of events as rows of CSV.
func PostingRecords(events iter.Seq2[Record, error]) iter.Seq2[PostingRecord, error] {
	return func(yield func(PostingRecord, error) bool) {
		for e, err := range events {
			if err != nil {
				yield(PostingRecord{}, err)
				return
			}
			for _, entry := range e.Entries {
				for _, p := range entry.Postings {
					row := PostingRecord{At: e.At, Recorded: e.Recorded, Type: e.Event.Type, Event: e.Event.ID, Entry: entry.Entry,
						Currency: p.Amount.Currency(), Posting: p}
					side := &row.Credited
					if p.Debit {
						side = &row.Debited
					}
					side.Amount = p.Amount
					if !yield(row, nil) {
						return
					}
				}
			}
		}
	}
}
