package money

import (
	"math/big"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// An Int is a whole number of any size. The zero value is 0.
//
// Below 2^64 in magnitude arithmetic does not allocate; below 2^128 a value takes no memory beyond
// the Int itself.
type Int struct {
	_ [0]func() // no ==: it would compare pointers once a value outgrows 128 bits

	// An apd.BigInt may point to a larger number on the heap, which its shallow copies share.
	// That is safe because nothing here ever changes a BigInt that has been handed out: every
	// operation computes into the fresh zero BigInt of its result.
	v apd.BigInt
}

// inline is the size of a BigInt that points nowhere.
var inline = new(apd.BigInt).Size()

// settle finishes a calculation whose result i is. Where that needed the heap and its result does not,
// the result is taken off it, so that equal numbers are also represented alike.
func (i *Int) settle() {
	if i.v.Size() > inline {
		i.offHeap()
	}
}

func (i *Int) offHeap() {
	var v apd.BigInt
	i.v = *v.Set(&i.v) // stays inline up to 128 bits
}

// NewInt returns v as an Int.
func NewInt(v int64) (i Int) {
	i.v.SetInt64(v)
	return i
}

// ParseInt reads a whole number: an optional '-', then decimal digits and nothing else. It refuses
// numbers that [Int.AppendBinary] has no room for, about 84 digits. The error is a [*ParseError].
func ParseInt(s string) (Int, error) {
	return parseInt("whole number", s, maxIntDigits)
}

// maxIntDigits is how many digits the numbers of maxBits have at most.
const maxIntDigits = 84

// parseInt reads a whole number of at most max digits; what names it in an error.
func parseInt(what, s string, max int) (Int, error) {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" {
		return Int{}, &ParseError{what, s, "decimal digits", "none"}
	}
	if at := notDigit(digits); at >= 0 {
		at += len(s) - len(digits)
		return Int{}, &ParseError{what, s, "decimal digits only", foundAt(s, at)}
	}
	if len(digits) > max {
		return Int{}, &ParseError{what, s, "at most " + plural(max, "digit"), plural(len(digits), "digit")}
	}
	var i Int
	i.v.SetString(s, 10) // cannot fail: s is a sign and digits
	if !i.fits() {
		return Int{}, &ParseError{what, s, "a number within ±2^279", plural(len(digits), "digit")}
	}
	i.settle()
	return i, nil
}

// notDigit returns where s has its first byte that is not an ASCII digit, or -1.
func notDigit(s string) int {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return i
		}
	}
	return -1
}

// Add returns i + j.
func (i Int) Add(j Int) (r Int) {
	r.v.Add(&i.v, &j.v)
	r.settle()
	return r
}

// Sub returns i - j.
func (i Int) Sub(j Int) (r Int) {
	r.v.Sub(&i.v, &j.v)
	r.settle()
	return r
}

// Mul returns i · j.
func (i Int) Mul(j Int) (r Int) {
	r.v.Mul(&i.v, &j.v)
	r.settle()
	return r
}

// Neg returns -i.
func (i Int) Neg() (r Int) {
	if i.IsZero() {
		return i // apd would make it a negative zero
	}
	r.v.Neg(&i.v)
	r.settle()
	return r
}

// Abs returns i without its sign.
func (i Int) Abs() Int {
	if i.Sign() < 0 {
		return i.Neg()
	}
	return i
}

// Sign returns -1, 0 or 1.
func (i Int) Sign() int { return i.v.Sign() }

// IsZero reports whether i is 0.
func (i Int) IsZero() bool { return i.v.Sign() == 0 }

// Cmp returns -1, 0 or 1: whether i is less than, equal to or more than j.
func (i Int) Cmp(j Int) int { return i.v.Cmp(&j.v) }

// Equal reports whether i and j are the same number.
func (i Int) Equal(j Int) bool { return i.v.Cmp(&j.v) == 0 }

// Int64 returns i, and whether an int64 holds it; otherwise 0 and false.
func (i Int) Int64() (int64, bool) {
	if !i.v.IsInt64() {
		return 0, false
	}
	return i.v.Int64(), true
}

// Big returns a copy of i as a big.Int.
func (i Int) Big() *big.Int { return i.v.MathBigInt() }

// String returns i in decimal digits, with a '-' where it is negative.
func (i Int) String() string { return string(i.AppendDecimal(nil)) }

// AppendDecimal appends what [Int.String] returns to b.
func (i Int) AppendDecimal(b []byte) []byte { return i.v.Append(b, 10) }

// Digits returns how many decimal digits i has, not counting a sign; 0 has one.
func (i Int) Digits() int {
	var buf [maxIntDigits + 1]byte
	n := len(i.AppendDecimal(buf[:0]))
	if i.Sign() < 0 {
		n--
	}
	return n
}
