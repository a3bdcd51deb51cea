package money

import (
	"cmp"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// An Int is a whole number of any size. The zero value is 0.
//
// Numbers that an int64 holds take no memory beyond the Int itself, and arithmetic on them does not allocate.
type Int struct {
	_     [0]func() // no ==: it would compare pointers once a value outgrows an int64
	small int64
	large *apd.BigInt // instead, of a number that an int64 does not hold; never changed, as copies share it
}

// NewInt returns v as an Int.
func NewInt(v int64) Int { return Int{small: v} }

// newInt returns b as an Int. A copy into a new BigInt has one form for each number: one of up to 128 bits is always in
// the BigInt itself, whatever the arithmetic that led to it needed in between.
func newInt(b *apd.BigInt) Int {
	if b.IsInt64() {
		return Int{small: b.Int64()}
	}
	return Int{large: new(apd.BigInt).Set(b)}
}

// isSmall reports whether an int64 holds i.
func (i Int) isSmall() bool { return i.large == nil }

// wide returns i as a BigInt, which must not be changed; it is in tmp where i is small.
func (i Int) wide(tmp *apd.BigInt) *apd.BigInt {
	if i.isSmall() {
		return tmp.SetInt64(i.small)
	}
	return i.large
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
	if len(digits) <= 18 { // which an int64 holds
		v, _ := strconv.ParseInt(s, 10, 64)
		return NewInt(v), nil
	}
	var n apd.BigInt
	n.SetString(s, 10) // cannot fail: s is a sign and digits
	i := newInt(&n)
	if !i.fits() {
		return Int{}, &ParseError{what, s, "a number within ±2^279", plural(len(digits), "digit")}
	}
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
func (i Int) Add(j Int) Int {
	if sum := i.small + j.small; i.isSmall() && j.isSmall() && (sum^i.small)&(sum^j.small) >= 0 {
		return Int{small: sum}
	}
	var r, x, y apd.BigInt
	return newInt(r.Add(i.wide(&x), j.wide(&y)))
}

// Sub returns i - j.
func (i Int) Sub(j Int) Int {
	if d := i.small - j.small; i.isSmall() && j.isSmall() && (i.small^j.small)&(i.small^d) >= 0 {
		return Int{small: d}
	}
	var r, x, y apd.BigInt
	return newInt(r.Sub(i.wide(&x), j.wide(&y)))
}

// Mul returns i · j.
func (i Int) Mul(j Int) Int {
	if i.isSmall() && j.isSmall() {
		high, low := bits.Mul64(magnitude(i.small), magnitude(j.small))
		if high == 0 && low <= math.MaxInt64 {
			return Int{small: i.small * j.small}
		}
	}
	var r, x, y apd.BigInt
	return newInt(r.Mul(i.wide(&x), j.wide(&y)))
}

// QuoRem returns i divided by j, rounded towards zero, and what is left over, which has the sign of i. It panics where j
// is zero.
func (i Int) QuoRem(j Int) (quotient, remainder Int) {
	if i.isSmall() && j.isSmall() && j.small > 0 {
		return Int{small: i.small / j.small}, Int{small: i.small % j.small}
	}
	var q, r, x, y apd.BigInt
	q.QuoRem(i.wide(&x), j.wide(&y), &r)
	return newInt(&q), newInt(&r)
}

// Neg returns -i.
func (i Int) Neg() Int { return Int{}.Sub(i) }

// Abs returns i without its sign.
func (i Int) Abs() Int {
	if i.Sign() < 0 {
		return i.Neg()
	}
	return i
}

// magnitude returns v without its sign.
func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// Sign returns -1, 0 or 1.
func (i Int) Sign() int {
	if !i.isSmall() {
		return i.large.Sign()
	}
	return int(max(-1, min(i.small, 1)))
}

// IsZero reports whether i is 0.
func (i Int) IsZero() bool { return i.small == 0 && i.isSmall() }

// Cmp returns -1, 0 or 1: whether i is less than, equal to or more than j.
func (i Int) Cmp(j Int) int {
	if i.isSmall() && j.isSmall() {
		return cmp.Compare(i.small, j.small)
	}
	var x, y apd.BigInt
	return i.wide(&x).Cmp(j.wide(&y))
}

// Equal reports whether i and j are the same number.
func (i Int) Equal(j Int) bool {
	if i.isSmall() || j.isSmall() {
		return i.small == j.small && i.large == j.large
	}
	return i.large.Cmp(j.large) == 0
}

// Int64 returns i, and whether an int64 holds it; otherwise 0 and false.
func (i Int) Int64() (int64, bool) { return i.small, i.isSmall() }

// Shift returns i with its decimal point moved to the right by so many places, or to the left by places below 0, and
// whether that is a whole number; otherwise 0 and false.
func (i Int) Shift(places int) (shifted Int, whole bool) {
	if places >= 0 {
		return i.Mul(pow10(places)), true
	}
	shifted, rest := i.QuoRem(pow10(-places))
	if !rest.IsZero() {
		return Int{}, false
	}
	return shifted, true
}

// powers are those powers of ten that an int64 holds.
var powers = func() (p [19]int64) {
	p[0] = 1
	for k := range p[1:] {
		p[k+1] = 10 * p[k]
	}
	return p
}()

// pow10 returns 10^k.
func pow10(k int) Int {
	if k < len(powers) {
		return Int{small: powers[k]}
	}
	var power, ten, exponent apd.BigInt
	return newInt(power.Exp(ten.SetInt64(10), exponent.SetInt64(int64(k)), nil))
}

// String returns i in decimal digits, with a '-' where it is negative.
func (i Int) String() string {
	if i.isSmall() {
		return strconv.FormatInt(i.small, 10)
	}
	return i.large.String()
}

// AppendDecimal appends what [Int.String] returns to b.
func (i Int) AppendDecimal(b []byte) []byte {
	if i.isSmall() {
		return strconv.AppendInt(b, i.small, 10)
	}
	return i.large.Append(b, 10)
}

// Digits returns how many decimal digits i has, not counting a sign; 0 has one.
func (i Int) Digits() int {
	var buf [maxIntDigits + 1]byte
	n := len(i.AppendDecimal(buf[:0]))
	if i.Sign() < 0 {
		n--
	}
	return n
}
