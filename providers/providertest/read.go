package providertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// A reading is all that a report said.
type reading struct {
	format   string
	outcomes []providers.Outcome
	bad      []*providers.LineError
	err      error // that ended it before its end
	order    []int // lines of outcomes and errors, as they came
}

// wrong reports whether something could not be read.
func (r *reading) wrong() bool { return r.err != nil || len(r.bad) > 0 }

func read(a providers.Adapter, from io.Reader, o providers.ReportOptions) (r reading) {
	report, err := a.Open(from, o)
	if err != nil {
		r.err = err
		return r
	}
	r.format = report.Format()
	for {
		o, err := report.Next()
		var bad *providers.LineError
		switch {
		case err == io.EOF:
			if _, again := report.Next(); again != io.EOF {
				r.err = fmt.Errorf("expected the end of the report again, found %v", again)
			}
			return r
		case errors.As(err, &bad):
			r.bad = append(r.bad, bad)
			r.order = append(r.order, bad.Line)
		case err != nil:
			r.err = err
			return r
		default:
			r.outcomes = append(r.outcomes, o)
			r.order = append(r.order, o.Line)
		}
		if len(r.order) > 1_000_000 {
			r.err = errors.New("expected an end, found a million outcomes and errors")
			return r
		}
	}
}

// text reads text.
func text(a providers.Adapter, b []byte, o providers.ReportOptions) reading {
	return read(a, bytes.NewReader(b), o)
}

// figures writes what must not come out differently: what happened, when, and how much.
func figures(o *providers.Outcome) string {
	return fmt.Sprint(o.Kind, o.Amount, o.Fees, o.Net, o.Rate, o.Held, o.Before, o.After, o.Part, o.At.UnixNano())
}

// key writes all of an outcome but the line.
func key(o *providers.Outcome) string {
	return figures(o) + fmt.Sprint(o.Shares) + fmt.Sprintf("%q", []string{
		o.ID, o.Reference, o.ProviderReference, o.Movement, o.Ours, o.Account, o.Split,
		o.Counterparty, o.Common, o.Group, o.Batch, o.Receiver, o.Reason,
	})
}

// sound tests what holds for every outcome, whatever was read.
func sound(t *testing.T, r reading, o providers.ReportOptions, table bool) {
	t.Helper()
	for i := range r.outcomes {
		if err := soundOutcome(&r.outcomes[i], o.Table); err != nil {
			t.Errorf("line %d: %v", r.outcomes[i].Line, err)
		}
	}
	last := 0
	for _, line := range r.order {
		if line < 1 || line < last || table && line == last {
			t.Errorf("expected lines in order from 1, found line %d after line %d", line, last)
		}
		last = line
	}
	for _, bad := range r.bad {
		if bad.What == "" {
			t.Errorf("line %d: expected an error that says what is wrong, found none", bad.Line)
		}
	}
}

func soundOutcome(o *providers.Outcome, table money.Table) error {
	known := false
	for _, k := range providers.Kinds() {
		known = known || k == o.Kind
	}
	silent := o.Kind == providers.Other || o.Kind == providers.Unknown
	switch {
	case !known:
		return fmt.Errorf("expected one of the kinds of outcomes, found %q", o.Kind)
	case o.Amount.Sign() < 0:
		return fmt.Errorf("expected an amount without sign, found %s", o.Amount)
	case silent && o.Reason == "":
		return fmt.Errorf("expected a reason of an outcome of kind %s, found none", o.Kind)
	case o.Held && o.Kind != providers.Other:
		return fmt.Errorf("expected money held by an outcome of kind other, found %s", o.Kind)
	case o.Rate != "" && o.Amount.Currency() == o.Net.Currency():
		return fmt.Errorf("expected a rate between two currencies only, found %s for %s", o.Rate, o.Net.Currency())
	}
	if err := soundNames(o); err != nil {
		return err
	}
	amounts := []money.Amount{o.Net, o.Before, o.After}
	if o.Amount.Currency() != "" { // else it is in the payment's
		amounts = append(amounts, o.Amount)
	}
	for _, f := range o.Fees {
		if f.Type == "" || f.Amount.Currency() == "" {
			return fmt.Errorf("expected fees with type and currency, found %v", f)
		}
		amounts = append(amounts, f.Amount)
	}
	for _, a := range amounts {
		if _, ok := table.Exponent(a.Currency()); !ok && (a.Currency() != "" || !a.IsZero()) {
			return fmt.Errorf("expected a currency that is known, found %q", a.Currency())
		}
	}
	return nil
}

// soundNames tests that an outcome has the names that what is made of it rests on, and no others.
func soundNames(o *providers.Outcome) error {
	between := o.Kind == providers.Transfer || o.Kind == providers.Split || o.Kind == providers.SplitFailed
	switch {
	case o.Part && (o.ID == "" || o.Account == ""):
		return fmt.Errorf("expected the id and the account of a part, found %q and %q", o.ID, o.Account)
	case o.Movement != "" && o.Movement == o.ProviderReference:
		return fmt.Errorf("expected a movement with a reference of its own or none, found the payment's, %s",
			o.Movement)
	case o.Kind == providers.Transfer && (o.Account == "" || o.Net.Currency() == ""):
		return fmt.Errorf("expected the account and the net of a transfer, found %q and %s", o.Account, o.Net)
	case !between && (o.Counterparty != "" || o.Common != ""):
		return fmt.Errorf("expected a counterparty of a transfer or split only, found %q of %s", o.Counterparty, o.Kind)
	case o.Kind == providers.Balance && (o.Account == "" || o.After.Currency() == "" || o.Net.Currency() != ""):
		return fmt.Errorf("expected the account and the closing balance, and no net, of a balance, found %q, %s and %s",
			o.Account, o.After, o.Net)
	case o.Kind == providers.Unknown && (o.Part || len(o.Fees) > 0 || len(o.Shares) > 0):
		return errors.New("expected nothing of an outcome of kind unknown that could be booked, " +
			"found a part, fees or shares")
	}
	return nil
}
