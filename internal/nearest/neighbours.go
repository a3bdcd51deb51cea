package nearest

import (
	"iter"
	"slices"
	"strings"
)

// letters are what names are made of: what a name may have by mistake is among them.
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/"

// longest is the length of names up to which each letter is tried in each place.
const longest = 32

// Neighbours yields the names that one mistake makes of another: other capitals throughout, or one letter that is left
// out, put in, changed or swapped with its neighbour. It is for names that can be asked for one by one, and that are too
// many to look through. Of a name of 16 letters there are some 2,200.
func Neighbours(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, other := range []string{strings.ToLower(name), strings.ToUpper(name), strings.TrimSpace(name)} {
			if other != name && !yield(other) {
				return
			}
		}
		b := []byte(name)
		for i := range b {
			if !yield(string(slices.Delete(slices.Clone(b), i, i+1))) {
				return
			}
			if i > 0 && b[i] != b[i-1] {
				swapped := slices.Clone(b)
				swapped[i], swapped[i-1] = b[i-1], b[i]
				if !yield(string(swapped)) {
					return
				}
			}
		}
		for i := 0; i <= len(b) && len(b) <= longest; i++ {
			for _, c := range []byte(letters) {
				if !yield(name[:i] + string(c) + name[i:]) {
					return
				}
				if i < len(b) && b[i] != c && !yield(name[:i]+string(c)+name[i+1:]) {
					return
				}
			}
		}
	}
}
