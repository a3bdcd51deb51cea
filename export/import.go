package export

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	blocks "github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// Import makes a ledger in the file at path of a [JSONL] export. The ledger is that which was exported: it appears only when it is
// whole, verified, and has the head that the export names. The error names the line where the export is cut short, was
// changed, or is something else; it is os.ErrExist where there is a file at path. progress, if not nil, is called now and then with
// the number of records that are read.
func Import(ctx context.Context, r io.Reader, path string, progress func(records uint64)) (ledger.Verification, error) {
	in := &reader{lines: bufio.NewReaderSize(r, 1<<16), progress: progress}
	if err := in.head(); err != nil {
		return ledger.Verification{}, err
	}
	v, err := ledger.Rebuild(ctx, path, in.id, in.records(), in.same)
	if err != nil && in.at > 0 && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("line %d: %w", in.at, err)
	}
	return v, err
}

// maxLine bounds a line: an event of 8 MiB in the journal, written out.
const maxLine = 256 << 20

// A reader reads the lines of an export.
type reader struct {
	lines    *bufio.Reader
	line     int // number of the line read last
	at       int // the same of the line whose record is being booked
	id       uuid.UUID
	end      *end
	progress func(records uint64) // nil: nobody wants to know
}

// next returns the next line that is not blank; io.EOF after the last.
func (in *reader) next() ([]byte, error) {
	for {
		var line []byte
		for more := true; more; {
			piece, err := in.lines.ReadSlice('\n')
			line = append(line, piece...)
			more = errors.Is(err, bufio.ErrBufferFull)
			if err != nil && !more && (len(line) == 0 || !errors.Is(err, io.EOF)) {
				return nil, err
			}
			if len(line) > maxLine {
				return nil, fmt.Errorf("expected a line of at most %d bytes", maxLine)
			}
		}
		in.line++
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, nil
		}
	}
}

func (in *reader) head() error {
	line, err := in.next()
	if err != nil {
		return fmt.Errorf("expected an export in the format jsonl, found nothing: %w", err)
	}
	var head headLine
	if err := strict(line, &head); err != nil || head.Splitledger != program {
		return fmt.Errorf("line 1: expected {\"splitledger\":%q,\"version\":%d,…}, the beginning of an export in the format jsonl, found %.80q", program, lastVersion, line)
	}
	if head.Version < 1 || head.Version > lastVersion {
		return fmt.Errorf("line 1: expected an export of version 1 to %d, found version %d, which a newer program wrote", lastVersion, head.Version)
	}
	if identified := head.Version >= identified; identified != (head.ID != uuid.Nil) {
		return fmt.Errorf("line 1: expected the identity of a ledger, \"id\", from version 3 on and not before, found version %d and %s", head.Version, head.ID)
	}
	in.id, in.at = head.ID, in.line
	return nil
}

// A decoding is a line that becomes a record, or the end: then the record is nil.
type decoding struct {
	text   []byte
	line   int
	done   chan struct{} // closed once the rest is there
	record *ledger.Record
	err    error
}

// aheadRecords is how many lines are read and decoded at most while records before them are booked.
const aheadRecords = 256

// records yields the records, and takes in the end. Those to come are decoded meanwhile, on all processors.
func (in *reader) records() iter.Seq2[*ledger.Record, error] {
	return func(yield func(*ledger.Record, error) bool) {
		ahead, work, stop := make(chan *decoding, aheadRecords), make(chan *decoding, aheadRecords), make(chan struct{})
		defer close(stop)
		go in.split(ahead, work, stop)
		for range runtime.GOMAXPROCS(0) {
			go func() {
				for d := range work {
					d.record, d.err = decode(d.text)
					close(d.done)
				}
			}()
		}
		for d := range ahead {
			<-d.done
			in.at = d.line
			if d.err == nil && d.record == nil {
				d.err = in.takeEnd(d.text)
				if d.err == nil {
					return
				}
			}
			if !yield(d.record, d.err) || d.err != nil {
				return
			}
			if in.progress != nil {
				in.progress(d.record.Number)
			}
		}
	}
}

// split reads lines until the one that says it is the end, the first error, or until it is to stop.
func (in *reader) split(ahead, work chan<- *decoding, stop <-chan struct{}) {
	defer close(ahead)
	defer close(work)
	for last := false; !last; {
		text, err := in.next()
		if errors.Is(err, io.EOF) {
			err = errors.New("the export is cut short: its last line, which says how many records there are, is missing")
		}
		d := &decoding{text: text, line: in.line, err: err, done: make(chan struct{})}
		last = err != nil || isEnd(text)
		to := work
		if err != nil {
			close(d.done)
			to = nil
		}
		select {
		case ahead <- d:
		case <-stop:
			return
		}
		if to != nil {
			to <- d // there is as much room as ahead
		}
	}
}

func isEnd(line []byte) bool { return bytes.HasPrefix(line, []byte(`{"end":`)) }

