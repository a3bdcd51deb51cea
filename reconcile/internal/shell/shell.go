// Package shell writes commands that a person copies into a shell.
package shell

import "strings"

// plain are the characters that no shell takes for something else than themselves.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/=@%+,"

// Quote returns a word as a shell reads it: as it is, or in quotes.
func Quote(s string) string {
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
