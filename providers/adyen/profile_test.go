package adyen

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/posting"
)

const shops = `{"splitConfigurationId":"SCNF1","description":"Shops","rules":[
 {"ruleId":"SCRL1","paymentMethod":"ANY","currency":"EUR","shopperInteraction":"ANY","fundingSource":"ANY",
  "splitLogic":{"splitLogicId":"SCLG1","commission":{"fixedAmount":10,"variablePercentage":100},
   "additionalCommission":{"balanceAccountId":"BA_X","fixedAmount":5,"variablePercentage":50},
   "paymentFee":"deductFromLiableAccount","chargeback":"deductFromOneBalanceAccount",
   "chargebackCostAllocation":"deductFromLiableAccount"}},
 {"ruleId":"SCRL2","paymentMethod":"visa","currency":"ANY","shopperInteraction":"Ecommerce","fundingSource":"credit",
  "cardRegion":"ANY","splitLogic":{"commission":{"variablePercentage":250},"acquiringFees":"deductFromOneBalanceAccount",
   "adyenFees":"deductFromLiableAccount","refund":"deductAccordingToSplitRatio"}},
 {"ruleId":"SCRL3","paymentMethod":"mc","currency":"IDR","shopperInteraction":"ANY","splitLogic":{"commission":{"fixedAmount":2000}}},
 {"ruleId":"SCRL4","paymentMethod":"giropay","currency":"ANY","shopperInteraction":"ANY","splitLogic":{"commission":{}}}]}`

