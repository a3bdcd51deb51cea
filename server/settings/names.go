package settings

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// Limits of names and lists.
const (
	maxName = 100  // characters of a name
	maxList = 1000 // ledgers, patterns of accounts, types
)

const ledgerExtension = ".db"

var (
	ledgerName  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	typePattern = regexp.MustCompile(`^(\*|[a-z_]+(\.[a-z_]+)*(\.\*)?)$`)
)

// CheckLedger refuses a text that cannot be a ledger's name.
func CheckLedger(name string) error { return checkLedger("ledger", name) }

func checkLedger(field, name string) error {
	if !ledgerName.MatchString(name) {
		return refuse(ledger.Invalid, field, "expected a ledger's name, 1 to 63 of a–z, 0–9 and - that does not begin "+
			"with -, found %.80q", name)
	}
	return nil
}

// Ledgers returns the names of the ledgers of a data directory, sorted: those of its files NAME.db.
func Ledgers(dir string) ([]string, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), ledgerExtension)
		// A link to a file counts: operators put large files on other disks.
		if ok && !f.IsDir() && ledgerName.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Matches reports whether a text is one of the patterns, each of which is the text or, before a * at its end, what the
// text begins with. No patterns at all match every text.
func Matches(patterns []string, text string) bool {
	for _, p := range patterns {
		if prefix, ok := strings.CutSuffix(p, "*"); p == text || ok && strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return len(patterns) == 0
}

// checkName refuses what is no name for people.
func checkName(field, name string) error {
	n := utf8.RuneCountInString(name)
	switch {
	case n == 0 || n > maxName:
		return refuse(ledger.Invalid, field, "expected 1 to %d characters, found %d", maxName, n)
	case !utf8.ValidString(name):
		return refuse(ledger.Invalid, field, "expected UTF-8, found other bytes")
	case strings.TrimSpace(name) != name || strings.ContainsFunc(name, unicode.IsControl):
		return refuse(ledger.Invalid, field, "expected a name without line ends, other control characters and white "+
			"space around it, found %.80q", name)
	}
	return nil
}

// checkEach refuses a list that is too long, has a text twice, or has one that check refuses.
func checkEach(field string, list []string, check func(field, text string) error) error {
	if len(list) > maxList {
		return refuse(ledger.Invalid, field, "expected at most %d, found %d", maxList, len(list))
	}
	for i, text := range list {
		at := place(field, i)
		if err := check(at, text); err != nil {
			return err
		}
		if slices.Contains(list[:i], text) {
			return refuse(ledger.Invalid, at, "expected each once, found %q again", text)
		}
	}
	return nil
}

// checkLedgers refuses what is not a list of ledgers' names, or * alone.
func checkLedgers(field string, list []string) error {
	if len(list) == 0 {
		return refuse(ledger.Invalid, field, "expected the names of ledgers, or *, found none")
	}
	if slices.Equal(list, []string{All}) {
		return nil
	}
	return checkEach(field, list, checkLedger)
}

// checkAccount refuses what is neither an account's id nor the beginning of some before a *.
func checkAccount(field, text string) error {
	prefix, ok := strings.CutSuffix(text, "*")
	if ok && prefix == "" {
		return nil
	}
	if _, err := accounts.Parse(prefix); err != nil {
		return refuse(ledger.Invalid, field, "expected an account, or what accounts begin with and *, such as "+
			"seller:*, found %.80q", text)
	}
	return nil
}

// checkType refuses what is neither a type of events nor the beginning of some before a *.
func checkType(field, text string) error {
	if len(text) > maxName || !typePattern.MatchString(text) {
		return refuse(ledger.Invalid, field, "expected a type of events, or what types begin with and *, such as "+
			"payment.*, found %.80q", text)
	}
	return nil
}

// place is the path of an element of a list.
func place(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }
