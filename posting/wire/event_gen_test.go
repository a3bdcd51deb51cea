package wire

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// anyEvent draws a valid event of any type with any of its fields.
func anyEvent(t *rapid.T) Event {
	e := Event{ID: anyName(t, "id", MaxID), Type: rapid.SampledFrom(rows).Draw(t, "type").name}
	if rapid.Bool().Draw(t, "at given") {
		e.At = time.Unix(rapid.Int64Range(0, 7258118399).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).UTC()
	}
	for _, f := range types[e.Type].fields[len(commonFields):] {
		if f.required || rapid.Bool().Draw(t, f.name) {
			fill(t, &e, f.place)
		}
	}
	if e.Type == PaymentConfirm && e.Capture != "" { // it is of one of the three
		e.Refund, e.Chargeback = "", ""
	}
	if e.Type == PaymentConfirm && e.Movement != "" && e.Refund+e.Chargeback == "" {
		e.Capture = "c"
	}
	if e.Type == PaymentConfirm && e.Refund != "" {
		e.Chargeback = ""
	}
	if e.Type == RuleCreate {
		plausible(&e)
	}
	if (e.Type == PaymentSplit || e.Type == PaymentResplit) && len(e.Splits) == 0 && e.Rule == "" {
		e.Rule = "r"
	}
	if (e.Type == Transfer || e.Type == TransferReverse) && checkTransfer(&e) != nil { // nobody says of which payment or movement it is
		e.Provider, e.Movement, e.Part, e.Capture = "", "", "", ""
	}
	if e.Part != "" && e.Movement == "" {
		e.Part = ""
	}
	if !e.Due.IsZero() && !e.Due.After(e.At) {
		e.At = e.At.AddDate(-100, 0, 0)
	}
	if e.Type == ReserveRule {
		if e.Days = 90; e.Percent.IsZero() {
			e.Days = 0
		}
	}
	if e.Type == AccountUpdate && e.Holder == "" && e.Metadata == nil && e.ProviderIDs == nil && e.Overdraft == nil {
		e.Holder = anyName(t, "holder", 64) // something is changed
	}
	if e.Type == AccountOpen && e.Kind != accounts.KindSub {
		e.ProviderIDs = nil
	}
	switch e.Type {
	case PaymentReassign:
		if e.Refund, e.Chargeback = "", ""; e.Capture == "" {
			e.Capture = "c"
		}
		if e.From == e.To {
			e.To += "2"
		}
	case PaymentFee:
		if e.Refund != "" {
			e.Chargeback = ""
		}
	}
	if e.Type == AccountOpen {
		switch e.Kind {
		case accounts.KindProvider:
			e.Account = accounts.Provider("psp")
		case accounts.KindBank:
			e.Account = "bank:main"
		}
	}
	return e
}

// least is how many elements a list has at least: a change of an account may say that there are none any more.
func least(e *Event) int {
	if e.Type == AccountUpdate {
		return 0
	}
	return 1
}

