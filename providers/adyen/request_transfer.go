package adyen

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/splitledger/splitledger/posting"
)

// A TransferRequest is a POST to Path of the Transfers API (Adyen/adyen-openapi, TransferService 4), with the header
// Idempotency-Key.
type TransferRequest struct {
	Path           string `json:"-"` // "/transfers"
	IdempotencyKey string `json:"-"` // the same for the same event, so that Adyen does it once

	Amount                  Amount       `json:"amount"`
	BalanceAccountID        string       `json:"balanceAccountId"` // that pays
	Category                string       `json:"category"`
	Type                    string       `json:"type"`
	Counterparty            Counterparty `json:"counterparty"`
	Reference               string       `json:"reference"`
	ReferenceForBeneficiary string       `json:"referenceForBeneficiary"`
}

// A Counterparty is the account that is paid.
type Counterparty struct {
	BalanceAccountID string `json:"balanceAccountId"`
}

// mostReference is how many characters Adyen's references of transfers have at most.
const mostReference = 80

// Transfer writes a request for a transfer between two balance accounts. Its reference is the name of the transfer, or
// the id of the event: reports and webhooks of the paying account have it. forBeneficiary is the reference that those
// of both accounts have, letters and digits; where it is empty, one is made from the reference.
func (w Writer) Transfer(e *posting.Event, forBeneficiary string) (*TransferRequest, error) {
	if e.Type != posting.Transfer {
		return nil, refusal("type", "expected %s, found %s", posting.Transfer, e.Type)
	}
	if err := e.Validate(); err != nil {
		return nil, err
	}
	if e.Fact {
		return nil, refusal("fact", "expected what is to be asked of Adyen, found what it has reported")
	}
	r := &TransferRequest{
		Path: "/transfers", IdempotencyKey: idempotencyKey(e.ID),
		Category: "internal", Type: "internalTransfer", Reference: cmp.Or(e.Transfer, e.ID),
	}
	if n := utf8.RuneCountInString(r.Reference); n > mostReference {
		return nil, refusal("transfer",
			"expected a name of at most %d characters, as Adyen's references have, found %d",
			mostReference, n)
	}
	if r.ReferenceForBeneficiary = forBeneficiary; forBeneficiary == "" {
		r.ReferenceForBeneficiary = beneficiaryReference(r.Reference)
	} else if len(forBeneficiary) > mostReference || !alphanumeric(forBeneficiary) {
		return nil, refusal("referenceForBeneficiary", "expected at most %d of a-z, A-Z and 0-9, found %.100q",
			mostReference, forBeneficiary)
	}
	var err error
	if r.Amount, err = w.amount(e.Amount); err != nil {
		return nil, refusal("amount", "%s", err)
	}
	if r.BalanceAccountID, err = w.account(e.From); err != nil {
		return nil, refusal("from", "%s", err)
	}
	if r.Counterparty.BalanceAccountID, err = w.account(e.To); err != nil {
		return nil, refusal("to", "%s", err)
	}
	// Two accounts of the books may be one at Adyen, which would refuse a transfer from an account to itself.
	if r.BalanceAccountID == r.Counterparty.BalanceAccountID {
		return nil, refusal("to", "expected another balance account than that of %s, found %s twice",
			e.From, r.BalanceAccountID)
	}
	return r, nil
}

// beneficiaryReference makes a reference of letters and digits from any other: the same one where it has nothing else,
// and else what it has of them and a hash, so that different references stay different.
func beneficiaryReference(reference string) string {
	if alphanumeric(reference) {
		return reference
	}
	var b strings.Builder
	for i := range len(reference) {
		// Room is kept for the hash.
		if b.Len() < mostReference-hashDigits && alphanumeric(reference[i:i+1]) {
			b.WriteByte(reference[i])
		}
	}
	sum := sha256.Sum256([]byte(reference))
	return b.String() + hex.EncodeToString(sum[:hashDigits/2])
}

// hashDigits is how many hexadecimal digits stand for what a reference had beside letters and digits.
const hashDigits = 32

// alphanumeric reports whether a text is of the letters and digits that bank transfers have.
func alphanumeric(s string) bool {
	for i := range len(s) {
		if b := s[i] | 0x20; (b < 'a' || b > 'z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return s != ""
}

// idempotencyKey returns the key of a request for an event: its id, or a hash where a header does not take that.
func idempotencyKey(id string) string {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			sum := sha256.Sum256([]byte(id))
			return hex.EncodeToString(sum[:])
		}
	}
	return id
}
