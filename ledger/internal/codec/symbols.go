package codec

import (
	"fmt"
	"slices"
)

// Symbols numbers the few texts that records use again and again: currencies, split types, provider names.
// A symbol gets its number in the record that first uses it. Number 0 is the empty one.
type Symbols struct {
	List   []string
	places []uint16 // an open-addressing table of numbers, each plus 1; 0 where there is none
}

// MaxSymbols is how many symbols there can be, and maxNames how many there may be for a name that people choose to be
// added: so names can fill the table up to there, and what a program itself has words for is never refused for them.
const (
	MaxSymbols = 1<<16 - 2
	maxNames   = 4096
)

// NewSymbols numbers the symbols of a list, which others may go on to append to.
func NewSymbols(list []string) Symbols {
	s := Symbols{List: slices.Clip(list)}
	s.rebuild()
	return s
}

// rebuild makes a table for twice as many symbols as there are, half full then.
func (s *Symbols) rebuild() {
	size := 64
	for size < 4*len(s.List) {
		size *= 2
	}
	s.places = make([]uint16, size)
	for n, symbol := range s.List {
		*s.place(symbol) = uint16(n + 1)
	}
}

// place returns where the number of a symbol is, or would be.
func (s *Symbols) place(symbol string) *uint16 {
	last := uint64(len(s.places) - 1)
	for i := hashOf(symbol) & last; ; i = (i + 1) & last {
		if n := s.places[i]; n == 0 || s.List[n-1] == symbol {
			return &s.places[i]
		}
	}
}

// hashOf makes a number of a symbol's length, beginning and end, in which symbols differ.
func hashOf(symbol string) uint64 {
	n := uint64(len(symbol))
	if n < 4 {
		for i := range len(symbol) {
			n = n<<8 | uint64(symbol[i])
		}
		return n * 0x9E3779B97F4A7C15 >> 32
	}
	e := symbol[len(symbol)-4:]
	n ^= uint64(symbol[0]) | uint64(symbol[1])<<8 | uint64(symbol[2])<<16 | uint64(symbol[3])<<24
	n ^= (uint64(e[0]) | uint64(e[1])<<8 | uint64(e[2])<<16 | uint64(e[3])<<24) << 32
	return n * 0x9E3779B97F4A7C15 >> 32
}

// Number returns the number of a symbol, or false if it has none.
func (s *Symbols) Number(symbol string) (uint16, bool) {
	if n := *s.place(symbol); n > 0 {
		return n - 1, true
	}
	return 0, false
}

// Add numbers a new symbol.
func (s *Symbols) Add(symbol string) uint16 {
	n := uint16(len(s.List))
	s.List = append(s.List, symbol)
	if 2*len(s.List) > len(s.places) {
		s.rebuild()
	} else {
		*s.place(symbol) = n + 1
	}
	return n
}

// Truncate takes back all symbols but the first n.
func (s *Symbols) Truncate(n int) {
	if n < len(s.List) {
		s.List = s.List[:n]
		s.rebuild()
	}
}

// Symbol returns a symbol of a list.
func Symbol(list []string, n uint64) (string, error) {
	if n >= uint64(len(list)) {
		return "", fmt.Errorf("word %d of %d", n, len(list))
	}
	return list[n], nil
}
