package reconcile

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// While a run goes on, its lines are on disk, as bytes:
//
//	line    = file payment alone outcome line
//	alone   = 0, or 1 byAmount agreed claims
//	outcome = texts amounts flags at booked fees shares
//
// Numbers are uvarints, texts their length and bytes, amounts a text and a currency.

// texts are the places of an outcome's texts.
func texts(o *providers.Outcome) [15]*string {
	return [...]*string{(*string)(&o.Kind), &o.ID, &o.Reference, &o.ProviderReference, &o.Movement, &o.Ours, &o.Account, &o.Split, &o.Counterparty,
		&o.Common, &o.Group, &o.Rate, &o.Batch, &o.Receiver, &o.Reason}
}

// amounts are the places of an outcome's amounts.
func amounts(o *providers.Outcome) [4]*money.Amount {
	return [...]*money.Amount{&o.Amount, &o.Net, &o.After, &o.Before}
}

// appendLine appends a line as it is spooled.
func appendLine(b []byte, file int, l *Line) []byte {
	o := &l.Outcome
	b = binary.AppendUvarint(b, uint64(file))
	b = putText(b, l.Payment)
	b = putAlone(b, l)
	for _, t := range texts(o) {
		b = putText(b, *t)
	}
	for _, a := range amounts(o) {
		b = putAmount(b, *a)
	}
	var flags byte
	if o.Part {
		flags |= 1
	}
	if o.Held {
		flags |= 2
	}
	if l.second {
		flags |= 4
	}
	if l.among {
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
	return binary.AppendUvarint(b, uint64(o.Line))
}

// putAlone appends what came of a line that was resolved alone.
func putAlone(b []byte, l *Line) []byte {
	if !l.alone {
		return append(b, 0)
	}
	b = append(b, 1, 0)
	if l.ByAmount {
		b[len(b)-1] = 1
	}
	b = binary.AppendUvarint(b, l.agreed)
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

func putAmount(b []byte, a money.Amount) []byte {
	b = putText(b, string(a.Currency()))
	return putText(b, string(a.Int().AppendBinary(nil)))
}

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

func (r *spoolReader) key() (k Key) {
	if len(r.b) < len(k) {
		r.err, r.b = errSpool, ""
		return k
	}
	copy(k[:], r.b)
	r.b = r.b[len(k):]
	return k
}

// alone reads what putAlone wrote.
func (r *spoolReader) alone(l *Line) {
	if l.alone = r.byte() == 1; !l.alone {
		return
	}
	l.Class, l.ByAmount, l.agreed = Matched, r.byte() == 1, r.uint()
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		l.claims = append(l.claims, r.key())
	}
}

// readLine reads a line that was spooled.
func readLine(b []byte) (file int, l *Line, err error) {
	r := &spoolReader{b: string(b)}
	file = int(r.uint())
	l = &Line{Payment: r.text()}
	r.alone(l)
	o := &l.Outcome
	for _, t := range texts(o) {
		*t = r.text()
	}
	for _, a := range amounts(o) {
		*a = r.amount()
	}
	flags := r.byte()
	o.Part, o.Held, l.second, l.among = flags&1 != 0, flags&2 != 0, flags&4 != 0, flags&8 != 0
	o.At, o.Booked = r.time(), r.time()
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		o.Fees = append(o.Fees, posting.Fee{Type: posting.FeeType(r.text()), Of: posting.FeeType(r.text()), Amount: r.amount()})
	}
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		s := posting.Split{Type: posting.SplitType(r.text()), Account: accounts.ID(r.text()), Reference: r.text(), Description: r.text(), Amount: r.amount()}
		if p, err := money.ParsePercent(r.text()); err == nil {
			s.Percent = p
		}
		o.Shares = append(o.Shares, s)
	}
	o.Line = int(r.uint())
	return file, l, r.err
}
