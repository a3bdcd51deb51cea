package adyen

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Profile is a split configuration profile of the Management API (Adyen/adyen-openapi, ManagementService-v3). A store
// names it together with the balance account that is "one balance account" in it, which is the payment's account in the
// books.
type Profile struct {
	ID          string        `json:"splitConfigurationId,omitempty"`
	Description string        `json:"description"`
	Rules       []ProfileRule `json:"rules"`
}

// A ProfileRule is one rule of a [Profile]: the conditions, and what becomes of the payments that meet all of them.
type ProfileRule struct {
	ID                 string       `json:"ruleId,omitempty"`
	PaymentMethod      string       `json:"paymentMethod"`
	Currency           string       `json:"currency"`
	ShopperInteraction string       `json:"shopperInteraction"`
	FundingSource      string       `json:"fundingSource,omitempty"`
	CardRegion         string       `json:"cardRegion,omitempty"`
	Logic              ProfileLogic `json:"splitLogic"`
}

// A ProfileLogic says who gets what, and who pays fees, refunds and disputes.
type ProfileLogic struct {
	ID                       string             `json:"splitLogicId,omitempty"`
	Commission               *ProfileCommission `json:"commission"`
	AdditionalCommission     *ProfileCommission `json:"additionalCommission,omitempty"`
	PaymentFee               string             `json:"paymentFee,omitempty"`
	AcquiringFees            string             `json:"acquiringFees,omitempty"`
	AdyenFees                string             `json:"adyenFees,omitempty"`
	Interchange              string             `json:"interchange,omitempty"`
	SchemeFee                string             `json:"schemeFee,omitempty"`
	AdyenCommission          string             `json:"adyenCommission,omitempty"`
	AdyenMarkup              string             `json:"adyenMarkup,omitempty"`
	Chargeback               string             `json:"chargeback,omitempty"`
	ChargebackCostAllocation string             `json:"chargebackCostAllocation,omitempty"`
	Refund                   string             `json:"refund,omitempty"`
	RefundCostAllocation     string             `json:"refundCostAllocation,omitempty"`
	Remainder                string             `json:"remainder,omitempty"`
	Surcharge                string             `json:"surcharge,omitempty"`
	Tip                      string             `json:"tip,omitempty"`
}

// A ProfileCommission is a fixed amount in Adyen's minor units, hundredths of a percent, or both, which add up.
type ProfileCommission struct {
	BalanceAccount string `json:"balanceAccountId,omitempty"` // of an additional commission; the other is liable's
	Fixed          int64  `json:"fixedAmount,omitempty"`
	BasisPoints    int64  `json:"variablePercentage,omitempty"`
}

// anyOf stands for no condition.
const anyOf = "ANY"

// The references of the routes that commissions become.
const (
	commissionReference = "commission"
	additionalReference = "additionalCommission"
)

// The words of a profile, which are those of the books for refunds and disputes.
const (
	fromLiable = string(posting.DeductFromLiableAccount)
	fromOne    = string(posting.DeductFromOneBalanceAccount)
	byRatio    = string(posting.DeductAccordingToSplitRatio)
)

// A ProfileReader turns profiles into rules of the books.
type ProfileReader struct {
	Table money.Table

	// Account returns the account of the books that has one of Adyen's ids. Nil stands for the same name.
	Account func(balanceAccount string) (accounts.ID, error)
	// Without are members of the logic that have no equivalent in the books, and are left out rather than refused:
	// remainder, surcharge, tip, refundCostAllocation. What they would do is seen in the reports alone.
	Without []string
}

// ReadProfile reads a profile as the Management API answers with it. A member that is not known is an error, because a
// rule without it would be another one.
func ReadProfile(r io.Reader) (*Profile, error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	p := new(Profile)
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("expected a split configuration profile of Adyen's: %w", err)
	}
	if d.More() {
		return nil, fmt.Errorf("expected one split configuration profile, found more behind it")
	}
	return p, nil
}

// Rules returns the rules of a profile as versions of one rule called id: each by its ruleId, else by its number. What
// has no equivalent is refused with a [*ledger.Error] that names the member.
func (r ProfileReader) Rules(p *Profile, id string) ([]*posting.Rule, error) {
	if len(p.Rules) == 0 {
		return nil, refusal("rules", "expected at least one rule, found none")
	}
	rules := make([]*posting.Rule, len(p.Rules))
	for i := range p.Rules {
		at := "rules[" + strconv.Itoa(i) + "]."
		rule, err := r.rule(&p.Rules[i], at)
		if err != nil {
			return nil, err
		}
		if rule.ID, rule.Name = id, p.Description; rule.Version == "" {
			rule.Version = strconv.Itoa(i + 1)
		}
		rules[i] = rule
	}
	return rules, nil
}

