package runs

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/reconcile"
)

// A Break is one thing on which the provider and the books do not agree.
type Break struct {
	ID        string          `json:"id" doc:"of the line, or of what is missing; the same in every comparison"`
	Class     reconcile.Class `json:"class"`
	File      string          `json:"file,omitempty" doc:"where several were compared"`
	Line      int             `json:"line,omitempty"`
	Kind      string          `json:"kind,omitempty"`
	Reference string          `json:"reference,omitempty"`
	Movement  string          `json:"movement,omitempty" doc:"the provider's reference of what it did"`
	Ours      string          `json:"ours,omitempty" doc:"the platform's reference of the same"`
	Account   string          `json:"account,omitempty" doc:"as the provider calls it"`
	Payment   string          `json:"payment,omitempty" doc:"in the books"`
	Entries   []uint64        `json:"entries,omitempty" doc:"of the payment in the books, the newest ten"`
	Batch     string          `json:"batch,omitempty"`
	At        time.Time       `json:"at,omitzero"`
	Booked    time.Time       `json:"booked,omitzero" doc:"when the provider booked it, where that is another time"`
	Since     time.Time       `json:"since" doc:"since when it is open"`

	Expected      *money.Amount   `json:"expected,omitempty" doc:"what the books have"`
	ExpectedState string          `json:"expectedState,omitempty"`
	Found         *money.Amount   `json:"found,omitempty" doc:"what the provider says"`
	FoundState    string          `json:"foundState,omitempty"`
	Difference    *money.Amount   `json:"difference,omitempty" doc:"found less expected"`
	Net           *money.Amount   `json:"net,omitempty" doc:"by how much the line changed what the provider owes"`
	Fees          []query.ToldFee `json:"fees,omitempty"`

	Timing bool   `json:"timing" doc:"it may be a matter of time"`
	Open   bool   `json:"open" doc:"something is left to be done"`
	Posted bool   `json:"posted" doc:"what it proves was booked by this run"`
	Hint   string `json:"hint,omitempty" doc:"the likely cause"`
	Remedy string `json:"remedy,omitempty" doc:"what may be done about it"`

	next string // the cursor of those after it
}

// breakOf gives a break the form that it has in answers: without what is not there.
func breakOf(b *reconcile.Break) Break {
	some := func(a money.Amount) *money.Amount {
		if a.Currency() == "" {
			return nil
		}
		return &a
	}
	out := Break{Class: b.Class, File: b.File, Line: b.Line, Kind: string(b.Kind), Reference: b.Reference, Movement: b.Movement, Ours: b.Ours,
		Account: b.Account, Payment: b.Payment, Entries: b.Entries, Batch: b.Batch, At: b.At, Booked: b.Booked, Since: b.Since.UTC(),
		Expected: some(b.Expected.Amount), ExpectedState: b.Expected.State, Found: some(b.Found.Amount), FoundState: b.Found.State,
		Difference: some(b.Difference), Net: some(b.Net.Amount), Timing: b.Timing, Open: b.Open, Posted: b.Posted, Hint: b.Hint, Remedy: b.Remedy}
	for _, f := range b.Fees {
		out.Fees = append(out.Fees, query.ToldFee{Type: posting.FeeType(f.Type), Amount: f.Amount.Amount})
	}
	return out
}

// name gives the break its id: it is of the line where it is of one, so that it stays when the class is another one
// later, and else of what it is about.
func (b *Break) name() {
	of := []any{b.File, b.Line, b.Kind, b.Movement, b.Account}
	if b.Line == 0 {
		of = append(of, b.Class, b.Reference, b.Payment, b.Batch, b.currency())
	}
	text, _ := json.Marshal(of)
	sum := sha256.Sum256(text)
	b.ID = hex.EncodeToString(sum[:10])
}

// currency is what the break is of.
func (b *Break) currency() money.Currency {
	for _, a := range []*money.Amount{b.Found, b.Expected, b.Difference} {
		if a != nil {
			return a.Currency()
		}
	}
	return ""
}

