// The shapes of plain values: texts, words, accounts, days, times, numbers. Each says how its value is read, checked,
// written, stored and compared. Amounts are in amounts.go.

package wire

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
)

// Limits of an event.
const (
	MaxID          = 64   // characters of an event's id
	MaxName        = 128  // characters of a payment, capture, refund, batch or reference
	MaxDescription = 300  // bytes
	MaxSplits      = 5000 // splits of an event, and postings of an entry
	// bytes of such a name, because the ledger limits the bytes of its keys
	maxNameBytes  = 256
	maxFees       = 100
	maxOverdrafts = 200
)

// text is the shape of a string of 1 to so many characters, none of them a control character.
// Bytes are limited besides characters, because keys of the ledger are limited by bytes.
func text(what string, characters, bytes int) *shape[string] {
	return &shape[string]{
		what:   what,
		glance: glance{printable, min(characters, bytes)},
		read: func(r *jsonl.Scanner, s *string) *ledger.Error {
			v, err := r.String(what)
			if err == nil && v == "" {
				err = expected(what, `""`)
			}
			*s = v
			return err
		},
		check:  func(s *string) *ledger.Error { return checkText(what, *s, characters, bytes) },
		write:  func(b []byte, s *string) []byte { return jsonl.AppendString(b, *s) },
		store:  func(e *encoder, s *string) { e.String(*s) },
		load:   func(d *decoder, s *string) { *s = d.String() },
		differ: func(a, b *string) *Difference { return differStrings(*a, *b) },
	}
}

// checkText refuses text that is too long, is not UTF-8 or has control characters. Texts end up in terminals, CSV files
// and bank statements, which control characters would upset. Characters and bytes are counted apart, as an "é" is one
// character and two bytes.
func checkText(what, s string, characters, bytes int) *ledger.Error {
	if len(s) > bytes {
		return expected(what, strconv.Itoa(len(s))+" bytes")
	}
	if !utf8.ValidString(s) {
		return expected(what+" of valid UTF-8", quote(s))
	}
	if n := utf8.RuneCountInString(s); n > characters {
		return expected(what, strconv.Itoa(n)+" characters")
	}
	if i := strings.IndexFunc(s, unicode.IsControl); i >= 0 {
		return expected(what+" without control characters", quote(s))
	}
	return nil
}

// differStrings compares two values by their text.
func differStrings(a, b string) *Difference {
	if a == b {
		return nil
	}
	return &Difference{"", quote(a), quote(b)}
}

// words are the words of lists that look like names of providers.
var words = map[string]bool{}

// IsWord reports whether records have s as a word, by [ledger.Encoder.Symbol], although it looks like the name of a
// provider.
func IsWord(s string) bool { return words[s] || types[Type(s)] != nil }

// word is the shape of a string out of a list. Words are stored as symbols. A word that is stored as a symbol takes one
// byte or two after its first use. It fails with [ledger.Invalid] and the list of words.
func word[T ~string](noun string, of ...T) *shape[string] {
	names := make([]string, len(of))
	for i, w := range of {
		names[i] = string(w)
	}
	what := noun + ": " + strings.Join(names, ", ")
	for _, w := range names {
		if ValidProvider(w) {
			words[w] = true
		}
	}
	is := text(what, MaxName, maxNameBytes)
	is.glance = glance{}
	is.read = func(r *jsonl.Scanner, s *string) *ledger.Error {
		v, err := r.String(what)
		if err != nil {
			return err
		}
		for _, w := range names {
			if w == v {
				*s = w
				return nil
			}
		}
		return expected(what, quote(v))
	}
	is.check = func(s *string) *ledger.Error {
		if slices.Contains(names, *s) {
			return nil
		}
		return expected(what, quote(*s))
	}
	is.store = func(e *encoder, s *string) { e.Symbol(*s) }
	is.load = func(d *decoder, s *string) { *s = d.Symbol() }
	return is
}

// The shapes of strings that are of the caller's choice.
var (
	eventID     = text("a string of 1 to 64 characters", MaxID, maxNameBytes)
	name        = text("a string of 1 to 128 characters", MaxName, maxNameBytes)
	description = text("a string of 1 to 300 bytes", MaxDescription, MaxDescription)
	holder      = text("a string of 1 to 256 bytes", accounts.MaxHolder, accounts.MaxHolder)
)

// ProviderForm says in messages what the name of a provider looks like.
const ProviderForm = "a provider's name: 1 to 32 of a-z, 0-9, _ and -, a letter or digit first"

