// Package providers says what payment providers tell a platform, in one form for all of them.
//
// An [Adapter] knows one provider. It reads the provider's reports ([Adapter.Open]) and notifications
// ([Adapter.Notified]) and turns them into [Outcome] values: what happened, to which payment, and how much, in
// minor units of ISO 4217. What to make of an outcome, and whether the books agree with it, is package
// reconcile's matter.
//
// The adapters are in the packages below this one; each says in its package comment which documents of its provider it
// follows, and what it had to infer. A program that needs them all takes providers/all's [Registry].
//
// Nothing here does any input or output of its own.
package providers

import (
	"fmt"
	"io"
	"maps"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
)

// An Adapter reads what one provider says. Its methods may be called by several goroutines at once.
type Adapter interface {
	// Name is the name of the provider: of its scheme, and of its account in the books.
	Name() string

	// Formats lists the reports that Open reads, for people.
	Formats() []Format

	// Open begins to read a report as a stream. Which report it is, is told from its content. The error says what was
	// expected and found where it is none that the adapter knows.
	Open(r io.Reader, o ReportOptions) (Report, error)

	// Notified authenticates a notification and says what it tells, possibly nothing. The error is
	// [ErrUnauthenticated] where it does not prove that it comes from the provider, and else says what could
	// not be read.
	Notified(n *Notification, k Keys) ([]Outcome, error)
}

// A KeyChecker is an [Adapter] that tells keys which cannot be the provider's, so that a program refuses them
// when it starts, and not each notification later.
type KeyChecker interface {
	// CheckKeys returns an error that says which of the keys is wrong and how, without showing it.
	CheckKeys(Keys) error
}

// A ModeTeller is an [Adapter] of a provider that tells what is of its test mode. Such an adapter refuses what is live
// where test mode is asked for, and, where a signature does not tell the modes apart, the other way round.
type ModeTeller interface {
	// TellsMode says by what: "livemode".
	TellsMode() string
}

// OfMode refuses what is of the other mode than is asked for. The member says it, such as "livemode".
func OfMode(member string, live, test bool) error {
	if live != test {
		return nil
	}
	modes := map[bool]string{true: "live", false: "test"}
	return fmt.Errorf("%s: expected what is of %s %w, found what is of %s mode", member, modes[!test], ErrMode, modes[live])
}

// A Format is one kind of report.
type Format struct {
	Name string // "settlement details report"
	Doc  string // what it is good for, and where the provider documents it

	// The accounts for which the report is complete. A transfer or payout of such an account that is in the books but
	// in no report counts as missing at the provider.
	Transfers, Payouts Reach
}

// A Reach says for which accounts a report lists all transfers, or all payouts, up to its newest line.
type Reach uint8

// OfNone, the zero Reach, is of reports that have no such list, or not a complete one.
const (
	OfNone     Reach = iota
	OfPlatform       // the platform's own account
	OfReported       // the one account that the report is of, which all its outcomes name
	OfAll            // all accounts that are held at the provider
)

// A Report is a stream of outcomes. It is not for several goroutines.
type Report interface {
	// Format is the name of its [Format].
	Format() string

	// Next returns the next outcome. The error is a [*LineError] where a line could not be read, after which
	// Next goes on; [io.EOF] after the last line, where the report is whole; and any other where it cannot be
	// read on.
	Next() (Outcome, error)
}

// ReportOptions say what a report leaves open. The zero value is useful.
type ReportOptions struct {
	Table money.Table // exponents of currencies

	// Account is the account at the provider that the report is of, where the report does not say (Xendit's);
	// default the platform's.
	Account string

	// Zone is the time zone of times that have none; default what the provider documents, else UTC.
	Zone *time.Location

	// Dates is the order of day and month in dates such as 2/11/25: "dmy" or "mdy"; by default such dates are not read.
	Dates string

	// Decimal is the decimal sign: "." or ","; by default the provider's, and the other where no doubt is possible.
	Decimal string

	// TestMode says that reports of the provider's test mode are asked for, and not live ones; see [ModeTeller].
	TestMode bool
}

// A Notification is an HTTP request that a provider sent to the platform's endpoint, or claims to have.
type Notification struct {
	Method   string // default POST
	Path     string // of the endpoint, with the query, as the provider called it
	Header   textproto.MIMEHeader
	Body     []byte    // as received, byte for byte
	Received time.Time // when it came in
}

// Keys are what notifications of a provider are authenticated with.
type Keys struct {
	// keys, tokens or public keys as the provider shows them; any one will do, so that they can be changed
	Secrets []string

	// MaxAge is how old a notification may be where its time is authenticated; default what the provider's own
	// repetitions take: [DefaultMaxAge], or what its adapter says. It may be as far in the future as clocks
	// differ: [ClockSkew].
	MaxAge time.Duration

	// TestMode says that notifications of the provider's test mode are asked for, and not live ones; see [ModeTeller].
	TestMode bool
}

// DefaultMaxAge is how old a notification may be of a provider that repeats them for up to a day, as most do.
const DefaultMaxAge = 24 * time.Hour

// ClockSkew is how far in the future the time of a notification may be.
const ClockSkew = 5 * time.Minute

// Fresh reports whether a time that a notification was sent at is neither too old nor in the future when it is
// received.
func (k Keys) Fresh(sent, received time.Time) bool {
	age := k.MaxAge
	if age == 0 {
		age = DefaultMaxAge
	}
	return !sent.Before(received.Add(-age)) && !sent.After(received.Add(ClockSkew))
}

// A Registry has adapters by name. The zero value is empty.
type Registry struct{ byName map[string]Adapter }

// NewRegistry returns a registry of the given adapters. It panics if two have one name.
func NewRegistry(adapters ...Adapter) Registry {
	r := Registry{make(map[string]Adapter, len(adapters))}
	for _, a := range adapters {
		if r.byName[a.Name()] != nil {
			panic("providers: two adapters have the name " + a.Name())
		}
		r.byName[a.Name()] = a
	}
	return r
}

// ByName returns the adapter of a provider.
func (r Registry) ByName(name string) (Adapter, error) {
	if a := r.byName[name]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("expected one of the providers %s, found %q", strings.Join(r.Names(), ", "), name)
}

// Names returns the names of all adapters, sorted.
func (r Registry) Names() []string { return slices.Sorted(maps.Keys(r.byName)) }