// rule turns one rule of a profile into one of the books, but for its name.
func (r ProfileReader) rule(from *ProfileRule, at string) (*posting.Rule, error) {
	rule := &posting.Rule{Version: from.ID, Provider: Name, Rest: posting.PaymentAccount}
	if c := from.Currency; c != anyOf {
		currency, err := money.ParseCurrency(c)
		if err != nil {
			return nil, refusal(at+"currency", "%s", err)
		}
		rule.Currency = currency
	}
	for _, c := range []struct {
		from string
		to   *string
	}{{from.PaymentMethod, &rule.When.Method}, {from.ShopperInteraction, &rule.When.ShopperInteraction},
		{from.FundingSource, &rule.When.FundingSource}} {
		if c.from != anyOf {
			*c.to = c.from
		}
	}
	if from.CardRegion != "" && from.CardRegion != anyOf {
		return nil, refusal(at+"cardRegion", "expected %s: payments of the books have no card region, found %s", anyOf,
			from.CardRegion)
	}
	at += "splitLogic."
	l := &from.Logic
	if l.Commission == nil {
		return nil, refusal(at+"commission", "expected a commission, found none")
	}
	if l.Commission.BalanceAccount != "" {
		return nil, refusal(at+"commission.balanceAccountId", "expected none, as the commission is liable's, found %s",
			l.Commission.BalanceAccount)
	}
	if err := r.route(rule, l.Commission, accounts.Liable, commissionReference, at+"commission"); err != nil {
		return nil, err
	}
	if c := l.AdditionalCommission; c != nil {
		account, err := r.account(c.BalanceAccount)
		if err != nil {
			return nil, refusal(at+"additionalCommission.balanceAccountId", "%s", err)
		}
		if err := r.route(rule, c, account, additionalReference, at+"additionalCommission"); err != nil {
			return nil, err
		}
	}
	if err := bearers(rule, l, at); err != nil {
		return nil, err
	}
	if err := policies(rule, l, at); err != nil {
		return nil, err
	}
	return rule, r.refuseOthers(l, at)
}

// account returns the account of the books for a balance account.
func (r ProfileReader) account(id string) (accounts.ID, error) {
	if id == "" {
		return "", fmt.Errorf("expected a balance account, found none")
	}
	if r.Account != nil {
		return r.Account(id)
	}
	return accounts.Parse(id)
}

// route adds the route of a commission, if there is any.
func (r ProfileReader) route(rule *posting.Rule, c *ProfileCommission, account accounts.ID, reference, at string) error {
	route := posting.Route{Account: account, Reference: reference}
	switch {
	case c.Fixed < 0:
		return refusal(at+".fixedAmount", "expected at least 0, found %d", c.Fixed)
	case c.BasisPoints < 0 || c.BasisPoints > 10_000:
		return refusal(at+".variablePercentage", "expected 0 to 10000 hundredths of a percent, found %d", c.BasisPoints)
	case c.Fixed > 0 && rule.Currency == "":
		return refusal(at+".fixedAmount", "expected none where the currency is %s: an amount of a rule has one, found %d",
			anyOf, c.Fixed)
	}
	if c.Fixed > 0 {
		fixed, err := fromMinor(strconv.FormatInt(c.Fixed, 10), rule.Currency, r.Table)
		if err != nil {
			return refusal(at+".fixedAmount", "%s", err)
		}
		route.Flat = fixed.Int()
	}
	if c.BasisPoints > 0 {
		percent, err := money.ParsePercent(fmt.Sprintf("%d.%02d", c.BasisPoints/100, c.BasisPoints%100))
		if err != nil {
			return refusal(at+".variablePercentage", "%s", err)
		}
		route.Percent = percent
	}
	if c.Fixed > 0 || c.BasisPoints > 0 {
		rule.Routes = append(rule.Routes, route)
	}
	return nil
}

// fees are the members that say who bears fees, with the fee splits that they are.
func (l *ProfileLogic) fees() []profileFee {
	return []profileFee{
		{"paymentFee", posting.PaymentFeeSplit, &l.PaymentFee},
		{"acquiringFees", posting.AcquiringFeesSplit, &l.AcquiringFees},
		{"adyenFees", posting.AdyenFeesSplit, &l.AdyenFees},
		{"interchange", posting.InterchangeSplit, &l.Interchange},
		{"schemeFee", posting.SchemeFeeSplit, &l.SchemeFee},
		{"adyenCommission", posting.AdyenCommission, &l.AdyenCommission},
		{"adyenMarkup", posting.AdyenMarkup, &l.AdyenMarkup},
	}
}

