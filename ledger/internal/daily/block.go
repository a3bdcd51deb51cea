package daily

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/money"
)

// A block has the totals of a period. Integers are uvarints:
//
//	block   = count heading* rows
//	heading = currency sub type kind given kinds      in order, each once
//	row     = account heading int(debits) int(credits) postings   by account, then by heading; account less that before

// appendHeadings begins a block.
func appendHeadings(b []byte, list []Heading) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, h := range list {
		for _, v := range []uint64{h.Currency, uint64(h.Sub), h.Type, h.Label.Kind, h.Label.Given, uint64(h.Kinds)} {
			b = binary.AppendUvarint(b, v)
		}
	}
	return b
}

// appendRow adds a row, of an account that is so many numbers behind that of the row before.
func appendRow(b []byte, account, heading uint64, s *Sum) []byte {
	b = binary.AppendUvarint(binary.AppendUvarint(b, account), heading)
	b = s.Credits.AppendBinary(s.Debits.AppendBinary(b))
	return binary.AppendUvarint(b, s.Postings)
}

// A Block is the totals of a period, which are read one after another.
type Block struct {
	Headings []Heading
	Account  uint64 // of the row
	Heading  int    // of the row, in Headings
	Sum      Sum
	Err      error

	r codec.Reader
}

// newBlock begins to read a block.
func newBlock(bytes []byte) *Block {
	b := &Block{r: codec.Reader{B: bytes}}
	for range b.r.Count() {
		h := Heading{Currency: b.r.Uint(), Sub: uint8(b.r.Uint()), Type: b.r.Uint()}
		h.Label, h.Kinds = codec.Label{Kind: b.r.Uint(), Given: b.r.Uint()}, uint8(b.r.Uint())
		b.Headings = append(b.Headings, h)
	}
	b.Err = b.r.Err
	return b
}

// Next goes to the next row, and reports whether there is one. Where the block is damaged there is none, and Err is
// set.
func (b *Block) Next() bool {
	if len(b.r.B) == 0 || b.Err != nil {
		return false
	}
	b.Account += b.r.Uint()
	heading := b.r.Uint()
	b.Sum = Sum{b.r.Money(), b.r.Money(), b.r.Uint()}
	if b.Err = b.r.Err; b.Err == nil && heading >= uint64(len(b.Headings)) {
		b.Err = errors.New("a row names no heading")
	}
	b.Heading = int(heading)
	return b.Err == nil
}

// mergeBlocks makes one block of several of one period. Rows of one account and heading become one.
func mergeBlocks(list [][]byte) (merged []byte, err error) {
	if len(list) == 1 {
		return list[0], nil
	}
	var all []Heading
	var left []*merging
	for _, bytes := range list {
		m := &merging{Block: newBlock(bytes)}
		all = append(all, m.Headings...)
		left = append(left, m)
	}
	slices.SortFunc(all, Heading.compare)
	all = slices.Compact(all)
	for i := 0; i < len(left); {
		m := left[i]
		for _, h := range m.Headings {
			n, _ := slices.BinarySearchFunc(all, h, Heading.compare)
			m.numbers = append(m.numbers, uint64(n))
		}
		if m.next() {
			i++
		} else if left = slices.Delete(left, i, i+1); m.Err != nil {
			return nil, m.Err
		}
	}
	merged = appendHeadings(nil, all)
	before := uint64(0)
	for len(left) > 0 {
		account, heading := left[0].Account, left[0].number
		for _, m := range left[1:] {
			if m.Account < account || m.Account == account && m.number < heading {
				account, heading = m.Account, m.number
			}
		}
		var sum Sum
		for i := 0; i < len(left); {
			m := left[i]
			if m.Account == account && m.number == heading {
				sum.Join(&m.Sum)
				if !m.next() {
					if m.Err != nil {
						return nil, m.Err
					}
					left = slices.Delete(left, i, i+1)
					continue
				}
			}
			i++
		}
		merged = appendRow(merged, account-before, heading, &sum)
		before = account
	}
	return merged, nil
}

// A merging is a block that is being merged with others.
type merging struct {
	*Block
	numbers []uint64 // of its headings among those of all
	number  uint64   // of the row's heading among those of all
}

// next goes to the next row.
func (m *merging) next() bool {
	if !m.Next() {
		return false
	}
	m.number = m.numbers[m.Heading]
	return true
}

// A Print stands for totals, whatever they were added up in: the print of all is the sum of the prints of the parts. So
// totals in a file are compared with a walk along the journal that keeps none. It finds errors, and is no protection
// against intent; the sums of the files are.
type Print uint64

// hash stands for a heading in prints.
func (h Heading) hash() (x uint64) {
	for _, v := range []uint64{h.Currency, uint64(h.Sub), h.Type, h.Label.Kind, h.Label.Given, uint64(h.Kinds)} {
		x = mix(x ^ v)
	}
	return x
}

// printOf is the print of a sum of an account under the heading with the given hash.
func printOf(heading, account uint64, s *Sum) Print {
	x := mix(heading ^ mix(account))
	// Multipliers are odd, so no amount but 0 modulo 2^64 disappears.
	return Print(mix(x^1)|1)*low(s.Debits) + Print(mix(x^2)|1)*low(s.Credits) + Print(mix(x^3)|1)*Print(s.Postings)
}

// low is an amount modulo 2^64, of which the sum of amounts is the sum.
func low(i money.Int) Print {
	if v, ok := i.Int64(); ok {
		return Print(v)
	}
	b := i.AppendBinary(nil) // with the sign in the lowest bit
	v := uint64(b[0]&0x7f) >> 1
	for n, c := range b[1:] {
		v |= uint64(c&0x7f) << (7*n + 6) // what is shifted out is a multiple of 2^64
	}
	if b[0]&1 != 0 {
		v = ^v
	}
	return Print(v)
}

// mix spreads a number over 64 bits, with the multipliers of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9E3779B97F4A7C15
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
