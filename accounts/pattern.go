package accounts

import "strings"

// Matches reports whether a text is as a pattern says, in which * stands for any characters, also
// for none. The pieces between the stars are looked for from left to right, each at its first
// place: if that fails, a later place would fail too.
func Matches(pattern, text string) bool {
	first, rest, many := strings.Cut(pattern, "*")
	text, ok := strings.CutPrefix(text, first)
	if !ok || !many {
		return ok && text == ""
	}
	for part, more, again := strings.Cut(rest, "*"); again; part, more, again = strings.Cut(more, "*") {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text, rest = text[at+len(part):], more
	}
	return strings.HasSuffix(text, rest)
}