// A profileFee is one of them.
type profileFee struct {
	name string
	is   posting.SplitType
	at   *string
}

// bearer returns the account that a member of the logic means.
func bearer(word, field string) (accounts.ID, error) {
	switch word {
	case fromLiable:
		return accounts.Liable, nil
	case fromOne:
		return posting.PaymentAccount, nil
	}
	return "", refusal(field, "expected %s or %s, found %q", fromLiable, fromOne, word)
}

// bearers adds the fee splits.
func bearers(rule *posting.Rule, l *ProfileLogic, at string) error {
	for _, f := range l.fees() {
		if *f.at == "" {
			continue
		}
		account, err := bearer(*f.at, at+f.name)
		if err != nil {
			return err
		}
		rule.FeeSplits = append(rule.FeeSplits, posting.Split{Type: f.is, Account: account})
	}
	return nil
}

// target returns the target account of a behavior, and refuses one that nobody knows.
func target(word, field string) (posting.Behavior, accounts.ID, error) {
	switch word {
	case fromLiable, byRatio:
		return posting.Behavior(word), "", nil
	case fromOne:
		return posting.DeductFromOneBalanceAccount, posting.PaymentAccount, nil
	}
	return "", "", refusal(field, "expected %s, %s or %s, found %q", fromLiable, fromOne, byRatio, word)
}

// policies adds who pays refunds and disputes.
func policies(rule *posting.Rule, l *ProfileLogic, at string) (err error) {
	if l.Refund != "" {
		p := new(posting.RefundPolicy)
		if p.Behavior, p.TargetAccount, err = target(l.Refund, at+"refund"); err != nil {
			return err
		}
		rule.RefundPolicy = p
	}
	if l.Chargeback == "" && l.ChargebackCostAllocation == "" {
		return nil
	}
	p := &posting.ChargebackPolicy{Behavior: posting.DeductFromLiableAccount}
	if l.Chargeback != "" {
		if p.Behavior, p.TargetAccount, err = target(l.Chargeback, at+"chargeback"); err != nil {
			return err
		}
	}
	if l.ChargebackCostAllocation != "" {
		p.CostAllocationAccount, err = bearer(l.ChargebackCostAllocation, at+"chargebackCostAllocation")
	}
	rule.ChargebackPolicy = p
	return err
}

// refuseOthers refuses the members that have no equivalent in the books, but for those that the caller leaves out.
func (r ProfileReader) refuseOthers(l *ProfileLogic, at string) error {
	for _, m := range []struct{ name, found, why string }{
		{"refundCostAllocation", l.RefundCostAllocation, "fees of refunds are borne as those of the payment"},
		{"remainder", l.Remainder, "what a conversion leaves is booked as the reports tell it"},
		{"surcharge", l.Surcharge, "payments of the books do not say how much of them is a surcharge"},
		{"tip", l.Tip, "payments of the books do not say how much of them is a tip"},
	} {
		left := false
		for _, name := range r.Without {
			left = left || name == m.name
		}
		if m.found != "" && !left {
			return refusal(at+m.name, "expected none, as %s, found %s (it can be left out)", m.why, m.found)
		}
	}
	return nil
}

// A ProfileWriter turns rules of the books into profiles.
type ProfileWriter struct {
	Table money.Table
	ID    func(accounts.ID) (string, error) // as of [Writer]
}

// Profile writes the versions of a rule that new payments follow as a profile, ready to be created: without ids. What
// Adyen could not do is refused with a [*ledger.Error] that names the field of the rule.
func (w ProfileWriter) Profile(versions []*posting.Rule) (*Profile, error) {
	current := posting.CurrentVersions(versions)
	if len(current) == 0 {
		return nil, refusal("rule", "expected a rule with a version that is not replaced, found none")
	}
	p := &Profile{Description: current[len(current)-1].Name}
	for _, r := range current {
		rule, err := w.rule(r)
		if err != nil {
			return nil, err
		}
		p.Rules = append(p.Rules, *rule)
	}
	return p, nil
}

// orAny is a condition, or none.
func orAny(s string) string {
	if s == "" {
		return anyOf
	}
	return s
}