// fill draws the field at a place.
func fill(t *rapid.T, e *Event, place uint64) {
	switch place {
	case accountField.place:
		e.Account = anyAccount(t)
	case kindField.place:
		e.Kind = rapid.SampledFrom([]accounts.Kind{accounts.KindSub, accounts.KindProvider, accounts.KindBank}).Draw(t, "kind")
	case descriptionField.place:
		e.Description = anyName(t, "description", 64)
	case holderField.place:
		e.Holder = anyName(t, "holder", 64)
	case metadataField.place:
		e.Metadata = rapid.MapOfN(rapid.StringN(1, 16, 64), rapid.StringN(0, 64, 512), least(e), 50).Draw(t, "metadata")
	case overdraftField.place:
		e.Overdraft = []money.Amount{anyAmount(t, 0, "EUR"), anyAmount(t, 0, "USD")}[:rapid.IntRange(least(e), 2).Draw(t, "overdrafts")]
	case paymentField.place:
		e.Payment = anyName(t, "payment", 64)
	case providerField.place:
		e.Provider = rapid.StringMatching(`[a-z0-9][a-z0-9_-]{0,31}`).Draw(t, "provider")
	case amountField.place:
		e.Amount = anyAmount(t, 1, "USD")
	case splitsField.place:
		for i := range rapid.IntRange(1, 20).Draw(t, "splits") {
			e.Splits = append(e.Splits, anySplit(t, i))
		}
	case policyField.place:
		e.RefundPolicy = &RefundPolicy{Behavior: DeductFromOneBalanceAccount, TargetAccount: anyAccount(t)}
		if rapid.Bool().Draw(t, "ratio") {
			e.RefundPolicy = &RefundPolicy{Behavior: DeductAccordingToSplitRatio}
		}
	case chargebackPolicyField.place:
		e.ChargebackPolicy = &ChargebackPolicy{Behavior: DeductFromOneBalanceAccount, TargetAccount: anyAccount(t)}
		if rapid.Bool().Draw(t, "disputes by ratio") {
			e.ChargebackPolicy = &ChargebackPolicy{Behavior: DeductAccordingToSplitRatio, CostAllocationAccount: anyAccount(t)}
		}
	case chargebackField.place:
		e.Chargeback = anyName(t, "chargeback", 64)
	case disputeFeeField.place:
		e.DisputeFee = anyAmount(t, 1, "EUR")
	case referenceField.place:
		e.Reference = anyName(t, "reference", 64)
	case providerRef.place:
		e.ProviderReference = anyName(t, "providerReference", 64)
	case captureField.place:
		e.Capture = anyName(t, "capture", 64)
	case feesField.place:
		for range rapid.IntRange(1, 5).Draw(t, "fees") {
			f := Fee{Type: rapid.SampledFrom([]FeeType{FeeVAT, FeeGeneral, FeeScheme}).Draw(t, "fee"), Amount: anyAmount(t, 1, "USD")}
			if rapid.Bool().Draw(t, "given back") {
				f.Amount = f.Amount.Neg()
			}
			if f.Type == FeeVAT && rapid.Bool().Draw(t, "of") {
				f.Of = FeeMarkup
			}
			e.Fees = append(e.Fees, f)
		}
	case batchField.place:
		e.Batch = anyName(t, "batch", 64)
	case refundField.place:
		e.Refund = anyName(t, "refund", 64)
	case fromField.place:
		e.From = anyAccount(t)
	case toField.place:
		e.To = anyAccount(t)
	case postingsField.place:
		for range rapid.IntRange(2, 6).Draw(t, "postings") {
			l := Leg{Account: anyAccount(t), Sub: rapid.SampledFrom([]ledger.Sub{ledger.Available, ledger.Pending, ledger.Reserved}).Draw(t, "sub"), Amount: anyAmount(t, 1, "EUR")}
			l.Debit = rapid.Bool().Draw(t, "debit")
			l.Credit = !l.Debit
			e.Postings = append(e.Postings, l)
		}
	case entryField.place:
		e.Entry = rapid.Uint64Range(1, 1<<63-1).Draw(t, "entry")
	case ruleField.place:
		if e.Rule = anyName(t, "rule", 64); e.Type != RuleCreate {
			e.Splits = nil
		}
	case nameField.place:
		e.Name = anyName(t, "name", 64)
	case currencyField.place:
		e.Currency = "IDR"
	case versionField.place:
		e.Version = anyName(t, "version", 64)
	case replacesField.place:
		e.Replaces = anyName(t, "replaces", 64)
	case restField.place:
		e.Rest = anyAccount(t)
	case whenField.place:
		e.When = &Condition{Method: anyName(t, "method", 64), MinAmount: money.NewInt(rapid.Int64Range(0, 9).Draw(t, "min"))}
	case attributesField.place:
		e.Attributes = &Attributes{Method: anyName(t, "method", 64), Country: "DE"}
	case routesField.place:
		for i := range rapid.IntRange(1, 9).Draw(t, "routes") {
			e.Routes = append(e.Routes, anyRoute(t, i))
		}
	case payoutField.place:
		e.Payout = anyName(t, "payout", 64)
	case sellField.place:
		e.Sell = anyAmount(t, 1, "USD")
	case buyField.place:
		e.Buy = anyAmount(t, 1, "EUR")
	case reasonField.place:
		e.Reason = anyName(t, "reason", 60)
	case factField.place:
		e.Fact = true
	case noticeField.place:
		e.Notice = anyName(t, "notice", MaxID)
	case schemeField.place:
		e.Scheme = rapid.StringMatching(`[a-z0-9][a-z0-9_-]{0,31}`).Draw(t, "scheme")
	case providerIDsField.place:
		e.ProviderIDs = map[string][]string{}
		for _, provider := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9][a-z0-9_-]{0,31}`), 1, 4, rapid.ID[string]).Draw(t, "providers") {
			least := 1
			if e.Type == AccountUpdate {
				least = 0
			}
			e.ProviderIDs[provider] = rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-z0-9 ./-]{1,40}`), least, 9, rapid.ID[string]).Draw(t, "ids")
		}
	case movementField.place:
		e.Movement = anyName(t, "movement", 64)
	case partField.place:
		e.Part = anyName(t, "part", 64)
	case sourceField.place:
		e.Source = &FactSource{Report: anyName(t, "report", MaxID), Line: rapid.Uint64Range(1, 1<<40).Draw(t, "line")}
		if rapid.Bool().Draw(t, "notification") {
			e.Source = &FactSource{Format: anyName(t, "format", 64), SHA256: anyName(t, "sha256", 64)}
		}
	case transferField.place:
		e.Transfer = anyName(t, "transfer", 64)
	case reversalField.place:
		e.Reversal = anyName(t, "reversal", 64)
	case secondField.place:
		e.Second = true
	case waitedField.place:
		e.Waited = anyName(t, "waited", MaxID)
	case throughField.place:
		e.Through = time.Unix(rapid.Int64Range(0, 7258118399).Draw(t, "through"), 0).UTC().Format(time.DateOnly)
	case dueField.place:
		e.Due = time.Unix(rapid.Int64Range(7000000000, 7258118399).Draw(t, "due"), 5).UTC()
	case holdField.place:
		e.Hold = anyName(t, "hold", MaxID)
	case scheduledField.place:
		in := anyEvent(t)
		if in.ID, in.At = "", (time.Time{}); checkScheduled(&in) != nil {
			in = Event{Type: AccountFreeze, Account: "a"}
		}
		e.Scheduled = &in
	case percentField.place:
		p, _ := money.ParsePercent(rapid.SampledFrom([]string{"0", "5.31", "100"}).Draw(t, "percent"))
		e.Percent = &p
	case daysField.place:
		e.Days = rapid.Uint64Range(1, maxDays).Draw(t, "days")
	case outcomeField.place:
		o := anyOutcome(t)
		e.Outcome = &o
	default:
		t.Fatalf("no way to draw place %#x", place)
	}
}

