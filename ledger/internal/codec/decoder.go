package codec

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
)

// A Decoder reads a record's content, in the order in which an [Encoder] wrote it. The first error stays, and
// everything read after it is zero.
type Decoder struct {
	r        Reader
	symbols  []string
	accounts AccountIDs
	text     []string
}

// AccountIDs finds the id of an account by its number.
type AccountIDs interface {
	AccountID(number uint64) (accounts.ID, error)
}

// NewDecoder returns a decoder of content, beside which the record has the given strings.
func NewDecoder(content []byte, strings, symbols []string, accounts AccountIDs) *Decoder {
	return &Decoder{r: Reader{B: content}, symbols: symbols, accounts: accounts, text: strings}
}

// Err returns what was wrong, if anything.
func (d *Decoder) Err() error { return d.r.Err }

// More reports whether anything is left.
func (d *Decoder) More() bool { return d.r.Err == nil && len(d.r.B) > 0 }

// Uint reads a whole number.
func (d *Decoder) Uint() uint64 { return d.r.Uint() }

// String reads a text.
func (d *Decoder) String() string {
	i := d.r.Uint()
	if i >= uint64(len(d.text)) {
		d.r.Fail(fmt.Errorf("names string %d of %d", i, len(d.text)))
		return ""
	}
	return d.text[i]
}

// Symbol reads a symbol, or a name.
func (d *Decoder) Symbol() string {
	s, err := Symbol(d.symbols, d.r.Uint())
	if err != nil {
		d.r.Fail(err)
	}
	return s
}

// Account reads an account id.
func (d *Decoder) Account() accounts.ID {
	i := d.r.Uint()
	if i == 0 {
		return accounts.ID(d.String())
	}
	id, err := d.accounts.AccountID(i - 1)
	if err != nil {
		d.r.Fail(err)
	}
	return id
}

// Int reads a whole number of any size.
func (d *Decoder) Int() money.Int { return d.r.Money() }

// Amount reads an amount.
func (d *Decoder) Amount() money.Amount {
	c := d.Symbol()
	return money.FromInt(d.Int(), money.Currency(c))
}

// Time reads an instant.
func (d *Decoder) Time() time.Time { return time.Unix(0, d.r.Int()).UTC() }
