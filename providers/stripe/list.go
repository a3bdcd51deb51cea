package stripe

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/bounds"
	"github.com/splitledger/splitledger/providers/objects"
)

// A balanceTransaction is what the API calls so.
type balanceTransaction struct {
	ID          string         `json:"id"`
	Object      string         `json:"object"`
	Amount      int64          `json:"amount"`
	Fee         int64          `json:"fee"`
	Net         int64          `json:"net"`
	FeeDetails  []feeDetail    `json:"fee_details"`
	Currency    string         `json:"currency"`
	Rate        jsontext.Value `json:"exchange_rate"`
	Created     int64          `json:"created"`
	Available   int64          `json:"available_on"`
	Category    string         `json:"reporting_category"`
	Type        string         `json:"type"`
	Source      jsontext.Value `json:"source"` // an id, or the object where it was asked for
	Description string         `json:"description"`
}

type feeDetail struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Type     string `json:"type"`
}

// A source is what a transaction is of, as far as it matters here: a charge, refund, dispute, transfer, a fee for the
// platform, or one of these given back.
type source struct {
	ID             string            `json:"id"`
	Object         string            `json:"object"`
	Amount         int64             `json:"amount"`
	Currency       string            `json:"currency"`
	Charge         reference         `json:"charge"`
	Intent         reference         `json:"payment_intent"`
	Destination    reference         `json:"destination"`
	SourceTransfer reference         `json:"source_transfer"`
	Account        reference         `json:"account"`
	Live           *bool             `json:"livemode"`
	Metadata       map[string]string `json:"metadata"`
}

// A reference is the id of another object, which may stand there itself.
type reference string

// UnmarshalJSON reads an id, or the id of the object.
func (r *reference) UnmarshalJSON(text []byte) error {
	switch v := jsontext.Value(text); v.Kind() {
	case '"':
		return json.Unmarshal(text, (*string)(r))
	case '{':
		var o struct {
			ID string `json:"id"`
		}
		err := json.Unmarshal(text, &o)
		*r = reference(o.ID)
		return err
	case 'n':
		*r = ""
		return nil
	}
	return fmt.Errorf("expected an id, found %s", clip(string(text)))
}

// A list reads balance transactions as the API answers them.
type list struct {
	in      *objects.Reader
	first   func() (objects.Object, error) // what was read to tell the report by; nil once it was returned
	amounts money.Table
	account string
	test    bool // the report is of test mode
}

// openList begins to read. The first object says whether they are balance transactions.
func openList(in *objects.Reader, o providers.ReportOptions, account string) (providers.Report, error) {
	f, err := in.Next()
	if _, bad := errors.AsType[*providers.LineError](err); err != nil && !bad && err != io.EOF {
		return nil, err
	}
	var of struct {
		Object string `json:"object"`
	}
	if err == nil && (json.Unmarshal(f.Value, &of) != nil || of.Object != transactionObject) {
		return nil, fmt.Errorf("expected balance transactions of Stripe's, found the object %q", clip(of.Object))
	}
	return &list{in: in, first: func() (objects.Object, error) { return f, err }, amounts: o.Table,
		account: account, test: o.TestMode}, nil
}

// transactionObject is what the API calls the objects of this report.
const transactionObject = "balance_transaction"

// Format returns the name of the report.
func (*list) Format() string { return transactions }

// Next reads a transaction.
func (l *list) Next() (providers.Outcome, error) {
	next := l.in.Next
	if l.first != nil {
		next, l.first = l.first, nil
	}
	f, err := next()
	if err != nil {
		return providers.Outcome{}, err
	}
	o, err := l.read(f.Value)
	if err != nil {
		return providers.Outcome{}, &providers.LineError{Line: f.Line, What: err.Error()}
	}
	o.Line = f.Line
	return o, nil
}

func (l *list) read(text jsontext.Value) (o providers.Outcome, err error) {
	if err := bounds.JSON(text); err != nil {
		return o, err
	}
	var b balanceTransaction
	if err := json.Unmarshal(text, &b); err != nil {
		return o, fmt.Errorf("expected a balance transaction: %w", err)
	}
	t, err := b.transaction(l.amounts)
	if err != nil {
		return o, err
	}
	if t.live != nil {
		if err := wrongMode(t.live, l.test); err != nil {
			return o, fmt.Errorf("source.%w", err)
		}
	}
	ours := l.account == string(accounts.Platform)
	if t.account = l.account; !ours && t.category == "charge" && strings.HasPrefix(t.source, "py_") && t.intent == "" &&
		t.transfer == "" {
		o = providers.Outcome{Kind: providers.Unknown, ID: t.id, Account: t.account, Net: t.net, At: t.created,
			Reason: t.reason() + ": whether a buyer or a transfer paid it, only its source tells (expand[]=data.source)"}
		return o, nil
	}
	return t.outcome()
}

