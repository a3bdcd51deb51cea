package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers/all"
)

// waitingJSON is a notice that waits: what the provider told, from where, and why it is not booked.
type waitingJSON struct {
	Notice            string      `json:"notice"`
	Provider          string      `json:"provider"`
	Kind              string      `json:"kind"`
	Reference         string      `json:"reference,omitempty"`
	ProviderReference string      `json:"providerReference,omitempty"`
	Movement          string      `json:"movement,omitempty"`
	Ours              string      `json:"ours,omitempty"`
	Account           string      `json:"account,omitempty"`
	Counterparty      string      `json:"counterparty,omitempty"`
	Amount            *amountJSON `json:"amount,omitempty"`
	Net               *amountJSON `json:"net,omitempty"`
	Fees              []toldFee   `json:"fees,omitempty"`
	Shares            int         `json:"shares,omitempty"`
	Batch             string      `json:"batch,omitempty"`
	Reason            string      `json:"reason,omitempty"` // why it waits, or else what the provider gives as the reason
	Source            *sourceJSON `json:"source,omitempty"`
	At                string      `json:"at"`
	Since             string      `json:"since"`
	AgeSeconds        int64       `json:"ageSeconds"`
}

type toldFee struct {
	Type   string     `json:"type"`
	Amount amountJSON `json:"amount"`
}