// breaksPath is the file of the breaks of a comparison.
func (s *Store) breaksPath(id string, compared int) string {
	return s.path(id, fmt.Sprintf("breaks-%d.jsonl", compared))
}

// writeBreaks keeps the breaks of a comparison, the largest first, a line of JSON each.
func (s *Store) writeBreaks(k *kept, result *reconcile.Result, dir string) error {
	f, err := os.OpenFile(s.breaksPath(k.Run.ID, k.Compared+1), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<18)
	for b, err := range result.Largest(dir) {
		if err != nil {
			return errors.Join(err, f.Close())
		}
		line := breakOf(&b)
		line.name()
		text, err := json.Marshal(line)
		if err != nil {
			return errors.Join(err, f.Close())
		}
		out.Write(append(text, '\n')) // an error stays until Flush
	}
	return errors.Join(out.Flush(), f.Sync(), f.Close())
}

// A Filter says which breaks are wanted.
type Filter struct {
	Classes  []reconcile.Class
	Currency money.Currency
	Since    time.Time // that are open since then, or longer; the zero time is any
}

func (f *Filter) wants(b *Break) bool {
	return (len(f.Classes) == 0 || slices.Contains(f.Classes, b.Class)) &&
		(f.Currency == "" || b.currency() == f.Currency) && (f.Since.IsZero() || !b.Since.After(f.Since))
}

// ErrCursor says that a cursor is not one of this list.
var ErrCursor = errors.New("expected next of the page before, of the same comparison and filters")

// Breaks yields the breaks of the last comparison of a run, the largest first, each with the cursor of those after it.
func (s *Store) Breaks(id string, f Filter, after string) iter.Seq2[Break, error] {
	return func(yield func(Break, error) bool) {
		_, tag, _, err := s.Get(id)
		if err != nil || tag == 0 {
			if err != nil {
				yield(Break{}, err)
			}
			return
		}
		if err := s.scan(id, tag, &f, after, yield); err != nil {
			yield(Break{}, err)
		}
	}
}

// scan reads the breaks of a comparison from a place on.
func (s *Store) scan(id string, tag int, f *Filter, after string, yield func(Break, error) bool) error {
	file, err := os.Open(s.breaksPath(id, tag))
	if err != nil {
		return err
	}
	defer file.Close()
	place := int64(0)
	if after != "" {
		if place, err = f.place(after, tag); err != nil {
			return err
		}
		if _, err := file.Seek(place, io.SeekStart); err != nil {
			return err
		}
	}
	in := bufio.NewReaderSize(file, 1<<18)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		place += int64(len(line))
		var b Break
		if err := json.Unmarshal(line, &b); err != nil {
			return ErrCursor // of somebody who made one up
		}
		b.next = f.cursor(place, tag)
		if f.wants(&b) && !yield(b, nil) {
			return nil
		}
	}
}

// Next is the cursor of the breaks after this one.
func (b *Break) Next() string { return b.next }

// cursor is a place in the breaks of a comparison, for a filter.
func (f *Filter) cursor(place int64, tag int) string {
	b := binary.AppendUvarint(f.sum(), uint64(tag))
	return base64.RawURLEncoding.EncodeToString(binary.AppendUvarint(b, uint64(place)))
}

// sum tells filters apart.
func (f *Filter) sum() []byte {
	text, _ := json.Marshal([]any{f.Classes, f.Currency})
	sum := sha256.Sum256(text)
	return sum[:6:6]
}

// place is the reverse of cursor.
func (f *Filter) place(cursor string, tag int) (int64, error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) < 8 || string(b[:6]) != string(f.sum()) {
		return 0, ErrCursor
	}
	of, n := binary.Uvarint(b[6:])
	if n <= 0 || of != uint64(tag) {
		return 0, ErrCursor
	}
	place, m := binary.Uvarint(b[6+n:])
	if m <= 0 || place > 1<<62 {
		return 0, ErrCursor
	}
	return int64(place), nil
}
