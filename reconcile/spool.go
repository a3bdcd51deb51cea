package reconcile

import (
	"encoding/binary"
	"errors"
	"hash/maphash"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
)

// The spool: all lines of a run on disk, as bytes, and the order in which they are compared.

// While a run goes on, its lines are on disk, as bytes:
//
//	line  = file line head early rest
//	head  = texts amounts
//	early = 0, or 1 byAmount whole reported claims
//	rest  = payment texts amounts flags at booked fees shares
//
// Numbers are uvarints, texts their length and bytes, amounts a text and a currency. The head is what is needed
// of a line that was resolved early: the rest is read only if it was not the only one of its payment.

// A spool has the lines of a run on disk, and the order in which they are compared.
// Groups are sorted by a hash and not by name, so that a line takes 16 bytes in memory. Two groups whose
// hashes are equal by chance are compared together; the seed is new in each run, so nobody can make reports
// for which that happens.
type spool struct {
	log            ondisk.Log
	first          ondisk.Sorter // what a line is grouped by, and its place
	second         ondisk.Sorter // the place of the first line of its group, and its own
	withoutPayment ondisk.Sorter // places of lines of no payment, and when it is their turn
	owners         owners
	seed           maphash.Seed
	room           []byte
}

// add keeps a line.
// Lines without a payment are kept apart, with their turn, as they have no group. The error is of the disk.
func (s *spool) add(file int, l *Line) (err error) {
	if l.sharedReference, err = s.owners.sharesReference(l); err != nil {
		return err
	}
	s.room = appendLine(s.room[:0], file, l)
	at, err := s.log.Append(s.room)
	if err != nil {
		return err
	}
	if withoutPayment(l) {
		return s.withoutPayment.Add(ondisk.Pair{A: at, B: turnOf(l.Outcome.Kind)})
	}
	if s.seed == (maphash.Seed{}) {
		s.seed = maphash.MakeSeed()
	}
	return s.first.Add(ondisk.Pair{A: maphash.String(s.seed, groupName(l)), B: at})
}

// sort puts the groups in the order of their first lines. That is mostly the order in which the payments were
// booked, so the books are read roughly from front to back.
func (s *spool) sort() error {
	if err := s.log.Flush(); err != nil {
		return err
	}
	var group, first uint64
	begun := false
	// The first sorter has all lines by group. In the second, every line has the place of the first line of its group.
	for p, err := range s.first.All() {
		if err != nil {
			return err
		}
		if !begun || p.A != group {
			begun, group, first = true, p.A, p.B
		}
		if err := s.second.Add(ondisk.Pair{A: first, B: p.B}); err != nil {
			return err
		}
	}
	return s.first.Close()
}

// close removes all temporary files.
func (s *spool) close() error {
	return errors.Join(s.log.Close(), s.first.Close(), s.second.Close(), s.withoutPayment.Close(), s.owners.Close())
}

// texts are the places of an outcome's texts, the first three in the head.
// Writing and reading go through the same places, so that a text which is added here is never forgotten in
// one of them.
func texts(o *providers.Outcome) [15]*string {
	return [...]*string{(*string)(&o.Kind), &o.Batch, &o.Receiver, &o.ID,
		&o.Reference, &o.ProviderReference, &o.Movement, &o.Ours, &o.Account,
		&o.Split, &o.Counterparty, &o.Common, &o.Group, &o.Rate, &o.Reason}
}

// amounts are the places of an outcome's amounts, the first in the head.
func amounts(o *providers.Outcome) [4]*money.Amount {
	return [...]*money.Amount{&o.Net, &o.Amount, &o.After, &o.Before}
}

// How many of these are in the head of a line.
const headTexts, headAmounts = 3, 1

// appendLine appends a line as it is spooled.
func appendLine(b []byte, file int, l *Line) []byte {
	o := &l.Outcome
	b = binary.AppendUvarint(b, uint64(file))
	b = binary.AppendUvarint(b, uint64(o.Line))
	texts, amounts := texts(o), amounts(o)
	b = putFields(b, texts[:headTexts], amounts[:headAmounts])
	b = putEarly(b, l)
	b = putText(b, l.Payment)
	b = putFields(b, texts[headTexts:], amounts[headAmounts:])
	var flags byte
	if o.Part {
		flags |= 1
	}
	if o.Held {
		flags |= 2
	}
	if l.sharedReference {
		flags |= 4
	}
	if l.ambiguousPayment {
		flags |= 8
	}
	b = append(b, flags)
	b = putTime(b, o.At)
	b = putTime(b, o.Booked)
	b = binary.AppendUvarint(b, uint64(len(o.Fees)))
	for _, f := range o.Fees {
		b = putAmount(putText(putText(b, string(f.Type)), string(f.Of)), f.Amount)
	}
	b = binary.AppendUvarint(b, uint64(len(o.Shares)))
	for _, s := range o.Shares {
		b = putText(putText(putText(putText(b, string(s.Type)), string(s.Account)), s.Reference), s.Description)
		b = putText(putAmount(b, s.Amount), s.Percent.String())
	}
	return b
}

// putFields and the functions after it write what the methods of spoolReader read, in the same order.
func putFields(b []byte, texts []*string, amounts []*money.Amount) []byte {
	for _, t := range texts {
		b = putText(b, *t)
	}
	for _, a := range amounts {
		b = putAmount(b, *a)
	}
	return b
}

