package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/query/columns"
)

// A direction is that of a list.
type direction struct {
	Order string `query:"order" doc:"asc: the oldest first, as without it; desc: the newest first" enum:"asc,desc"`
}

func (d *direction) descending() bool { return d.Order == "desc" }

// check refuses another order.
func (d *direction) check() error {
	return oneOf("order", []string{d.Order}, "", "asc", "desc")
}

// oneOf refuses a value of a parameter that is none of those that there are.
func oneOf[T ~string](field string, given []T, known ...T) error {
	for _, value := range given {
		if !slices.Contains(known, value) {
			names := strings.TrimPrefix(strings.Join(query.Rows(known, func(k T) string { return string(k) }), ", "), ", ")
			return &ledger.Error{Code: ledger.Invalid, Field: field, Message: fmt.Sprintf("expected one of %s, found %q", names, value)}
		}
	}
	return nil
}

// paymentsParams say which payments are wanted.
type paymentsParams struct {
	Reference string            `query:"reference" doc:"any name of it or of something in it: yours, the merchant's, the provider's, a movement's"`
	Account   string            `query:"account" doc:"the merchant, or whoever has a part: an id, or a pattern such as seller:*"`
	Provider  string            `query:"provider" doc:"its name, such as adyen"`
	States    []posting.State   `query:"state" doc:"any of them; may be repeated" enum:"authorised,partially_captured,captured,partially_settled,settled,partially_refunded,refunded,charged_back,cancelled"`
	Currency  money.Currency    `query:"currency" doc:"only this one"`
	Min       money.Int         `query:"min_amount" doc:"minor units of currency, captured, or authorised where nothing is captured yet"`
	Max       money.Int         `query:"max_amount" doc:"likewise"`
	Rule      string            `query:"rule" doc:"a stored rule that split it"`
	Batch     string            `query:"batch" doc:"the provider's settlement batch that it was settled in"`
	Metadata  map[string]string `query:"metadata." doc:"metadata.KEY=VALUE: payments that have it"`
	From      query.Moment      `query:"from" doc:"begun at this time, or from the beginning of this day or month on"`
	To        query.Moment      `query:"to" doc:"begun before this time, or up to the end of this day or month"`
	recordedOf
	direction
}

// filter is what is asked for.
func (p *paymentsParams) filter(c *call) (f query.PaymentFilter, err error) {
	f = query.PaymentFilter{Reference: p.Reference, Account: p.Account, Provider: p.Provider, States: p.States, Currency: p.Currency,
		Rule: p.Rule, Batch: p.Batch, Metadata: p.Metadata, Newest: p.descending()}
	if err := errors.Join(p.direction.check(), oneOf("state", p.States, query.States...)); err != nil {
		return f, err
	}
	for _, bound := range []struct {
		name string
		is   money.Int
		into *money.Amount
	}{{"min_amount", p.Min, &f.AtLeast}, {"max_amount", p.Max, &f.AtMost}} {
		if !c.given(bound.name) {
			continue
		}
		if p.Currency == "" {
			return f, &ledger.Error{Code: ledger.Invalid, Field: "currency", Message: "expected the currency of " + bound.name + ", found none"}
		}
		*bound.into = money.FromInt(bound.is, p.Currency)
	}
	f.Within, err = (&within{p.From, p.To, p.Zone}).period()
	return f, err
}

// splitsParams say which split payments are wanted.
type splitsParams struct {
	Status    []posting.State   `query:"status" doc:"any of them; may be repeated" enum:"pending,completed,failed,cancelled,fallback"`
	Account   string            `query:"account" doc:"from or to whom: an id, or a pattern such as seller:*"`
	Payment   string            `query:"payment" doc:"by your name"`
	Reference string            `query:"reference" doc:"the split's own, or the merchant's of the payment"`
	Provider  string            `query:"provider" doc:"its name, such as adyen"`
	Type      posting.SplitType `query:"type" doc:"of splits, such as Commission"`
	Currency  money.Currency    `query:"currency" doc:"only this one"`
	From      query.Moment      `query:"from" doc:"captured at this time, or from the beginning of this day or month on"`
	To        query.Moment      `query:"to" doc:"captured before this time, or up to the end of this day or month"`
	recordedOf
}

