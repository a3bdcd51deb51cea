package index

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/money"
)

// The layout of an account in a checkpoint: what it is, and each of its sub-balances with the end of its chain.

// appendText writes a text behind its length.
func appendText[T ~string](b []byte, s T) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// AppendAccount writes an account, but for its sub-balances, of which there are n: they follow by [AppendSubBalance].
func AppendAccount(b []byte, number uint32, a *accounts.Account, n int) []byte {
	b = appendText(binary.AppendUvarint(b, uint64(number)), a.ID)
	b = appendText(append(b, byte(a.Kind), byte(a.Status)), a.Holder)
	b = binary.AppendUvarint(b, uint64(len(a.Metadata)))
	for _, k := range slices.Sorted(maps.Keys(a.Metadata)) {
		b = appendText(appendText(b, k), a.Metadata[k])
	}
	b = binary.AppendUvarint(b, uint64(len(a.Overdraft)))
	for _, o := range a.Overdraft {
		b = o.Int().AppendBinary(appendText(b, o.Currency()))
	}
	return binary.AppendUvarint(b, uint64(n))
}

// AppendSubBalance writes a sub-balance with the skip pointers of its chain.
func AppendSubBalance[Skip ~uint64](b []byte, s SubBalance, skips []Skip) []byte {
	b = append(binary.AppendUvarint(b, s.Currency), s.Sub)
	b = binary.AppendVarint(s.Balance.AppendBinary(b), s.Latest)
	b = binary.AppendUvarint(b, uint64(len(skips)))
	for _, skip := range skips {
		b = binary.AppendUvarint(b, uint64(skip))
	}
	return b
}

// An Account is an account of a checkpoint taken apart. Its slices alias the file or are used again for the next one.
type Account struct {
	Number      uint64
	ID          []byte
	SubBalances []SubBalance
	Skips       []uint64 // of all sub-balances

	kind      accounts.Kind
	status    accounts.Status
	holder    []byte
	metadata  [][2][]byte
	overdraft []money.Amount
	encoded   []byte
}

// A SubBalance is one sub-balance of an account in one currency, with the end of its chain of postings.
type SubBalance struct {
	// Currency is a symbol, Balance in minor units, Latest the greatest effective time so far in nanoseconds since
	// 1970.
	Currency uint64
	Balance  money.Int
	Latest   int64
	Skips    int // how many skip pointers it has, when it was read
	Sub      uint8
}

// read takes the next account of a frame apart. The error is that of a layout which is broken; a checksum has been
// compared before, so that this is a mistake of a program.
func (a *Account) read(r *codec.Reader) error {
	frame := r.B
	a.Number, a.ID = r.Uint(), r.Bytes()
	a.kind, a.status = accounts.Kind(r.Byte()), accounts.Status(r.Byte())
	a.holder = r.Bytes()
	a.metadata, a.overdraft, a.SubBalances, a.Skips = a.metadata[:0], a.overdraft[:0], a.SubBalances[:0], a.Skips[:0]
	for range r.Count() {
		a.metadata = append(a.metadata, [2][]byte{r.Bytes(), r.Bytes()})
	}
	for range r.Count() {
		code := money.Currency(r.Bytes())
		a.overdraft = append(a.overdraft, money.FromInt(r.Money(), code))
	}
	for range r.Count() {
		s := SubBalance{Currency: r.Uint(), Sub: r.Byte(), Balance: r.Money(), Latest: r.Int(), Skips: r.Count()}
		if s.Sub >= codec.Subs {
			r.Fail(fmt.Errorf("account %s has sub-balance %d", a.ID, s.Sub))
		}
		for range s.Skips {
			a.Skips = append(a.Skips, r.Uint())
		}
		a.SubBalances = append(a.SubBalances, s)
	}
	a.encoded = frame[:len(frame)-len(r.B)]
	return r.Err
}

// Next reads the next account of a frame but for those whose numbers have is true for, and reports whether there is
// one.
func (a *Account) Next(r *codec.Reader, have []bool) (bool, error) {
	for len(r.B) > 0 {
		if err := a.read(r); err != nil {
			return false, err
		}
		if a.Number >= uint64(len(have)) {
			return false, fmt.Errorf("it has an account number %d of %d", a.Number, len(have))
		}
		if !have[a.Number] {
			return true, nil
		}
	}
	return false, nil
}

// Public makes the account but for its id, which the caller makes together with those of other accounts.
func (a *Account) Public() accounts.Account {
	p := accounts.Account{Kind: a.kind, Status: a.status, Holder: string(a.holder)}
	p.Overdraft = append(p.Overdraft, a.overdraft...)
	if len(a.metadata) > 0 {
		p.Metadata = make(map[string]string, len(a.metadata))
		for _, kv := range a.metadata {
			p.Metadata[string(kv[0])] = string(kv[1])
		}
	}
	return p
}