// decode decodes a record; it is nil where the line is the end.
func decode(line []byte) (*ledger.Record, error) {
	if isEnd(line) {
		return nil, nil
	}
	var l recordLine
	if err := strict(line, &l); err != nil {
		return nil, fmt.Errorf("expected a record of the journal: %w", err)
	}
	return l.record()
}

// takeEnd reads the end, after which there is nothing more. Nobody else reads lines any more.
func (in *reader) takeEnd(line []byte) error {
	var last endLine
	if err := strict(line, &last); err != nil || last.End == nil {
		return fmt.Errorf("expected the end of the export, found %.80q", line)
	}
	in.end = last.End
	if more, err := in.next(); !errors.Is(err, io.EOF) {
		in.at = in.line
		return fmt.Errorf("expected nothing after the end, found %.80q", more)
	}
	return nil
}

// strict reads JSON that has no more than the fields of v.
func strict(line []byte, v any) error {
	return json.Unmarshal(line, v, json.RejectUnknownMembers(true))
}

// same compares the ledger with the end of the export.
func (in *reader) same(head blocks.Head) error {
	is := end{head.Block, head.Record, head.Entry, head.Hash.String()}
	switch {
	case is == *in.end:
		return nil
	case is.Blocks != in.end.Blocks || is.Records != in.end.Records || is.Entries != in.end.Entries:
		return fmt.Errorf("the ledger has %d blocks, %d records, %d entries; the export says %d, %d and %d: it was changed",
			is.Blocks, is.Records, is.Entries, in.end.Blocks, in.end.Records, in.end.Entries)
	}
	return fmt.Errorf("the head does not fit the %d records before it: it or they were changed", is.Records)
}

// record makes the record that a line says.
func (l *recordLine) record() (*ledger.Record, error) {
	r := &ledger.Record{Number: l.Record, Block: l.Block, Recorded: l.Recorded, At: l.At}
	if l.Hash != nil {
		r.BlockHash = *l.Hash
	}
	if len(l.Event) > 0 {
		event, err := posting.Decode(l.Event)
		if err != nil {
			return nil, fmt.Errorf("event: %w", err)
		}
		r.Content = posting.NewContent(&event, l.Remarks)
	}
	for _, k := range l.Keys {
		if len(k.Space) != 1 {
			return nil, fmt.Errorf("expected a key's space of one character, found %q", k.Space)
		}
		r.Keys = append(r.Keys, ledger.Key{Space: k.Space[0], Name: k.Name})
	}
	for _, a := range l.Assets {
		r.Assets = append(r.Assets, money.Asset(a))
	}
	for i := range l.Opens {
		a, err := l.Opens[i].account()
		if err != nil {
			return nil, err
		}
		r.Opens = append(r.Opens, a)
	}
	for _, s := range l.Statuses {
		status, err := accounts.ParseStatus(s.Status)
		if err != nil {
			return nil, err
		}
		r.Statuses = append(r.Statuses, ledger.StatusChange{Account: s.Account, Status: status})
	}
	for i := range l.Updates {
		u := &l.Updates[i]
		overdraft, err := u.amounts()
		if err != nil {
			return nil, err
		}
		r.Updates = append(r.Updates, ledger.Update{Account: u.Account, Holder: u.Holder, Metadata: u.Metadata, Overdraft: overdraft})
	}
	for i := range l.Entries {
		e, err := l.Entries[i].entry()
		if err != nil {
			return nil, err
		}
		r.Entries = append(r.Entries, e)
	}
	return r, nil
}

func (o *openJSON) account() (a accounts.Account, err error) {
	kind, err := accounts.ParseKind(o.Kind)
	if err != nil {
		return a, err
	}
	a = accounts.Account{ID: o.Account, Kind: kind, Holder: o.Holder, Metadata: o.Metadata}
	a.Overdraft, err = o.amounts()
	return a, err
}

// amounts returns the overdraft.
func (d *detailsJSON) amounts() (list []money.Amount, err error) {
	for _, v := range d.Overdraft {
		amount, err := v.amount()
		if err != nil {
			return nil, err
		}
		list = append(list, amount)
	}
	return list, nil
}

func (e *entryJSON) entry() (ledger.Entry, error) {
	entry := ledger.Entry{Number: e.Entry, Reference: e.Reference}
	for _, p := range e.Postings {
		amount, err := p.Amount.amount()
		if err != nil {
			return entry, err
		}
		sub, err := subOf(p.Sub)
		if err != nil {
			return entry, err
		}
		entry.Postings = append(entry.Postings, ledger.Posting{Account: p.Account, Sub: sub, Amount: amount, Type: p.Type, Reference: p.Reference, Reason: p.Reason})
	}
	return entry, nil
}

func subOf(name string) (ledger.Sub, error) {
	for _, s := range []ledger.Sub{ledger.Available, ledger.Pending, ledger.Reserved} {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("expected a sub-balance available, pending or reserved, found %q", name)
}

func (a amountJSON) amount() (money.Amount, error) {
	return money.ParseMinor(string(a.Value), a.Currency)
}
