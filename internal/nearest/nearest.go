// Package nearest finds which of some names was probably meant by one that is none of them.
package nearest

import (
	"iter"
	"math/bits"
)

// Name returns the one of some names that is the most like a name, "" if none is as near as at most so many wrong
// letters. Of several that are as near, it is the first. It is for hints in refusals, such as a provider's name that is
// misspelt.
func Name(name string, most int, of iter.Seq[string]) (near string) {
	least, letters := most, lettersOf(name)
	for known := range of {
		// Of many names most are ruled out here: a letter that only one of two names has takes a mistake of its own, or
		// shares it with one that only the other has.
		other := lettersOf(known)
		if max(bits.OnesCount64(letters&^other), bits.OnesCount64(other&^letters)) > least {
			continue
		}
		if d := distance(name, known, least+1); d <= least {
			near, least = known, d-1
		}
	}
	return near
}

// lettersOf is the set of the bytes of a name, several of which share a bit.
func lettersOf(name string) (set uint64) {
	for i := range len(name) {
		set |= 1 << (name[i] & 63)
	}
	return set
}

// distance counts the letters to be put in, left out, changed or swapped with their neighbour to make one name
// of the other (Damerau and Levenshtein), or returns limit where that is no less.
func distance(a, b string, limit int) int {
	if max(len(a), len(b))-min(len(a), len(b)) >= limit {
		return limit
	}
	// rows[i][j] is the distance of the first i bytes of a from the first j of b.
	rows, width := make([][]int, len(a)+1), len(b)+1
	cells := make([]int, len(rows)*width)
	for i := range rows {
		rows[i] = cells[i*width : (i+1)*width]
		rows[i][0] = i
	}
	for j := range len(b) {
		rows[0][j+1] = j + 1
	}
	for i := range len(a) {
		least := i + 1
		for j := range len(b) {
			d := min(rows[i][j+1], rows[i+1][j]) + 1
			if a[i] == b[j] {
				d = min(d, rows[i][j])
			} else {
				d = min(d, rows[i][j]+1)
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
			least = min(least, d)
		}
		// No later row can come to less than this one, so the names are too far apart.
		if least > limit { // a swap looks two rows back, and takes 1 at least
			return limit
		}
	}
	return min(rows[len(a)][len(b)], limit)
}