// providerName is the shape of a provider's name.
var providerName = func() *shape[string] {
	const what = ProviderForm
	is := text(what, 32, 32)
	// The quick check is only of letters and digits; names with - and _ get the full one.
	is.glance.of = lower
	is.check = func(s *string) *ledger.Error {
		if !ValidProvider(*s) {
			return expected(what, quote(*s))
		}
		return nil
	}
	is.store = func(e *encoder, s *string) { e.Name(*s) }
	is.load = func(d *decoder, s *string) { *s = d.Symbol() }
	return is
}()

// day is the shape of a day in UTC. It is a text and no time, because a day has no time zone until it is said: here
// UTC.
var day = func() *shape[string] {
	const what = "a day from 1970-01-01 to 2199-12-31, such as 2026-03-31"
	is := text(what, len(time.DateOnly), len(time.DateOnly))
	is.glance = glance{}
	is.check = func(s *string) *ledger.Error {
		if d, err := time.Parse(time.DateOnly, *s); err != nil || d.Year() < 1970 || d.Year() > 2199 {
			return expected(what, quote(*s))
		}
		return nil
	}
	return is
}()

// schemeName is the shape of a scheme's name. It is no word of the records: those are names of providers that are used.
var schemeName = func() *shape[string] {
	is := *providerName
	is.what = "a scheme: 1 to 32 of a-z, 0-9, _ and -"
	is.store = func(e *encoder, s *string) { e.String(*s) }
	is.load = func(d *decoder, s *string) { *s = d.String() }
	return &is
}()

// ValidProvider reports whether s may be the name of a provider or a scheme. Names are parts of account ids
// (provider:adyen), so they have few characters and no capitals.
func ValidProvider(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || i > 0 && (c == '_' || c == '-')) {
			return false
		}
	}
	return 0 < len(s) && len(s) <= 32
}

// accountID is the shape of an account.
var accountID = func() *shape[string] {
	const what = "an account: 1 to 128 of A-Z, a-z, 0-9 and :_./@-"
	is := text(what, accounts.MaxID, accounts.MaxID)
	is.glance.of = ofAccounts
	is.check = func(id *string) *ledger.Error {
		if _, err := accounts.Parse(*id); err != nil {
			return accountError(err)
		}
		return nil
	}
	is.store = func(e *encoder, id *string) { e.Account(accounts.ID(*id)) }
	is.load = func(d *decoder, id *string) { *id = string(d.Account()) }
	return is
}()

// ruleAccountID is the shape of an account in a rule, which may be that of the payment.
var ruleAccountID = func() *shape[string] {
	is := *accountID
	is.what += ", or " + string(PaymentAccount) + " for the payment's"
	is.check = func(id *string) *ledger.Error {
		if accounts.ID(*id) == PaymentAccount {
			return nil
		}
		return accountID.check(id)
	}
	return &is
}()

// accountError turns an error of package accounts into one about the same value. An event's caller should see the same
// words whichever package has found the mistake.
func accountError(err error) *ledger.Error {
	if e, ok := err.(*accounts.Error); ok {
		return expected(e.Expected, e.Found)
	}
	return ledger.Errorf(ledger.Invalid, "%s", err)
}

// accountKind is the shape of an account's kind.
var accountKind = &shape[accounts.Kind]{
	what: "a kind of account: sub, provider or bank",
	read: func(r *jsonl.Scanner, k *accounts.Kind) *ledger.Error {
		s, err := r.String("a kind of account: sub, provider or bank")
		if err != nil {
			return err
		}
		parsed, perr := accounts.ParseKind(s)
		if perr != nil {
			return accountError(perr)
		}
		*k = parsed
		return nil
	},
	check: func(k *accounts.Kind) *ledger.Error {
		if !k.Valid() {
			return expected("a kind of account", strconv.Itoa(int(*k)))
		}
		return nil
	},
	write:  func(b []byte, k *accounts.Kind) []byte { return jsonl.AppendString(b, k.String()) },
	store:  func(e *encoder, k *accounts.Kind) { e.Uint(uint64(*k)) },
	load:   func(d *decoder, k *accounts.Kind) { *k = accounts.Kind(d.Uint()) },
	differ: func(a, b *accounts.Kind) *Difference { return differStrings(a.String(), b.String()) },
}