// TestProfileRoundTrip reads a profile, writes it from the rules, and reads that again: the rules are the same, but for
// the names that Adyen gives them.
func TestProfileRoundTrip(t *testing.T) {
	read := func(text string) []*posting.Rule {
		p, err := ReadProfile(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		rules, err := ProfileReader{}.Rules(p, "shops")
		if err != nil {
			t.Fatal(err)
		}
		return rules
	}
	first := read(shops)
	p, err := ProfileWriter{}.Profile(first)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil || strings.Contains(string(text), "SC") {
		t.Fatalf("%s, %v", text, err)
	}
	second := read(string(text))
	for i, want := range []string{
		`{"id":"e","type":"rule.create","rule":"shops","name":"Shops","currency":"EUR","routes":[{"account":"liable","flat":10,"percent":"1","reference":"commission"},{"account":"BA_X","flat":5,"percent":"0.5","reference":"additionalCommission"}],"provider":"adyen","version":"1","rest":"$account","splits":[{"type":"PaymentFee","account":"liable"}],"chargeback":{"behavior":"deductFromOneBalanceAccount","targetAccount":"$account","costAllocationAccount":"liable"}}`,
		`{"id":"e","type":"rule.create","rule":"shops","name":"Shops","routes":[{"account":"liable","percent":"2.5","reference":"commission"}],"provider":"adyen","version":"2","when":{"method":"visa","fundingSource":"credit","shopperInteraction":"Ecommerce"},"rest":"$account","splits":[{"type":"AcquiringFees","account":"$account"},{"type":"AdyenFees","account":"liable"}],"refund":{"behavior":"deductAccordingToSplitRatio"}}`,
		// Adyen has no decimals of rupiah, the books have two.
		`{"id":"e","type":"rule.create","rule":"shops","name":"Shops","currency":"IDR","routes":[{"account":"liable","flat":200000,"reference":"commission"}],"provider":"adyen","version":"3","when":{"method":"mc"},"rest":"$account"}`,
		// All of it is the store's.
		`{"id":"e","type":"rule.create","rule":"shops","name":"Shops","provider":"adyen","version":"4","when":{"method":"giropay"},"rest":"$account"}`,
	} {
		first[i].Version = second[i].Version
		if !reflect.DeepEqual(first[i], second[i]) {
			t.Errorf("rule %d: %+v became %+v", i, first[i], second[i])
		}
		e := second[i].Event()
		e.ID = "e"
		got, want := jsonOf(t, e.AppendJSON(nil)), jsonOf(t, []byte(want))
		if err := e.Validate(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("rule %d: expected\n%s\nfound\n%s, %v", i, want, got, err)
		}
	}
}

// jsonOf reads JSON whose members may stand in any order.
func jsonOf(t *testing.T, text []byte) (v map[string]any) {
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestProfileWithoutEquivalent reads what the books do not have: each is named.
func TestProfileWithoutEquivalent(t *testing.T) {
	for _, tt := range []struct{ old, with, want string }{
		{`"cardRegion":"ANY"`, `"cardRegion":"intraEEA"`, "rules[1].cardRegion: expected ANY: payments of the books have no card region, found intraEEA"},
		{`"commission":{"variablePercentage":250}`, `"commission":{"fixedAmount":5}`, "rules[1].splitLogic.commission.fixedAmount: expected none where the currency is ANY: an amount of a rule has one, found 5"},
		{`"commission":{"variablePercentage":250}`, `"commission":{"variablePercentage":10001}`, "rules[1].splitLogic.commission.variablePercentage: expected 0 to 10000 hundredths of a percent, found 10001"},
		{`"commission":{"variablePercentage":250}`, `"commission":{"fixedAmount":-1}`, "rules[1].splitLogic.commission.fixedAmount: expected at least 0, found -1"},
		{`"commission":{"variablePercentage":250},`, ``, "rules[1].splitLogic.commission: expected a commission, found none"},
		{`"commission":{"variablePercentage":250}`, `"commission":{"balanceAccountId":"BA"}`, "rules[1].splitLogic.commission.balanceAccountId: expected none, as the commission is liable's, found BA"},
		{`"balanceAccountId":"BA_X",`, ``, "rules[0].splitLogic.additionalCommission.balanceAccountId: expected a balance account, found none"},
		{`"refund":"deductAccordingToSplitRatio"`, `"refund":"x"`, `rules[1].splitLogic.refund: expected deductFromLiableAccount, deductFromOneBalanceAccount or deductAccordingToSplitRatio, found "x"`},
		{`"adyenFees":"deductFromLiableAccount"`, `"adyenFees":"x"`, `rules[1].splitLogic.adyenFees: expected deductFromLiableAccount or deductFromOneBalanceAccount, found "x"`},
		{`"adyenFees"`, `"tip":"addToLiableAccount","adyenFees"`, "rules[1].splitLogic.tip: expected none, as payments of the books do not say how much of them is a tip, found addToLiableAccount (it can be left out)"},
		{`"currency":"IDR"`, `"currency":"rupiah"`, "rules[2].currency: "},
		{`"adyenFees"`, `"unheardOf":1,"adyenFees"`, "unheardOf"},
		{`"commission":{}}}]}`, `"commission":{}}}]} {}`, "found more behind it"},
	} {
		if !strings.Contains(shops, tt.old) {
			t.Fatalf("no %s", tt.old)
		}
		p, err := ReadProfile(strings.NewReader(strings.Replace(shops, tt.old, tt.with, 1)))
		if err == nil {
			_, err = ProfileReader{}.Rules(p, "shops")
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: expected %s, found %v", tt.with, tt.want, err)
		}
	}
	p, _ := ReadProfile(strings.NewReader(strings.Replace(shops, `"adyenFees"`, `"tip":"addToLiableAccount","adyenFees"`, 1)))
	if _, err := (ProfileReader{Without: []string{"tip"}}).Rules(p, "shops"); err != nil {
		t.Error(err)
	}
}

// TestProfileCannotHave writes rules that no profile is: each field is named.
func TestProfileCannotHave(t *testing.T) {
	for _, tt := range []struct{ rule, want string }{
		{`"rest":"liable","routes":[]`, "rest: expected $account, as the store's balance account has the rest at Adyen, found liable"},
		{`"rest":"$account","routes":[{"account":"liable","percent":"1","min":5,"reference":"a"}]`, "routes[0].min: expected neither min nor max, as commissions have no limits, found one"},
		{`"rest":"$account","routes":[{"account":"a","percent":"1","reference":"a"},{"account":"b","percent":"1","reference":"b"}]`, "routes[1].account: expected one route to liable and one to another account, which is what a profile has, found b too"},
		{`"rest":"$account","routes":[{"percent":"1","reference":"a"}]`, "routes[0].account: expected an account of Adyen's, found none, which is the platform's"},
		{`"rest":"$account","when":{"country":"DE"}`, "when.country: expected none, as profiles have no such condition, found one"},
		{`"rest":"$account","when":{"minAmount":5}`, "when.minAmount: expected none, as profiles have no such condition, found one"},
		{`"rest":"$account","splits":[{"type":"PaymentFee","account":"x"}]`, "splits[0].account: expected liable or $account, found x"},
		{`"rest":"$account","refund":{"behavior":"deductFromOneBalanceAccount","targetAccount":"x"}`, "refund.targetAccount: expected $account, found x"},
		{`"rest":"$account","chargeback":{"behavior":"deductFromOneBalanceAccount","targetAccount":"x"}`, "chargeback.targetAccount: expected $account, found x"},
		{`"rest":"$account","provider":"xendit"`, "provider: expected adyen, found xendit"},
	} {
		text := strings.Replace(`{"id":"e","type":"rule.create","rule":"r","name":"n","currency":"EUR",`+tt.rule+`}`, `,"routes":[]`, "", 1)
		e, err := posting.Decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = (ProfileWriter{}).Profile([]*posting.Rule{posting.RuleOf(&e)}); err == nil || !strings.HasSuffix(err.Error(), tt.want) {
			t.Errorf("%s: expected %s, found %v", tt.rule, tt.want, err)
		}
	}
}
