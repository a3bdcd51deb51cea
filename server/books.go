package server

import (
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// rulesParams say which stored rules are wanted.
type rulesParams struct {
	Text     string         `query:"q" doc:"in the id, the name, an account or a reference; capitals do not matter"`
	Currency money.Currency `query:"currency" doc:"rules for it, or for any"`
}

// An age is how old something must be: 90m, 36h or 7d.
type age struct{ time.Duration }

// Set reads an age.
func (a *age) Set(text string) (err error) {
	days, inDays := strings.CutSuffix(text, "d")
	n, wrong := strconv.ParseUint(days, 10, 31)
	switch {
	case inDays && wrong == nil && n < math.MaxInt64/uint64(24*time.Hour):
		a.Duration = time.Duration(n) * 24 * time.Hour
	case !inDays:
		a.Duration, err = time.ParseDuration(text)
	default:
		err = wrong
	}
	if err != nil || a.Duration < 0 || inDays && wrong != nil {
		return fmt.Errorf("expected an age such as 90m, 36h or 7d, found %q", text)
	}
	return nil
}

// openParams say of what it is asked that no report has had.
type openParams struct {
	Provider string `query:"provider" doc:"of the payments"`
	Least    age    `query:"min_age" doc:"what is open for so long at least: 90m, 36h or 7d"`
	recordedOf
}

// noticesParams say which notices are wanted.
type noticesParams struct {
	Provider string `query:"provider" doc:"its name, such as adyen"`
	State    string `query:"state" doc:"waiting, as without it" enum:"waiting"`
	Least    age    `query:"min_age" doc:"those that wait for so long at least: 90m, 36h or 7d"`
	recordedOf
	direction
}

// A NoticeSheet is a notice with all that was noted.
type NoticeSheet struct {
	query.Notice
	Noted      *query.Record `json:"noted" doc:"the record of the event that noted it"`
	Body       string        `json:"body,omitempty" doc:"what the provider sent, as it came, where nobody could read it"`
	BodyBase64 []byte        `json:"bodyBase64,omitempty" doc:"the same, where it is no text"`
}

// exportParams say what is exported.
type exportParams struct {
	Format export.Format `query:"format" doc:"jsonl, which can be imported again, unless another is named" enum:"jsonl,csv,hledger,beancount"`
	within
}

// bookRoutes answer what else there is in the books: rules, what is open, what waits, periods, and all of it.
func bookRoutes() []*Route {
	return []*Route{
		list(InLedger+"/rules", Read, "Stored split rules",
			func(c *call, p *rulesParams) (rows[query.Rule], error) {
				return func(b *query.Books) iter.Seq2[query.Rule, error] {
					return b.SplitRules(query.RuleFilter{Text: p.Text, Currency: p.Currency})
				}, nil
			},
			func(w io.Writer, s columns.Style, _ *rulesParams, rules iter.Seq2[query.Rule, error]) error {
				return columns.WriteCSV(w, s, query.RuleRecords(rules), "routes")
			}),
		ask(InLedger+"/rules/{rule}", Read, "A version of a stored split rule",
			func(c *call, p *struct {
				Rule    string `path:"rule" doc:"its id"`
				Version string `query:"version" doc:"the newest unless one is named"`
			}) (*query.Rule, error) {
				rule, err := c.pinned().Rule(p.Rule, p.Version)
				if e, ok := ledger.Refused(err); ok && e.Code == ledger.Invalid {
					err = ledger.Errorf(NotFound, "%s", e.Message)
				}
				return rule, err
			}),
		testRule(),
		list(InLedger+"/periods", Read, "What closed the books, and what opened them again, the newest first",
			func(c *call, _ *struct{}) (rows[query.PeriodChange], error) {
				return func(b *query.Books) iter.Seq2[query.PeriodChange, error] { return query.All(b.Periods()) }, nil
			}),
		list(InLedger+"/open", Read, "What no report of a provider has had", openItems),
		list(InLedger+"/notices", Read, "What providers reported and nobody could book yet", notices),
		ask(InLedger+"/notices/{id}", Read, "What a provider reported and nobody could book yet", notice),
		ask(InLedger+"/recovery", Read, "Who owes, and transfers that would cover it", recovery,
			func(w io.Writer, s columns.Style, _ *recoveryParams, r *Recovery) error {
				return columns.WriteCSV(w, s, query.Each(r.Steps))
			}),
		{Method: "GET", Path: InLedger + "/export", Scope: Read, Summary: "The journal for other programs",
			Doc:    "A stream, of one state of the books. It is whole, or the connection is cut: the last line of jsonl is its end.",
			Params: typeOf[exportParams](), Answers: []Media{{ndjson, nil}, {"text/csv", nil}, {"text/plain", nil}},
			handle: (*call).export},
	}
}

// openItems lists what no report of a provider has had.
func openItems(c *call, p *openParams) (rows[query.OpenItem], error) {
	if p.Provider == "" {
		return nil, &ledger.Error{Code: ledger.Invalid, Field: "provider", Message: "expected a provider, found none"}
	}
	if err := c.knownProvider(p.Provider); err != nil {
		return nil, err
	}
	before := p.now(c.server.now()).Add(-p.Least.Duration)
	return recorded(c, &p.recordedOf, func(b *query.Books) iter.Seq2[query.OpenItem, error] {
		return kept(b.OpenList(c.ctx(), p.Provider), func(o query.OpenItem) bool { return !o.At.After(before) })
	}), nil
}

// knownProvider refuses a provider that the books do not know: nothing would look as if all were well.
func (c *call) knownProvider(name string) error {
	known, err := c.ledger.books.Providers()
	if err == nil {
		err = oneOf("provider", []string{name}, known...)
	}
	return err
}

// kept are the rows that are wanted.
func kept[T any](rows iter.Seq2[T, error], wanted func(T) bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for row, err := range rows {
			if (err != nil || wanted(row)) && !yield(row, err) {
				return
			}
		}
	}
}