// transaction reads the members that count.
func (b *balanceTransaction) transaction(table money.Table) (*transaction, error) {
	if b.Object != transactionObject {
		return nil, fmt.Errorf("expected a balance_transaction, found the object %q", clip(b.Object))
	}
	cur, err := currencyOf(b.Currency, table)
	if err != nil {
		return nil, err
	}
	t := &transaction{id: b.ID, category: b.Category, description: clipText(b.Description),
		converted: b.converted(), rate: b.rate(), created: unix(b.Created), available: unix(b.Available)}
	for _, a := range []struct {
		n  int64
		to *money.Amount
	}{{b.Amount, &t.gross}, {b.Fee, &t.fee}, {b.Net, &t.net}} {
		if *a.to, err = fromMinor(a.n, cur, table); err != nil {
			return nil, err
		}
	}
	if err := b.fees(t, cur, table); err != nil {
		return nil, err
	}
	if err := b.source(t, table); err != nil {
		return nil, err
	}
	return t, bounds.Names("id", t.id, "reporting_category", t.category, "source", t.source, "exchange_rate", t.rate,
		"charge", t.charge, "payment_intent", t.intent, "metadata."+orderKey, t.order,
		"destination", t.counterparty, "source_transfer", t.transfer)
}

// fees reads of what the fee consists. What is the platform's is no fee of Stripe's.
func (b *balanceTransaction) fees(t *transaction, cur money.Currency, table money.Table) error {
	var sum money.Int
	for i, d := range b.FeeDetails {
		if c := money.Currency(strings.ToUpper(d.Currency)); c != cur {
			return fmt.Errorf("fee_details[%d].currency: expected %s, found %q", i, cur, clip(d.Currency))
		}
		a, err := fromMinor(d.Amount, cur, table)
		if err != nil {
			return fmt.Errorf("fee_details[%d].amount: %w", i, err)
		}
		sum = sum.Add(a.Int())
		f := posting.Fee{Type: posting.FeeGeneral, Amount: a}
		switch d.Type {
		case "application_fee":
			t.application = money.Sum(cur, t.application, a)
			continue
		case "tax", "withheld_tax":
			f.Type, f.Of = posting.FeeVAT, posting.FeeGeneral
		case "stripe_fee", "payment_method_passthrough_fee":
		default:
			return fmt.Errorf("fee_details[%d].type: expected a fee that this version knows, found %q", i, clip(d.Type))
		}
		if !a.IsZero() {
			t.fees = append(t.fees, f)
		}
	}
	if t.fees == nil && len(b.FeeDetails) > 0 {
		t.fees = []posting.Fee{}
	}
	if !sum.Equal(t.fee.Int()) {
		return fmt.Errorf("expected fee_details that sum to the fee, %s, found %s", t.fee, money.FromInt(sum, cur))
	}
	return nil
}

// source reads what the transaction is of. Where only its id is told, the books must know that.
func (b *balanceTransaction) source(t *transaction, table money.Table) error {
	var s source
	switch b.Source.Kind() {
	case 'n', jsontext.KindInvalid:
		return nil
	case '"':
		return json.Unmarshal(b.Source, &t.source)
	case '{':
		if err := json.Unmarshal(b.Source, &s); err != nil {
			return fmt.Errorf("source: %w", err)
		}
	default:
		return fmt.Errorf("source: expected an id or an object, found %s", clip(string(b.Source)))
	}
	t.source, t.charge, t.intent = s.ID, string(s.Charge), string(s.Intent)
	t.live = s.Live
	t.transfer, t.order = string(s.SourceTransfer), s.Metadata[orderKey]
	t.counterparty = cmp.Or(string(s.Destination), string(s.Account)) // of a transfer, or of a fee for the platform
	if t.converted && (s.Object == "charge" || s.Object == "refund" || s.Object == "dispute") {
		cur, err := currencyOf(s.Currency, table)
		if err != nil {
			return fmt.Errorf("source: %w", err)
		}
		if t.shown, err = fromMinor(s.Amount, cur, table); err != nil {
			return fmt.Errorf("source.amount: %w", err)
		}
	}
	return nil
}

// converted reports whether the customer saw another currency. How much, only the source says.
func (b *balanceTransaction) converted() bool {
	return b.Rate.Kind() == '0' && !bytes.Equal(b.Rate, []byte("1"))
}

// rate returns what one of the customer's currency was, as Stripe wrote it.
func (b *balanceTransaction) rate() string {
	if b.converted() {
		return string(b.Rate)
	}
	return ""
}

// unix returns a time that is told in seconds; the zero time where none is.
func unix(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// nameOf returns the transaction that an object moved money with, or else the object: so that a notification and a
// report name the same thing alike.
func nameOf(transaction reference, id string) string { return cmp.Or(string(transaction), id) }
