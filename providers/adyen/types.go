package adyen

import (
	"strings"

	"github.com/splitledger/splitledger/providers"
)

// knownOthers has the types of lines and records, in lower case, that the settlement details and the payments
// accounting report have beside those that mean something here: steps of a payment that move no money, money that
// others than Adyen settled, and corrections (docs.adyen.com reporting/reports-and-the-payments-lifecycle,
// account/payments-lifecycle; those of bulks and payouts are observed).
var knownOthers = func() map[string]bool {
	m := map[string]bool{}
	for _, t := range strings.Fields(`received authorised authorisedpending authorisationadjusted
		refused expired error retried handledexternally sentforrefund refundauthorised cancelledpending
		sentforpayout payoutauthorised payouterror payoutexpired payoutfailed payoutrefused
		settledexternally settledexternallywithinfo refundedexternally refundedexternallywithinfo
		chargebackexternally chargebackexternallywithinfo
		chargebackreversedexternally chargebackreversedexternallywithinfo
		bulksettlement settledbulk refundedbulk
		manualcorrection manualcorrected reserveadjustment misccost misccosts leftover
		balanceadjustment balancerollover balancemigration`) {
		m[t] = true
	}
	return m
}()

// otherType returns the kind of a line or record whose type has no meaning of its own here.
func otherType(name string) providers.Kind {
	t := strings.ToLower(name)
	if knownOthers[t] || strings.Contains(t, "installment") {
		return providers.Other
	}
	return providers.Unknown
}