// filter is what is asked for.
func (p *splitsParams) filter() (query.SplitFilter, error) {
	period, err := (&within{p.From, p.To, p.Zone}).period()
	err = errors.Join(err, oneOf("status", p.Status, query.SplitStatuses...),
		oneOf("type", []posting.SplitType{p.Type}, append(query.SplitTypes[:len(query.SplitTypes):len(query.SplitTypes)], "")...))
	return query.SplitFilter{Statuses: p.Status, Account: p.Account, Payment: p.Payment, Reference: p.Reference, Provider: p.Provider,
		Type: p.Type, Currency: p.Currency, Within: period}, err
}

// payoutsParams say which payouts are wanted.
type payoutsParams struct {
	Account string          `query:"account" doc:"an id, or a pattern such as seller:*"`
	States  []posting.State `query:"state" doc:"any of them; may be repeated" enum:"requested,paid,failed,partially_returned,returned"`
	From    query.Moment    `query:"from" doc:"asked for at this time, or from the beginning of this day or month on"`
	To      query.Moment    `query:"to" doc:"asked for before this time, or up to the end of this day or month"`
	recordedOf
}

// dueParams say what is wanted of what waits for its time.
type dueParams struct {
	Account string       `query:"account" doc:"whose holds and schedules: an id, or a pattern such as seller:*"`
	To      query.Moment `query:"to" doc:"what is due by this time, or the end of this day or month"`
	Zone    zone         `query:"zone" doc:"of days and months, a name of the IANA database; UTC by default"`
}

// paymentRoutes answer what became of payments, and of what is made of them.
func paymentRoutes() []*Route {
	return []*Route{
		list(InLedger+"/payments", Read, "Payments",
			func(c *call, p *paymentsParams) (rows[query.PaymentRow], error) {
				f, err := p.filter(c)
				return recorded(c, &p.recordedOf, func(b *query.Books) iter.Seq2[query.PaymentRow, error] {
					return b.Payments(c.ctx(), f)
				}), err
			}),
		ask(InLedger+"/payments/{id}", Read, "What became of a payment",
			func(c *call, p *struct {
				ID string `path:"id" doc:"of the payment, by your name"`
			}) (*query.Payment, error) {
				return c.pinned().Payment(p.ID)
			}),
		list(InLedger+"/splits", Read, "Split payments, and how far they have come",
			func(c *call, p *splitsParams) (rows[query.SplitPayment], error) {
				f, err := p.filter()
				return recorded(c, &p.recordedOf, func(b *query.Books) iter.Seq2[query.SplitPayment, error] {
					return b.Splits(c.ctx(), f)
				}), err
			}),
		list(InLedger+"/payouts", Read, "Payouts", func(c *call, p *payoutsParams) (rows[query.ListedPayout], error) {
			period, err := (&within{p.From, p.To, p.Zone}).period()
			err = errors.Join(err, oneOf("state", p.States, query.PayoutStates...))
			return recorded(c, &p.recordedOf, func(b *query.Books) iter.Seq2[query.ListedPayout, error] {
				return b.Payouts(c.ctx(), query.PayoutFilter{Account: p.Account, States: p.States, Within: period})
			}), err
		}),
		ask(InLedger+"/payouts/{id}", Read, "A payout, and what it is made of",
			func(c *call, p *struct {
				ID string `path:"id" doc:"of the payout, by your name"`
			}) (*query.PayoutStatement, error) {
				s, err := c.pinned().Payout(c.ctx(), p.ID)
				if errors.Is(err, query.ErrReportedAlone) {
					err = nil
				}
				return s, err
			},
			func(w io.Writer, s columns.Style, _ *struct {
				ID string `path:"id" doc:"of the payout, by your name"`
			}, p *query.PayoutStatement) error {
				return columns.WriteCSV(w, s, query.Each(p.Rows))
			}),
		list(InLedger+"/due", Read, "What is booked by itself when its time has come",
			func(c *call, p *dueParams) (rows[query.Due], error) {
				return func(b *query.Books) iter.Seq2[query.Due, error] {
					return b.Due(query.DueFilter{Account: p.Account, By: p.To.Last(p.Zone.location())}, c.server.now())
				}, nil
			}),
		ask(InLedger+"/search", Read, "What has a name or reference", search),
	}
}