// anyOutcome draws what an adapter may tell, with any of its fields.
func anyOutcome(t *rapid.T) Outcome {
	o := Outcome{Kind: rapid.SampledFrom([]OutcomeKind{OutcomeCaptured, OutcomeRefunded, OutcomeBalance, OutcomeUnknown}).Draw(t, "kind")}
	for _, text := range []*string{&o.ID, &o.Reference, &o.ProviderReference, &o.Movement, &o.Ours, &o.Account, &o.Split, &o.Counterparty,
		&o.Common, &o.Group, &o.Rate, &o.Batch, &o.Receiver, &o.Reason} {
		if rapid.Bool().Draw(t, "text given") {
			*text = anyName(t, "text", 256)
		}
	}
	for _, a := range []*money.Amount{&o.Amount, &o.Net, &o.After, &o.Before} {
		if rapid.Bool().Draw(t, "amount given") {
			*a = anySigned(t)
		}
	}
	for _, at := range []*time.Time{&o.At, &o.Booked} {
		if rapid.Bool().Draw(t, "time given") {
			*at = time.Unix(rapid.Int64Range(0, 7258118399).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).UTC()
		}
	}
	o.Part, o.Held = rapid.Bool().Draw(t, "part"), rapid.Bool().Draw(t, "held")
	o.Line = rapid.IntRange(0, 1<<31-1).Draw(t, "line")
	for range rapid.IntRange(0, 3).Draw(t, "fees") {
		o.Fees = append(o.Fees, Fee{Type: FeeVAT, Amount: money.New(rapid.Int64Range(-1000, -1).Draw(t, "fee"), "IDR"), Of: FeeScheme})
	}
	for i := range rapid.IntRange(0, 5).Draw(t, "shares") {
		o.Shares = append(o.Shares, Split{Type: Commission, Account: accounts.ID(anyName(t, "share of", 40)), Amount: anySigned(t), Reference: fmt.Sprint("reference ", i)})
	}
	return o
}