// subBalance is the shape of a sub-balance; available, the default, counts as absent.
var subBalance = &shape[ledger.Sub]{
	what: "pending, available or reserved",
	read: func(r *jsonl.Scanner, s *ledger.Sub) *ledger.Error {
		v, err := r.String("pending, available or reserved")
		if err != nil {
			return err
		}
		for _, sub := range []ledger.Sub{ledger.Available, ledger.Pending, ledger.Reserved} {
			if sub.String() == v {
				*s = sub
				return nil
			}
		}
		return expected("pending, available or reserved", quote(v))
	},
	check: func(s *ledger.Sub) *ledger.Error {
		if *s > ledger.Reserved {
			return expected("pending, available or reserved", strconv.Itoa(int(*s)))
		}
		return nil
	},
	write:  func(b []byte, s *ledger.Sub) []byte { return jsonl.AppendString(b, s.String()) },
	store:  func(e *encoder, s *ledger.Sub) { e.Uint(uint64(*s)) },
	load:   func(d *decoder, s *ledger.Sub) { *s = ledger.Sub(d.Uint()) },
	differ: func(a, b *ledger.Sub) *Difference { return differStrings(a.String(), b.String()) },
}

// truth is the shape of a field that is true or left out. False is refused, so that there is one way to say no: leaving
// the field out.
var truth = &shape[bool]{
	what: "true",
	read: func(r *jsonl.Scanner, f *bool) *ledger.Error {
		if r.Space() != 't' {
			return r.Mismatch("true, or the field left out")
		}
		*f = true
		_, err := r.Literal()
		return err
	},
	check: func(*bool) *ledger.Error { return nil },
	write: func(b []byte, _ *bool) []byte { return append(b, "true"...) },
	// That the field is given says all.
	store:  func(*encoder, *bool) {},
	load:   func(_ *decoder, f *bool) { *f = true },
	differ: func(_, _ *bool) *Difference { return nil },
}

// entryNumber is the shape of the number of an entry. Numbers count from 1 and fit into an int64, which most databases
// and languages have.
var entryNumber = &shape[uint64]{
	what: "the number of an entry: a whole number from 1",
	read: func(r *jsonl.Scanner, n *uint64) *ledger.Error {
		const what = "the number of an entry: a whole number from 1"
		s, err := r.Number(what)
		if err != nil {
			return err
		}
		v, perr := strconv.ParseUint(s, 10, 63)
		if perr != nil || v == 0 {
			return expected(what, s)
		}
		*n = v
		return nil
	},
	check: func(n *uint64) *ledger.Error {
		if *n > 1<<63-1 {
			return expected("the number of an entry", strconv.FormatUint(*n, 10))
		}
		return nil
	},
	write: func(b []byte, n *uint64) []byte { return strconv.AppendUint(b, *n, 10) },
	store: func(e *encoder, n *uint64) { e.Uint(*n) },
	load:  func(d *decoder, n *uint64) { *n = d.Uint() },
	differ: func(a, b *uint64) *Difference {
		return differStrings(strconv.FormatUint(*a, 10), strconv.FormatUint(*b, 10))
	},
}

// momentWhat says in messages what a time looks like.
const momentWhat = "a time as in RFC 3339 with its offset, from 1970 to 2199"

// moment is the shape of a time. The offset is not kept: instants are compared.
var moment = &shape[time.Time]{
	what: momentWhat,
	read: func(r *jsonl.Scanner, t *time.Time) *ledger.Error {
		s, err := r.String(momentWhat)
		if err != nil {
			return err
		}
		parsed, ok := jsonl.Time(s)
		if !ok {
			return expected(momentWhat, quote(s))
		}
		// The zero time stands for none in Go.
		if *t = parsed.UTC(); t.IsZero() {
			return expected(momentWhat, quote(s))
		}
		return nil
	},
	// Outside of these years a time is most often a mistake in units, such as milliseconds read as seconds.
	check: func(t *time.Time) *ledger.Error {
		if y := t.UTC().Year(); y < 1970 || y > 2199 {
			return expected(momentWhat, t.UTC().Format(time.RFC3339Nano))
		}
		return nil
	},
	write: func(b []byte, t *time.Time) []byte {
		b = append(b, '"')
		b = t.UTC().AppendFormat(b, time.RFC3339Nano)
		return append(b, '"')
	},
	store: func(e *encoder, t *time.Time) { e.Time(*t) },
	load:  func(d *decoder, t *time.Time) { *t = d.Time() },
	differ: func(a, b *time.Time) *Difference {
		if a.Equal(*b) {
			return nil
		}
		return differStrings(a.UTC().Format(time.RFC3339Nano), b.UTC().Format(time.RFC3339Nano))
	},
}