// rule writes one version.
func (w ProfileWriter) rule(r *posting.Rule) (*ProfileRule, error) {
	if r.Provider != "" && r.Provider != Name {
		return nil, refusal("provider", "expected %s, found %s", Name, r.Provider)
	}
	if r.Rest != posting.PaymentAccount {
		return nil, refusal("rest", "expected %s, as the store's balance account has the rest at Adyen, found %s",
			posting.PaymentAccount, orNone(string(r.Rest)))
	}
	for _, c := range []struct {
		field string
		given bool
	}{{"channel", r.When.Channel != ""}, {"country", r.When.Country != ""}, {"minAmount", !r.When.MinAmount.IsZero()},
		{"maxAmount", !r.When.MaxAmount.IsZero()}} {
		if c.given {
			return nil, refusal("when."+c.field, "expected none, as profiles have no such condition, found one")
		}
	}
	to := &ProfileRule{PaymentMethod: orAny(r.When.Method), Currency: orAny(string(r.Currency)),
		ShopperInteraction: orAny(r.When.ShopperInteraction), FundingSource: orAny(r.When.FundingSource)}
	if err := w.routes(r, &to.Logic); err != nil {
		return nil, err
	}
	fees := to.Logic.fees()
	for i, s := range r.FeeSplits {
		word, err := deducted(s.Account, "splits["+strconv.Itoa(i)+"].account")
		if err != nil {
			return nil, err
		}
		for _, f := range fees {
			if f.is == s.Type {
				*f.at = word
			}
		}
	}
	return to, w.policies(r, &to.Logic)
}

// orNone is a value for a message.
func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// deducted is the word for who bears something.
func deducted(id accounts.ID, field string) (string, error) {
	switch id {
	case accounts.Liable:
		return fromLiable, nil
	case posting.PaymentAccount:
		return fromOne, nil
	}
	return "", refusal(field, "expected %s or %s, found %s", accounts.Liable, posting.PaymentAccount, id)
}

// routes writes the commissions: one of liable, and one of another account.
func (w ProfileWriter) routes(r *posting.Rule, l *ProfileLogic) error {
	l.Commission = new(ProfileCommission)
	for i := range r.Routes {
		route := &r.Routes[i]
		at := "routes[" + strconv.Itoa(i) + "]"
		if !route.Min.IsZero() || !route.Max.IsZero() {
			return refusal(at+".min", "expected neither min nor max, as commissions have no limits, found one")
		}
		c := ProfileCommission{}
		var err error
		if c.Fixed, err = toMinor(money.FromInt(route.Flat, r.Currency), w.Table); err != nil && !route.Flat.IsZero() {
			return refusal(at+".flat", "%s", err)
		}
		hundredths := route.Percent.Of(money.New(10_000, ""), money.NewInt(1)).Int()
		c.BasisPoints, _ = hundredths.Int64()
		switch {
		case route.Account == accounts.Liable && *l.Commission == ProfileCommission{}:
			*l.Commission = c
		case route.Account == accounts.Liable || route.Account == posting.PaymentAccount || l.AdditionalCommission != nil:
			return refusal(at+".account", "expected one route to %s and one to another account, which is what a profile "+
				"has, found %s too", accounts.Liable, route.Account)
		default:
			if c.BalanceAccount, err = (Writer{ID: w.ID}).account(route.Account); err != nil {
				return refusal(at+".account", "%s", err)
			}
			if route.Account == "" {
				return refusal(at+".account", "expected an account of Adyen's, found none, which is the platform's")
			}
			l.AdditionalCommission = &c
		}
	}
	return nil
}

// policies writes who pays refunds and disputes.
func (w ProfileWriter) policies(r *posting.Rule, l *ProfileLogic) (err error) {
	if p := r.RefundPolicy; p != nil {
		if p.TargetAccount != "" && p.TargetAccount != posting.PaymentAccount {
			return refusal("refund.targetAccount", "expected %s, found %s", posting.PaymentAccount, p.TargetAccount)
		}
		l.Refund = string(p.Behavior)
	}
	p := r.ChargebackPolicy
	if p == nil {
		return nil
	}
	if p.TargetAccount != "" && p.TargetAccount != posting.PaymentAccount {
		return refusal("chargeback.targetAccount", "expected %s, found %s", posting.PaymentAccount, p.TargetAccount)
	}
	if l.Chargeback = string(p.Behavior); p.CostAllocationAccount != "" {
		l.ChargebackCostAllocation, err = deducted(p.CostAllocationAccount, "chargeback.costAllocationAccount")
	}
	return err
}
