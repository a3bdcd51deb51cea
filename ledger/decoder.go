package ledger

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
)

// A Decoder reads a record's content, in the order in which an [Encoder] wrote it. The first error stays, and
// everything read after it is zero.
type Decoder struct {
	r     reader
	names names
	text  []string
}

// Decoder returns a decoder of the record's content.
func (r *Record) Decoder() *Decoder {
	return &Decoder{r: reader{b: r.payload}, names: r.names, text: r.strings}
}

// Err returns what was wrong, if anything.
func (d *Decoder) Err() error { return d.r.err }

// More reports whether anything is left.
func (d *Decoder) More() bool { return d.r.err == nil && len(d.r.b) > 0 }

// Uint reads a whole number.
func (d *Decoder) Uint() uint64 { return d.r.uint() }

// String reads a text.
func (d *Decoder) String() string {
	i := d.r.uint()
	if i >= uint64(len(d.text)) {
		d.r.fail(fmt.Errorf("names string %d of %d", i, len(d.text)))
		return ""
	}
	return d.text[i]
}

// Symbol reads a word of the ledger's vocabulary.
func (d *Decoder) Symbol() string {
	w, err := d.names.word(d.r.uint())
	if err != nil {
		d.r.fail(err)
	}
	return w
}

// Account reads an account id.
func (d *Decoder) Account() accounts.ID {
	i := d.r.uint()
	if i == 0 {
		return accounts.ID(d.String())
	}
	a, err := d.names.account(i - 1)
	if err != nil {
		d.r.fail(err)
		return ""
	}
	return a.id
}

// Int reads a whole number of any size.
func (d *Decoder) Int() money.Int { return d.r.money() }

// Amount reads an amount.
func (d *Decoder) Amount() money.Amount {
	c := d.Symbol()
	return money.FromInt(d.Int(), money.Currency(c))
}

// Time reads an instant.
func (d *Decoder) Time() time.Time { return time.Unix(0, d.r.int()).UTC() }

func fromMicros(t int64) time.Time { return time.UnixMicro(t).UTC() }
