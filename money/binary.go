package money

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/apd/v3"
)

// Binary form of an Int. The sign is folded into the lowest bit (zigzag: 0, -1, 1, -2, 2 become
// 0, 1, 2, 3, 4), and the result is written seven bits a byte, lowest first; the top bit of a byte
// says that more follow. There is one form for each number: the last byte of several is never 0.
//
//	     0  00
//	    -1  01
//	     1  02
//	 40000  80 f1 04
//	  2^62  80 80 80 80 80 80 80 80 80 01
//
// Up to 2^63 it is what encoding/binary calls a varint; beyond, it simply goes on.

const (
	// MaxBinary is the most bytes an Int takes in binary: 280 bits, for numbers from -2^279 to
	// 2^279-1. A sum reaches that only after 2^159 amounts of [MaxDigits] digits.
	MaxBinary = 40

	maxBits = 7*MaxBinary - 1
)

// ErrBinary is wrapped by the errors of [DecodeInt].
var ErrBinary = errors.New("not the binary form of a whole number")

// fits reports whether i takes no more than MaxBinary bytes.
func (i Int) fits() bool {
	if i.isSmall() || i.large.BitLen() <= maxBits {
		return true
	}
	return i.large.Sign() < 0 && i.large.BitLen() == maxBits+1 && i.large.TrailingZeroBits() == maxBits // -2^279
}

// AppendBinary appends the binary form of i to b: 1 byte up to 63, 3 bytes up to a million, at most
// [MaxBinary] bytes. It panics where those do not suffice.
func (i Int) AppendBinary(b []byte) []byte {
	if i.isSmall() {
		return binary.AppendVarint(b, i.small)
	}
	return i.appendLarge(b)
}

// appendLarge is AppendBinary for what an int64 does not hold.
func (i Int) appendLarge(b []byte) []byte {
	if !i.fits() {
		panic(fmt.Sprintf("money: a number of %d digits has no binary form", i.Digits()))
	}
	var u, one apd.BigInt
	u.Abs(i.large)
	u.Lsh(&u, 1)
	if i.large.Sign() < 0 {
		u.Sub(&u, one.SetInt64(1))
	}
	for u.BitLen() > 7 {
		b = append(b, byte(u.Bits()[0])|0x80)
		u.Rsh(&u, 7)
	}
	return append(b, byte(u.Uint64()))
}

// DecodeInt reads the binary form of a number from the start of b and returns it with the n bytes it
// took. It refuses what [Int.AppendBinary] does not write: input that is cut short, a longer form than
// needed, more than [MaxBinary] bytes. The error wraps [ErrBinary]; n is 0 then.
func DecodeInt(b []byte) (i Int, n int, err error) {
	var u uint64
	for n = range min(len(b), 9) { // 9 bytes hold 63 bits
		c := b[n]
		u |= uint64(c&0x7f) << (7 * n)
		if c < 0x80 {
			if c == 0 && n > 0 {
				return Int{}, 0, errPadded(n + 1)
			}
			return Int{small: int64(u>>1) ^ -int64(u&1)}, n + 1, nil
		}
	}
	return decodeLarge(b)
}

// decodeLarge is DecodeInt for forms that are not complete within 9 bytes.
func decodeLarge(b []byte) (Int, int, error) {
	n := 0
	for n < len(b) && b[n] >= 0x80 {
		if n++; n == MaxBinary {
			return Int{}, 0, fmt.Errorf("%w: more than %d bytes", ErrBinary, MaxBinary)
		}
	}
	if n == len(b) {
		return Int{}, 0, fmt.Errorf("%w: cut short after %s", ErrBinary, plural(n, "byte"))
	}
	if b[n] == 0 {
		return Int{}, 0, errPadded(n + 1)
	}
	var u, low apd.BigInt
	for k := n; k >= 0; k-- {
		u.Lsh(&u, 7)
		u.Or(&u, low.SetUint64(uint64(b[k]&0x7f)))
	}
	negative := u.Bit(0) == 1
	if u.Rsh(&u, 1); negative {
		u.Not(&u)
	}
	return newInt(&u), n + 1, nil
}

func errPadded(n int) error {
	return fmt.Errorf("%w: %d bytes where fewer would do", ErrBinary, n)
}
