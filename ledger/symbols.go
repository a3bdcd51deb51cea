package ledger

import "slices"

// words numbers the few words that records use again and again: currencies, split types, provider names.
// A word gets its number in the record that first uses it. Number 0 is the empty word.
type symbols struct {
	list   []string
	places []uint16 // an open-addressing table of numbers, each plus 1; 0 where there is none
}

// maxSymbols is how many symbols there can be, and maxNames how many there may be for a name that people choose to be added: so names
// can fill the table up to there, and what a program itself has words for is never refused for them.
const (
	maxSymbols = 1<<16 - 2
	maxNames   = 4096
)

// newSymbols numbers the words of a list, which others may go on to append to.
func newSymbols(list []string) symbols {
	w := symbols{list: slices.Clip(list)}
	w.rebuild()
	return w
}

// rebuild makes a table for twice as many words as there are, half full then.
func (w *symbols) rebuild() {
	size := 64
	for size < 4*len(w.list) {
		size *= 2
	}
	w.places = make([]uint16, size)
	for n, word := range w.list {
		*w.place(word) = uint16(n + 1)
	}
}

// place returns where the number of a word is, or would be.
func (w *symbols) place(word string) *uint16 {
	last := uint64(len(w.places) - 1)
	for i := hashOf(word) & last; ; i = (i + 1) & last {
		if n := w.places[i]; n == 0 || w.list[n-1] == word {
			return &w.places[i]
		}
	}
}

// hashOf makes a number of a word's length, beginning and end, in which symbols differ.
func hashOf(word string) uint64 {
	n := uint64(len(word))
	if n < 4 {
		for i := range len(word) {
			n = n<<8 | uint64(word[i])
		}
		return n * 0x9E3779B97F4A7C15 >> 32
	}
	e := word[len(word)-4:]
	n ^= uint64(word[0]) | uint64(word[1])<<8 | uint64(word[2])<<16 | uint64(word[3])<<24
	n ^= (uint64(e[0]) | uint64(e[1])<<8 | uint64(e[2])<<16 | uint64(e[3])<<24) << 32
	return n * 0x9E3779B97F4A7C15 >> 32
}

// number returns a word's number, or false if it has none.
func (w *symbols) number(word string) (uint16, bool) {
	if n := *w.place(word); n > 0 {
		return n - 1, true
	}
	return 0, false
}

func (w *symbols) add(word string) uint16 {
	n := uint16(len(w.list))
	w.list = append(w.list, word)
	if 2*len(w.list) > len(w.places) {
		w.rebuild()
	} else {
		*w.place(word) = n + 1
	}
	return n
}

func (w *symbols) truncate(n int) {
	if n < len(w.list) {
		w.list = w.list[:n]
		w.rebuild()
	}
}