// anySigned draws an amount of any sign, with or without a currency.
func anySigned(t *rapid.T) money.Amount {
	a := anyAmount(t, 1, rapid.SampledFrom([]money.Currency{"", "USD", "ZZZ9"}).Draw(t, "currency"))
	if rapid.Bool().Draw(t, "below zero") {
		return a.Neg()
	}
	return a
}

func anySplit(t *rapid.T, i int) Split {
	s := Split{Type: rapid.SampledFrom([]SplitType{BalanceAccount, Commission, VAT, Tip, PaymentFeeSplit, AdyenMarkup}).Draw(t, "split type")}
	if s.Type == BalanceAccount || s.Type.Fee() || rapid.Bool().Draw(t, "split account") {
		s.Account = anyAccount(t)
	}
	if !s.Type.Fee() {
		if s.Amount = anyAmount(t, 0, "USD"); rapid.Bool().Draw(t, "percent") {
			s.Amount = money.Amount{}
			s.Percent, _ = money.ParsePercent(fmt.Sprintf("%d.%02d", rapid.IntRange(0, 99).Draw(t, "whole"), rapid.IntRange(1, 99).Draw(t, "hundredths")))
		}
	}
	if rapid.Bool().Draw(t, "split reference") {
		s.Reference = fmt.Sprint("reference ", i)
	}
	if rapid.Bool().Draw(t, "split description") {
		s.Description = anyName(t, "description", 60)
	}
	return s
}

// plausible makes what a rule says go together.
func plausible(e *Event) {
	if e.Currency == "" {
		e.Currency = "USD"
	}
	if len(e.Splits) > 0 {
		e.Splits = []Split{{Type: PaymentFeeSplit, Account: PaymentAccount}, {Type: InterchangeSplit, Account: "A"}}
	}
	if e.Version == "" {
		e.Replaces = ""
	}
	if len(e.Routes) == 0 && e.Rest == "" {
		e.Rest = PaymentAccount
	}
}

func anyRoute(t *rapid.T, i int) Route {
	r := Route{Reference: fmt.Sprint("route ", i)}
	if rapid.Bool().Draw(t, "route account") {
		r.Account = "seller:" + anyAccount(t)
	}
	if rapid.Bool().Draw(t, "flat") {
		r.Flat = anyAmount(t, 1, "IDR").Int()
	}
	if rapid.Bool().Draw(t, "limits") {
		r.Min = money.NewInt(rapid.Int64Range(0, 9).Draw(t, "least"))
		r.Max = money.NewInt(rapid.Int64Range(9, 99).Draw(t, "most"))
	}
	if r.Flat.IsZero() || rapid.Bool().Draw(t, "both") {
		r.Percent, _ = money.ParsePercent(fmt.Sprintf("%d.%02d", rapid.IntRange(0, 10).Draw(t, "whole"), rapid.IntRange(1, 99).Draw(t, "hundredths")))
	}
	return r
}

func anyName(t *rapid.T, label string, longest int) string {
	return rapid.StringOfN(rapid.RuneFrom([]rune(`abcXYZ019 -_."\/<>&é€😀`)), 1, longest, 256).Draw(t, label)
}

func anyAccount(t *rapid.T) accounts.ID {
	return accounts.ID(rapid.StringMatching(`[A-Za-z0-9_./@-]{1,40}`).Draw(t, "account"))
}

func anyAmount(t *rapid.T, least int64, c money.Currency) money.Amount {
	if rapid.IntRange(0, 9).Draw(t, "long") == 0 {
		a, _ := money.ParseMinor(rapid.StringMatching(`[1-9][0-9]{17,35}`).Draw(t, "digits"), c)
		return a
	}
	return money.New(rapid.Int64Range(least, 1_000_000).Draw(t, "minor"), c)
}