// notices lists what waits to be booked.
func notices(c *call, p *noticesParams) (rows[query.Notice], error) {
	if err := p.direction.check(); err != nil {
		return nil, err
	}
	if err := oneOf("state", []string{p.State}, "", "waiting"); err != nil {
		return nil, err
	}
	if p.Provider != "" {
		if err := c.knownProvider(p.Provider); err != nil {
			return nil, err
		}
	}
	now := p.now(c.server.now())
	return recorded(c, &p.recordedOf, func(b *query.Books) iter.Seq2[query.Notice, error] {
		list, err := b.Notices(p.Provider, now)
		list = slices.DeleteFunc(list, func(n query.Notice) bool { return n.Since.After(now.Add(-p.Least.Duration)) })
		if p.descending() {
			slices.Reverse(list)
		}
		return query.All(list, err)
	}), nil
}

// notice answers with one notice that waits.
func notice(c *call, p *struct {
	ID string `path:"id" doc:"of the notice"`
}) (*NoticeSheet, error) {
	b := c.pinned()
	list, err := b.Notices("", c.server.now())
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(n query.Notice) bool { return n.Notice == p.ID })
	if i < 0 {
		return nil, ledger.Errorf(NotFound, "no notice %q waits in this ledger", p.ID)
	}
	noted, err := b.Event(p.ID)
	if err != nil {
		return nil, err
	}
	sheet := &NoticeSheet{Notice: list[i], Noted: noted}
	body, err := keptBody(c.ledger.ledger.Path(), list[i].Source)
	if utf8.Valid(body) {
		sheet.Body = string(body)
	} else {
		sheet.BodyBase64 = body
	}
	return sheet, err
}

// export answers with the journal for other programs.
func (c *call) export() error {
	var p exportParams
	if err := c.params(&p); err != nil {
		return err
	}
	if p.Format == "" {
		p.Format = export.JSONL
	}
	if err := oneOf("format", []export.Format{p.Format}, export.JSONL, export.CSV, export.Hledger, export.Beancount); err != nil {
		return err
	}
	period, err := p.period()
	if err != nil {
		return err
	}
	media := map[export.Format]string{export.JSONL: ndjson, export.CSV: "text/csv; charset=utf-8"}[p.Format]
	if media == "" {
		media = "text/plain; charset=utf-8"
	}
	c.record(c.head())
	return c.streamed(media, func(w io.Writer) error {
		return export.Write(c.ctx(), w, c.ledger.ledger, export.Options{Format: p.Format, From: period.From, To: period.To,
			Zone: p.Zone.location()})
	})
}
