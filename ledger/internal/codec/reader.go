package codec

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/splitledger/splitledger/money"
)

// A Reader takes numbers and texts off bytes. The first error stays; all after it is zero.
type Reader struct {
	B   []byte // what is left
	Err error

	strings int // of the record
}

// ErrShort is that something ends before it should.
var ErrShort = errors.New("is cut short")

// Fail notes an error, unless there is one.
func (r *Reader) Fail(err error) {
	if r.Err == nil {
		r.Err = err
	}
	// With nothing left, loops over what follows end at once.
	r.B = nil
}

// Byte reads a byte.
func (r *Reader) Byte() byte {
	if len(r.B) == 0 {
		r.Fail(ErrShort)
		return 0
	}
	v := r.B[0]
	r.B = r.B[1:]
	return v
}

// Uint reads a uvarint.
func (r *Reader) Uint() uint64 {
	// Most numbers are below 128; for these no call is made.
	if len(r.B) > 0 && r.B[0] < 0x80 {
		v := r.B[0]
		r.B = r.B[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(r.B)
	if n <= 0 {
		r.Fail(ErrShort)
		return 0
	}
	r.B = r.B[n:]
	return v
}

// Int reads a varint.
func (r *Reader) Int() int64 {
	v, n := binary.Varint(r.B)
	if n <= 0 {
		r.Fail(ErrShort)
		return 0
	}
	r.B = r.B[n:]
	return v
}

// Count reads how many things follow, each at least one byte long. A count that cannot be is refused here, so that
// nobody takes memory for what a damaged file claims.
func (r *Reader) Count() int {
	n := r.Uint()
	if n > uint64(len(r.B)) {
		r.Fail(ErrShort)
		return 0
	}
	return int(n)
}

// Bytes reads some bytes behind their number.
func (r *Reader) Bytes() []byte {
	n := r.Count()
	v := r.B[:n:n]
	r.B = r.B[n:]
	return v
}

// Money reads a whole number of any size.
func (r *Reader) Money() money.Int {
	v, n, err := money.DecodeInt(r.B)
	if err != nil {
		r.Fail(err)
		return v
	}
	r.B = r.B[n:]
	return v
}

// skip passes over so many numbers, of any size.
func (r *Reader) skip(n int) {
	for i, c := range r.B {
		if c < 0x80 {
			if n--; n == 0 {
				r.B = r.B[i+1:]
				return
			}
		}
	}
	r.Fail(ErrShort)
}

// str reads the number of a string that must be there.
func (r *Reader) str() Str {
	i := r.Uint()
	if i >= uint64(r.strings) {
		r.Fail(fmt.Errorf("names string %d of %d", i, r.strings))
		return 0
	}
	return Str(i) + 1
}

// optional reads the number of a string plus one; 0 is none.
func (r *Reader) optional() Str {
	i := r.Uint()
	if i > uint64(r.strings) {
		r.Fail(fmt.Errorf("names string %d of %d", i-1, r.strings))
		return 0
	}
	return Str(i)
}