// putEarly appends what came of a line that was resolved early.
// Of its resolution only that is kept which taking it in needs: it is matched and leads
// to no events that count.
func putEarly(b []byte, l *Line) []byte {
	if !l.resolvedEarly {
		return append(b, 0)
	}
	b = append(b, 1, 0)
	if l.ByAmount {
		b[len(b)-1] = 1
	}
	b = append(b, 0)
	if l.settledWhole {
		b[len(b)-1] = 1
	}
	b = binary.AppendUvarint(b, l.reportedRecord)
	b = binary.AppendUvarint(b, uint64(len(l.claims)))
	for _, k := range l.claims {
		b = append(b, k[:]...)
	}
	return b
}

func putText(b []byte, t string) []byte {
	b = binary.AppendUvarint(b, uint64(len(t)))
	return append(b, t...)
}

// An amount is the currency, the length of the number, and the number of any size.
func putAmount(b []byte, a money.Amount) []byte {
	b = append(putText(b, string(a.Currency())), 0)
	n := len(b)
	b = a.Int().AppendBinary(b)
	b[n-1] = byte(len(b) - n) // at most money.MaxBinary
	return b
}

// putTime appends a time with its nanoseconds. Providers' times are not before 1970.
func putTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	b = append(b, 1)
	b = binary.AppendUvarint(b, uint64(t.Unix()))
	return binary.AppendUvarint(b, uint64(t.Nanosecond()))
}

// errSpool says that a temporary file does not have what was written to it.
var errSpool = errors.New("a temporary file was changed by somebody else")

// A spoolReader reads what appendLine wrote.
type spoolReader struct {
	b   string // one for all texts of a line
	err error
}

// The methods of a reader return zero values after an error, which is kept in err.

func (r *spoolReader) uint() uint64 {
	var n uint64
	for i := 0; i < len(r.b) && i < binary.MaxVarintLen64; i++ {
		n |= uint64(r.b[i]&0x7f) << (7 * i)
		if r.b[i] < 0x80 {
			r.b = r.b[i+1:]
			return n
		}
	}
	r.err, r.b = errSpool, ""
	return 0
}

func (r *spoolReader) text() string {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.err, r.b = errSpool, ""
		return ""
	}
	t := r.b[:n]
	r.b = r.b[n:]
	return t
}

func (r *spoolReader) amount() money.Amount {
	c := money.Currency(r.text())
	i, _, err := money.DecodeInt([]byte(r.text()))
	if err != nil {
		r.err = errSpool
	}
	return money.FromInt(i, c)
}

func (r *spoolReader) fields(texts []*string, amounts []*money.Amount) {
	for _, t := range texts {
		*t = r.text()
	}
	for _, a := range amounts {
		*a = r.amount()
	}
}

func (r *spoolReader) byte() byte {
	if len(r.b) == 0 {
		r.err = errSpool
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *spoolReader) time() time.Time {
	if r.byte() == 0 {
		return time.Time{}
	}
	return time.Unix(int64(r.uint()), int64(r.uint())).UTC()
}

// A key has no length before it: all have 16 bytes.
func (r *spoolReader) key() (k ondisk.Key) {
	if len(r.b) < len(k) {
		r.err, r.b = errSpool, ""
		return k
	}
	copy(k[:], r.b)
	r.b = r.b[len(k):]
	return k
}

// early reads what putEarly wrote.
func (r *spoolReader) early(l *Line) {
	if l.resolvedEarly = r.byte() == 1; !l.resolvedEarly {
		return
	}
	l.Class, l.ByAmount = Matched, r.byte() == 1
	l.settledWhole, l.reportedRecord = r.byte() == 1, r.uint()
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		l.claims = append(l.claims, r.key())
	}
}

// readLine reads a line that was spooled; of one that was resolved early only the head.
func readLine(b []byte, l *Line) (file int, err error) {
	r := &spoolReader{b: string(b)}
	o := &l.Outcome
	file, o.Line = int(r.uint()), int(r.uint())
	texts, amounts := texts(o), amounts(o)
	r.fields(texts[:headTexts], amounts[:headAmounts])
	r.early(l)
	if l.unread = r.b; l.unread == "" {
		return file, errSpool
	}
	if l.resolvedEarly {
		return file, r.err
	}
	return file, errors.Join(r.err, l.readRest())
}

// readRest reads what readLine has left of a line.
func (l *Line) readRest() error {
	if l.unread == "" {
		return nil
	}
	r, o := &spoolReader{b: l.unread}, &l.Outcome
	l.unread, l.Payment = "", r.text()
	texts, amounts := texts(o), amounts(o)
	r.fields(texts[headTexts:], amounts[headAmounts:])
	flags := r.byte()
	o.Part, o.Held, l.sharedReference, l.ambiguousPayment = flags&1 != 0, flags&2 != 0, flags&4 != 0, flags&8 != 0
	o.At, o.Booked = r.time(), r.time()
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		o.Fees = append(o.Fees, posting.Fee{Type: posting.FeeType(r.text()),
			Of: posting.FeeType(r.text()), Amount: r.amount()})
	}
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		s := posting.Split{Type: posting.SplitType(r.text()), Account: accounts.ID(r.text()),
			Reference: r.text(), Description: r.text(), Amount: r.amount()}
		if p, err := money.ParsePercent(r.text()); err == nil {
			s.Percent = p
		}
		o.Shares = append(o.Shares, s)
	}
	return r.err
}
