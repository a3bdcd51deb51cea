package bank

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The texts of a line: reading the field :86:, and finding names in them.

// describe adds the text of a field :86: to a line. Where it has the subfields of German and Polish banks (?00 to
// ?63, at any place of a line), those of the purpose are one text, those of the name another; elsewhere it is
// taken as it stands.
//
//	:86:166?00CREDIT TRANSFER?20EREF+BATCH7?21SVWZ+PAYOUT?32ADYEN N.V.     subfields
//	:86:ADYEN N.V. BATCH 7 PAYOUT                                          text as it stands
//
// The pieces of the purpose are joined without a space, since banks cut it every 27 characters, in the
// middle of a name.
func describe(l *Line, lines []string) {
	text := strings.Join(lines, "")
	if !structured(text) {
		l.Text = append(l.Text, names(lines...)...)
		return
	}
	var purpose, party, other strings.Builder
	for _, s := range subfields(text) {
		switch code := s[:2]; {
		case "20" <= code && code <= "29", "60" <= code && code <= "63":
			if sepaTag(s[2:]) {
				purpose.WriteByte(' ')
			}
			purpose.WriteString(s[2:])
		case code == "32", code == "33":
			party.WriteString(s[2:])
		case code == "00", code == "10":
			other.WriteString(s[2:] + " ")
		}
	}
	l.Text = append(l.Text, names(other.String(), purpose.String())...)
	if name := known(party.String()); name != "" {
		l.Party = name
	}
}

// subfields cuts a text into its subfields, each behind its code. They are returned in the order of the codes,
// as some banks write them in another.
func subfields(text string) []string {
	var all []string
	for _, s := range strings.Split(text, "?")[1:] {
		if digits(s) < 2 && len(all) > 0 { // a question mark in the text
			all[len(all)-1] += "?" + s
			continue
		}
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b string) int { return cmp.Compare(a[:2], b[:2]) })
	return all
}

// sepaTag reports whether a text begins like EREF+ or SVWZ+, which the name of what went before does not run into.
func sepaTag(s string) bool {
	if len(s) < 5 || s[4] != '+' {
		return false
	}
	for i := range 4 {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return true
}

// structured reports whether a text is made of subfields: three digits, then ?NN.
func structured(text string) bool {
	text = strings.TrimSpace(text)
	return digits(text) == 3 && len(text) > 6 && text[3] == '?' && digits(text[4:6]) == 2
}

// clip shortens what is found, for a message.
func clip(s string) string {
	if len(s) <= 60 {
		return s
	}
	return strings.ToValidUTF8(s[:57], "") + "…"
}

// words is the text of a line to look for names in.
type words struct {
	spaced string // pieces with spaces between them
	joined string // the same without, since banks break names between pieces

	batches []string // numbers of batches, once they were looked for
}

// wordsOf returns the words of a line in capitals.
func wordsOf(l *Line) *words {
	all := append(append(names(l.Party), l.References...), l.Text...)
	return &words{spaced: strings.ToUpper(strings.Join(all, " ")), joined: strings.ToUpper(strings.Join(all, ""))}
}

// longName is how many characters a name needs to be certain wherever it stands.
const longName = 8

// name reports whether the words have a name in them, which stands by itself or is a long one.
func (w *words) name(name string) bool {
	name = strings.ToUpper(strings.TrimSpace(name))
	return name != "" && w.capitals(name)
}

// capitals is name for a name in capitals, which is not empty. A long name counts wherever it stands, also across
// pieces that the bank has broken; a short one only between characters that are no letters and digits.
// So "ADYEN" is not found in "BADYENS", and a batch 7 not in the number 1724.
func (w *words) capitals(name string) bool {
	if utf8.RuneCountInString(name) >= longName && strings.Contains(w.joined, name) {
		return true
	}
	for from := 0; ; {
		at := strings.Index(w.spaced[from:], name)
		if at < 0 {
			return false
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(w.spaced[:at])
		after, _ := utf8.DecodeRuneInString(w.spaced[at+len(name):])
		if (at == 0 || !wordRune(before)) && (at+len(name) == len(w.spaced) || !wordRune(after)) {
			return true
		}
		from = at + 1
		if from >= len(w.spaced) {
			return false
		}
	}
}

// wordRune reports whether a character goes on with a word, so that a name beside it does not stand by itself.
func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// tokens returns what may be names in a line.
func tokens(l *Line) []string {
	return tokensOf(append(append([]string(nil), l.References...), l.Text...))
}

// tokensOf returns what may be names: pieces between white space, without what stands around them.
// A piece is returned cut at slashes and commas and also uncut, as either may be part of a name.
func tokensOf(texts []string) []string {
	var all []string
	for _, t := range texts {
		all = append(all, t)
		for _, w := range strings.FieldsFunc(t, separates) {
			all = append(all, strings.Trim(w, `.:()[]"'`))
		}
		for _, w := range strings.Fields(t) {
			all = append(all, strings.Trim(w, `.:;,()[]"'`))
		}
	}
	return all
}

// separates reports whether a character stands between the names in a text.
func separates(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("/+,;", r) }
