package money

import "strings"

// isoCodes is ISO 4217 as of 1 January 2026, by the number of decimals: the codes of list one (money
// and funds) that have a minor unit, and those withdrawn since 2017, which books and reports still
// carry. Metals, bond market units, XDR, XSU, XUA, XTS and XXX have no minor unit and are left out.
// docs/decisions/0001-iso-4217-exponents.md says why the list is here.
//
// A code is never taken out and its exponent never changed: the amounts of ledgers that use it would
// change their meaning.
var isoCodes = map[int]string{
	0: `BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF`,

	2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
	    CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
	    GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK
	    LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO
	    NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS
	    SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST
	    XAD XCD XCG YER ZAR ZMW ZWG
	    ANG BGN CUC HRK MRO SLL STD VEF ZWL`, // the last line is withdrawn

	3: `BHD IQD JOD KWD LYD OMR TND`,

	4: `CLF UYW`,
}

// isoExponents is isoCodes by code; it is only read.
var isoExponents = func() map[Currency]int {
	m := make(map[Currency]int, 200)
	for exponent, codes := range isoCodes {
		for code := range strings.FieldsSeq(codes) {
			m[Currency(code)] = exponent
		}
	}
	return m
}()