// searchParams say what is searched for.
type searchParams struct {
	Text string   `query:"q" doc:"the whole name, 2 to 128 characters"`
	Kind []string `query:"kind" doc:"of what is wanted, as in the answer; may be repeated"`
}

// A Found is something that has the name, and where it can be looked at.
type Found struct {
	query.Hit
	Href string `json:"href,omitempty" doc:"the path of it"`
}

// A SearchResult is what has a name.
type SearchResult struct {
	Data     []Found `json:"data"`
	Complete *bool   `json:"complete,omitempty" doc:"false: the journal is long, and was not read to its end"`
}

// searchTime is how long the journal is read for a name that no key leads to.
const searchTime = 10 * time.Second

// search answers with all that has a name. Keys lead to most; only for a name that nothing has by a key the journal is read.
func search(c *call, p *searchParams) (*SearchResult, error) {
	if n := len([]rune(p.Text)); n < 2 || n > 128 {
		return nil, &ledger.Error{Code: ledger.Invalid, Field: "q", Message: fmt.Sprintf("expected 2 to 128 characters, found %d", n)}
	}
	b := c.pinned()
	hits, err := b.Find(p.Text)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.ctx(), searchTime)
	defer cancel()
	more, _, err := b.FindMetadata(ctx, p.Text, len(hits) == 0)
	if hits = append(hits, more...); err == nil && len(hits) == 0 {
		hits, err = b.Search(ctx, p.Text)
	}
	result := &SearchResult{Data: []Found{}}
	if err != nil && ctx.Err() != nil && c.ctx().Err() == nil {
		result.Complete, err = new(bool), nil
	}
	for _, h := range hits {
		if len(p.Kind) == 0 || slices.Contains(p.Kind, h.Kind) {
			result.Data = append(result.Data, Found{h, c.href(&h)})
		}
	}
	return result, err
}

// href is where a hit can be looked at.
func (c *call) href(h *query.Hit) string {
	in := func(kind, id string) string {
		return "/v1/ledgers/" + c.ledger.name + "/" + kind + "/" + url.PathEscape(id)
	}
	switch {
	case h.Kind == "rule":
		return in("rules", h.Name)
	case h.Kind == "payout":
		return in("payouts", h.Name)
	case h.Payment != "":
		return in("payments", h.Payment)
	case h.Kind == "account" || h.Kind == "holder" || h.Kind == "account at a provider":
		return in("accounts", h.Account)
	case h.Event != "":
		return in("events", h.Event)
	}
	return ""
}

// recoveryParams say which debts are wanted.
type recoveryParams struct {
	Account  string         `query:"account" doc:"an id, or a pattern such as seller:*"`
	Currency money.Currency `query:"currency" doc:"only this one"`
	Order    string         `query:"order" doc:"means in their order, with commas: repay, pending, liable"`
	recordedOf
}

// A Recovery is who owes, and what could be done about it.
type Recovery struct {
	Debts []query.Negative `json:"debts"`
	Steps []query.Step     `json:"steps" doc:"in their order; each transfer is an event for POST L/events"`
}

// recovery answers with debts, and with transfers that would cover them.
func recovery(c *call, p *recoveryParams) (*Recovery, error) {
	order := query.DefaultOrder
	if p.Order != "" {
		var err error
		if order, err = query.ParseOrder(p.Order); err != nil {
			return nil, &ledger.Error{Code: ledger.Invalid, Field: "order", Message: err.Error()}
		}
	}
	b, err := p.books(c, c.pinned())
	if err != nil {
		return nil, err
	}
	f := query.AccountFilter{}
	if p.Account != "" {
		f.Accounts = []string{p.Account}
	}
	debts, err := b.Negatives(c.ctx(), f, p.now(c.server.now()))
	if err != nil {
		return nil, err
	}
	steps, err := b.Recovery(c.ctx(), order)
	other := func(a accounts.ID, currency money.Currency) bool {
		return p.Account != "" && !accounts.Matches(p.Account, string(a)) || p.Currency != "" && currency != p.Currency
	}
	return &Recovery{
		notNil(slices.DeleteFunc(debts, func(n query.Negative) bool { return other(n.Account, n.Currency) })),
		notNil(slices.DeleteFunc(steps, func(s query.Step) bool { return other(s.Account, s.Currency) })),
	}, err
}

// notNil is a list that is [] in JSON, and not null.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