// metadataWhat says in messages what metadata look like.
const metadataWhat = "an object of 1 to 50 strings, keys of 1 to 64 bytes, values of at most 512"

// metadata is the shape of the caller's own strings.
var metadata = &shape[map[string]string]{
	what: metadataWhat,
	read: readMetadata,
	check: func(m *map[string]string) *ledger.Error {
		if len(*m) > accounts.MaxMetadataKeys {
			return expected(metadataWhat, strconv.Itoa(len(*m)))
		}
		for k, v := range *m {
			if k == "" || len(k) > accounts.MaxMetadataKey || len(v) > accounts.MaxMetadataValue ||
				!utf8.ValidString(k) || !utf8.ValidString(v) {
				return expected(metadataWhat, quote(k)+": "+quote(v))
			}
		}
		return nil
	},
	write: func(b []byte, m *map[string]string) []byte {
		b = append(b, '{')
		// Sorted, so that equal metadata are written and stored alike.
		for i, k := range slices.Sorted(maps.Keys(*m)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(jsonl.AppendString(b, k), ':')
			b = jsonl.AppendString(b, (*m)[k])
		}
		return append(b, '}')
	},
	store: func(e *encoder, m *map[string]string) {
		e.Uint(uint64(len(*m)))
		for _, k := range slices.Sorted(maps.Keys(*m)) {
			e.String(k)
			e.String((*m)[k])
		}
	},
	load: func(d *decoder, m *map[string]string) {
		n := d.Uint()
		if n > accounts.MaxMetadataKeys {
			d.fail("metadata of " + strconv.FormatUint(n, 10) + " keys")
			return
		}
		*m = make(map[string]string, n)
		for range n {
			k := d.String()
			(*m)[k] = d.String()
		}
	},
	differ: func(a, b *map[string]string) *Difference {
		for _, k := range slices.Sorted(maps.Keys(*a)) {
			v, ok := (*b)[k]
			if !ok {
				return &Difference{k, quote((*a)[k]), "nothing"}
			}
			if v != (*a)[k] {
				return &Difference{k, quote((*a)[k]), quote(v)}
			}
		}
		for _, k := range slices.Sorted(maps.Keys(*b)) {
			if _, ok := (*a)[k]; !ok {
				return &Difference{k, "nothing", quote((*b)[k])}
			}
		}
		return nil
	},
}

// newMetadata is the shape of metadata that take the place of others: none may be meant.
var newMetadata = func() *shape[map[string]string] {
	is := *metadata
	is.what = "an object of at most 50 strings, keys of 1 to 64 bytes, values of at most 512; an empty object for none"
	is.read = readStrings
	return &is
}()

// readMetadata reads an object of strings that is not empty: leaving the field out is the one way to say nothing.
func readMetadata(r *jsonl.Scanner, m *map[string]string) *ledger.Error {
	if err := readStrings(r, m); err != nil {
		return err
	}
	if len(*m) == 0 {
		return expected(metadataWhat+" (leave the field out for none)", "{}")
	}
	return nil
}

// readStrings reads an object of strings. A key that comes twice is refused, because readers differ in which one
// counts.
func readStrings(r *jsonl.Scanner, m *map[string]string) *ledger.Error {
	if err := r.Open('{', metadataWhat); err != nil {
		return err
	}
	*m = map[string]string{}
	for {
		key, more, err := r.Name()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if _, had := (*m)[key]; had {
			return in(key, jsonl.Twice(key))
		}
		if (*m)[key], err = r.String("a string of at most 512 bytes"); err != nil {
			return in(key, err)
		}
	}
	return nil
}

// optional is the shape behind a pointer.
func optional[T any](is *shape[T]) *shape[*T] {
	return &shape[*T]{
		what: is.what,
		read: func(r *jsonl.Scanner, p **T) *ledger.Error {
			*p = new(T)
			return is.read(r, *p)
		},
		check:  func(p **T) *ledger.Error { return is.check(*p) },
		write:  func(b []byte, p **T) []byte { return is.write(b, *p) },
		store:  func(e *encoder, p **T) { is.store(e, *p) },
		load:   func(d *decoder, p **T) { *p = new(T); is.load(d, *p) },
		differ: func(a, b **T) *Difference { return is.differ(*a, *b) },
	}
}
