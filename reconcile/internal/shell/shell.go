// Package shell writes commands that a person copies into a shell.
package shell

import "strings"

// Quote returns a word as a shell reads it.
func Quote(s string) string {
	if s != "" && strings.IndexFunc(s, special) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// special reports whether a shell may take a character for something else than itself.
func special(r rune) bool {
	plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' ||
		r >= '0' && r <= '9' || strings.ContainsRune("-_.:/=@%+,", r)
	return !plain
}
