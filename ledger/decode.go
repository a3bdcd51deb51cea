package ledger

import (
	"fmt"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// An Encoder writes a record's content, in the journal's form: by its methods Uint, Int, String, Symbol, Name, Account,
// Amount and Time. A [Decoder] reads it in the same order. Needs says that programs of before could not read it.
type Encoder = codec.Encoder

// A Decoder reads a record's content, in the order in which an [Encoder] wrote it: by its methods Uint, Int, String,
// Symbol, which reads names too, Account, Amount and Time. More reports whether anything is left. The first error
// stays, as Err tells, and everything read after it is zero.
type Decoder = codec.Decoder

// Decoder returns a decoder of the record's content. It is for records that were read, not for those given to Append.
func (r *Record) Decoder() *Decoder {
	return codec.NewDecoder(r.payload, r.strings, r.names.symbols, &r.names)
}

// load takes record n of a source apart. What cannot be taken apart is Corrupt.
func load(s source, n uint64, into *codec.Record) error {
	r, err := s.Read(n)
	if err != nil {
		return err
	}
	return corrupt(into.Parse(r))
}

// damaged is a record that was not written by this program, or not like this. It is Corrupt, and names the record.
func damaged(record uint64, what string) error {
	return corrupt(&journal.DamageError{Record: record, What: what})
}

// newRecord makes a Record of what was taken apart, whose memory may then be used again. A number in it that names no
// account or symbol is Corrupt.
func newRecord(p *codec.Record, n names) (*Record, error) {
	r := new(Record)
	if err := r.fill(p, n); err != nil {
		return nil, err
	}
	return r, nil
}

// fill is newRecord into one that is there already, whose memory is used again.
func (r *Record) fill(p *codec.Record, n names) error {
	*r = Record{
		Number: p.Number, Recorded: fromMicros(p.Recorded), At: time.Unix(0, p.At).UTC(),
		Keys: slices.Grow(r.Keys[:0], len(p.Keys)), Entries: slices.Grow(r.Entries[:0], len(p.Entries)),
		strings: slices.Grow(r.strings[:0], len(p.Strings)), postings: slices.Grow(r.postings[:0], len(p.Postings)),
		payload: append(r.payload[:0], p.Content...), names: n,
	}
	text := string(p.Text) // of which all strings are parts
	for _, at := range p.Strings {
		r.strings = append(r.strings, text[at[0]:at[1]])
	}
	for _, k := range p.Keys {
		r.Keys = append(r.Keys, Key{k.Space, r.text(k.Name)})
	}
	if err := r.fillChanges(p, n); err != nil {
		return damaged(p.Number, err.Error())
	}
	for i := range p.Postings {
		q := &p.Postings[i].Posting
		post, err := n.posting(q)
		if err != nil {
			return damaged(p.Number, err.Error())
		}
		post.Reference, post.Reason = r.text(q.Reference), r.text(q.Reason)
		r.postings = append(r.postings, post)
	}
	for i, e := range p.Entries {
		r.Entries = append(r.Entries, Entry{
			Number: p.FirstEntry + uint64(i), Reference: r.text(e.Reference), Postings: r.postings[e.From:e.To:e.To],
		})
	}
	return nil
}

// fillChanges fills in the accounts opened and changed, which few records have.
func (r *Record) fillChanges(p *codec.Record, n names) error {
	for _, a := range p.Assets {
		code, err := codec.Symbol(n.symbols, a.Symbol)
		if err != nil {
			return err
		}
		r.Assets = append(r.Assets, money.Asset{Code: money.Currency(code), Exponent: int(a.Exponent)})
	}
	for i := range p.Opens {
		a, err := p.Account(&p.Opens[i], n.symbols)
		if err != nil {
			return err
		}
		r.Opens = append(r.Opens, a)
	}
	for _, s := range p.Statuses {
		id, err := n.AccountID(s.Account)
		if err != nil {
			return err
		}
		r.Statuses = append(r.Statuses, StatusChange{id, accounts.Status(s.Byte)})
	}
	for i := range p.Updates {
		id, err := n.AccountID(p.Updates[i].Account)
		if err != nil {
			return err
		}
		a, err := p.Account(&p.Updates[i], n.symbols)
		if err != nil {
			return err
		}
		r.Updates = append(r.Updates, Update{id, a.Holder, a.Metadata, a.Overdraft})
	}
	return nil
}

// text returns a string of the record, by its number from 1; 0 stands for none.
func (r *Record) text(s codec.Str) string {
	if s == 0 {
		return ""
	}
	return r.strings[s-1]
}

// A names turns numbers back into symbols and account ids, as of some block. Both slices only grow, so a copy of the
// headers stays true while the state goes on.
type names struct {
	symbols  []string
	accounts []*account
}

// names returns those of the present state.
func (s *state) names() names { return names{s.symbols.List, s.accounts} }

// account finds an account by its number.
func (n *names) account(i uint64) (*account, error) {
	if i >= uint64(len(n.accounts)) {
		return nil, fmt.Errorf("account number %d of %d", i, len(n.accounts))
	}
	return n.accounts[i], nil
}

// AccountID returns the id of an account, by its number. A number that no account has is damage of the record that has
// it.
func (n *names) AccountID(i uint64) (accounts.ID, error) {
	a, err := n.account(i)
	if err != nil {
		return "", err
	}
	return a.id, nil
}

// posting makes a Posting but for its texts.
func (n *names) posting(p *codec.Posting) (Posting, error) {
	a, err := n.account(p.Account)
	if err != nil {
		return Posting{}, err
	}
	currency, err := codec.Symbol(n.symbols, p.Currency)
	if err != nil {
		return Posting{}, err
	}
	kind, err := codec.Symbol(n.symbols, p.Type)
	if err != nil {
		return Posting{}, err
	}
	return Posting{
		Account: a.id, Sub: Sub(p.Sub), Amount: money.FromInt(p.Amount, money.Currency(currency)), Type: kind,
	}, nil
}

// fromMicros is a recorded time, which the journal has in microseconds since 1970.
func fromMicros(t int64) time.Time { return time.UnixMicro(t).UTC() }