// sourceJSON is where something was told: in a line of a report, or by a notification.
type sourceJSON struct {
	File   string `json:"file,omitempty"`
	Report string `json:"report,omitempty"` // the id of its event
	Line   uint64 `json:"line,omitempty"`
	Format string `json:"format,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// A waitingNotice is a notice with the name of the file that it is from.
type waitingNotice struct {
	*posting.Notice
	file string
}

// amount is what is meant by the outcome: its amount, or else what it changed.
func (n *waitingNotice) amount() money.Amount {
	if n.Outcome == nil || n.Amount.Currency() != "" {
		return n.Amount
	}
	if n.Outcome.Amount.Currency() != "" {
		return n.Outcome.Amount
	}
	return n.Outcome.Net
}

func (n *waitingNotice) movement() string {
	if n.Outcome != nil {
		return n.Outcome.Movement
	}
	return n.Metadata["modification"] // of an older version
}

func (n *waitingNotice) account() string {
	if n.Outcome != nil {
		return n.Outcome.Account
	}
	return n.Metadata["account"]
}

// from says where it was told.
func (n *waitingNotice) from() string {
	s := n.Source
	if s == nil {
		return ""
	}
	text := cmp.Or(n.file, s.Format, s.Report)
	if s.Line > 0 {
		text += ":" + strconv.FormatUint(s.Line, 10)
	}
	return text
}

// waiting returns what waits of a provider, or of all, oldest first.
func waiting(book *posting.Book, provider string) (list []waitingNotice, err error) {
	names := []string{provider}
	if provider == "" {
		if names, err = providersOf(book); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		notices, err := book.Waiting(name)
		if err != nil {
			return nil, err
		}
		files, err := fileNames(book, name, notices)
		if err != nil {
			return nil, err
		}
		for _, n := range notices {
			w := waitingNotice{Notice: n}
			if n.Source != nil {
				w.file = files[n.Source.Report]
			}
			list = append(list, w)
		}
	}
	slices.SortStableFunc(list, func(a, b waitingNotice) int { return a.Recorded.Compare(b.Recorded) })
	return list, nil
}

// providersOf names all providers that may have told something: those with an adapter, and those that were opened.
func providersOf(book *posting.Book) ([]string, error) {
	names := all.Registry().Names()
	for _, s := range posting.Schemes() {
		names = append(names, s.Provider)
	}
	openings, err := book.Openings()
	if err != nil {
		return nil, err
	}
	for i := range openings {
		names = append(names, openings[i].Provider)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// fileNames are the names of the reports' files that notices are from, by the ids of the reports.
func fileNames(book *posting.Book, provider string, notices []*posting.Notice) (map[string]string, error) {
	wanted := map[string]bool{}
	for _, n := range notices {
		if n.Source != nil && n.Source.Report != "" {
			wanted[n.Source.Report] = true
		}
	}
	names := map[string]string{}
	if len(wanted) == 0 {
		return names, nil
	}
	for r, err := range book.Reports(provider) {
		if err != nil {
			return nil, err
		}
		if wanted[r.ID] {
			if names[r.ID] = r.Reference; len(names) == len(wanted) {
				break
			}
		}
	}
	return names, nil
}

// listWaiting lists what waits, oldest first.
func (c *cli) listWaiting(f *ingestFlags, files []string) error {
	if len(files) > 0 {
		return unusable("expected no files with --waiting, found %s", files[0])
	}
	l, err := c.openToRead()
	if err != nil {
		return err
	}
	defer l.Close()
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		return err
	}
	if err := f.known(book); err != nil {
		return err
	}
	list, err := waiting(book, f.provider)
	if err != nil {
		return err
	}
	if f.json {
		w := newArrayWriter(c.stdout)
		for i := range list {
			if err := w.add(waitingAsJSON(&list[i], time.Now())); err != nil {
				return err
			}
		}
		return w.end()
	}
	if len(list) == 0 {
		return c.note("nothing waits")
	}
	return waitingTable(c.stdout, list, l.Table(), time.Now())
}

// known refuses a provider that the books do not know.
func (f *ingestFlags) known(book *posting.Book) error {
	names, err := providersOf(book)
	if err != nil || f.provider == "" || slices.Contains(names, f.provider) {
		return err
	}
	return unusable("--provider: expected one of the providers %s, found %q", strings.Join(names, ", "), f.provider)
}

// waitingTable shows notices: in one line what is told, and below it why it waits, what else is said and from where.
func waitingTable(w io.Writer, list []waitingNotice, t money.Table, now time.Time) error {
	g := newGrid("provider", "what", ">amount", "reference", "movement", "account", "happened", ">waits for")
	for i := range list {
		n := &list[i]
		amount := ""
		if a := n.amount(); a.Currency() != "" {
			amount = t.Format(a) + " " + string(a.Currency())
		}
		reference := strings.Join(slices.Compact([]string{n.Reference, n.ProviderReference}), " / ")
		g.add(n.Provider, n.Name, amount, strings.Trim(reference, " /"), n.movement(), n.account(), stamp(n.At), ageText(now.Sub(n.Recorded)))
	}
	lines := g.lines()
	if err := writeLines(w, "", lines[0]); err != nil {
		return err
	}
	for i, line := range lines[1:] {
		n := &list[i]
		if err := writeLines(w, "", line, "  "+printable(n.Reason), "  notice "+printable(n.ID)+fromText(n)); err != nil {
			return err
		}
	}
	return nil
}

func fromText(n *waitingNotice) string {
	if from := n.from(); from != "" {
		return ", from " + printable(from)
	}
	return ""
}

func waitingAsJSON(n *waitingNotice, now time.Time) waitingJSON {
	j := waitingJSON{Notice: n.ID, Provider: n.Provider, Kind: n.Name, Reference: n.Reference, ProviderReference: n.ProviderReference,
		Movement: n.movement(), Account: n.account(), Batch: n.Batch, Reason: n.Reason, At: stamp(n.At), Since: stamp(n.Recorded),
		AgeSeconds: int64(now.Sub(n.Recorded).Seconds())}
	if a := n.amount(); a.Currency() != "" {
		amount := asAmount(a)
		j.Amount = &amount
	}
	if o := n.Outcome; o != nil {
		j.Ours, j.Counterparty, j.Shares = o.Ours, o.Counterparty, len(o.Shares)
		if o.Net.Currency() != "" {
			net := asAmount(o.Net)
			j.Net = &net
		}
		for _, f := range o.Fees {
			j.Fees = append(j.Fees, toldFee{string(f.Type), asAmount(f.Amount)})
		}
	}
	if s := n.Source; s != nil {
		j.Source = &sourceJSON{n.file, s.Report, s.Line, s.Format, s.SHA256}
	}
	return j
}

// closeNotice closes a notice that nobody will book.
func (c *cli) closeNotice(ctx context.Context, f *ingestFlags, files []string) error {
	switch {
	case len(files) > 0:
		return unusable("expected no files with --close, found %s", files[0])
	case f.closing == "":
		return unusable("expected the id of a notice with --close; 'splitledger ingest --waiting' lists them")
	case strings.TrimSpace(f.reason) == "":
		return unusable("expected --reason with --close: why nobody will book the notice")
	}
	if err := c.exists(); err != nil {
		return err
	}
	l, err := c.openToWrite()
	if err != nil {
		return err
	}
	defer l.Close()
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		return err
	}
	list, err := waiting(book, f.provider)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(n waitingNotice) bool { return n.ID == f.closing })
	if i < 0 {
		return &failure{exitRefused, fmt.Errorf("expected the id of a notice that waits, found %q; 'splitledger ingest --waiting' lists them", f.closing)}
	}
	e := posting.Event{ID: closingID(f.closing), Type: posting.ProviderNoticeClosed, Provider: list[i].Provider, Notice: f.closing, Reason: f.reason}
	if _, err := book.Post(ctx, e); err != nil {
		if refused, ok := ledger.Refused(err); ok {
			return &failure{exitRefused, refused}
		}
		return err
	}
	if err := l.Close(); err != nil {
		return err
	}
	return writeLines(c.stdout, "", "closed: "+printable(f.closing))
}

// closingID is the id of the event that closes a notice by hand: the same however often it is asked for.
func closingID(notice string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("splitledger:notice-closed:"+notice)).String()
}
