// Package antom reads reports and notifications of Antom (Alipay's payments abroad) for marketplaces, and writes
// requests to it.
//
// # Reports
//
// Two reports are read, as CSV that ends in a line <END>: the settlement details, one line a transaction, and
// the settlement summary, in the columns of a marketplace (one line a receiver) or of a merchant (one line a
// type of transaction, and TOTAL). Columns are found by name, whatever their order. Amounts are in major units,
// with the decimals of ISO 4217.
//
// A line of the details has to add up: settlement = gross + fees, where the gross is the transaction's amount,
// converted by the line's quote if the currencies differ. A converted line may be off by 0.02, as in Antom's
// own checking tool; any other that is off is a [*providers.LineError]. The lines of a batch and receiver sum
// to the receiver's line of the summary, which is the payout (inferred). Receivers are sub-merchants by the
// marketplace's own name of them (referenceMerchantId); the marketplace itself is the empty name.
//
// # Notifications
//
// notifySettlement, notifyPayment, notifyCapture, notifyRefund and notifyDispute, each signed by Antom with
// RSA. How long ago one may have been sent is the receiver's choice: Antom documents no window.
//
// # Names
//
// What names the movement, and the account whose balance changed:
//
//	kind                     channel             Movement            Ours                   Account
//	captured                 notifyPayment       –                   –                      –
//	captured                 notifyCapture       captureId           captureRequestId       –
//	settled, of PAYMENT      settlement details  –                   –                      referenceMerchantId
//	settled, of CAPTURE      settlement details  transactionId       transactionRequestId   referenceMerchantId
//	settlement_failed        settlement details  –                   transactionRequestId   referenceMerchantId
//	capture_reversed         settlement details  transactionId [I]   transactionRequestId   referenceMerchantId
//	refunded                 settlement details  transactionId       transactionRequestId   referenceMerchantId
//	refund_failed            settlement details  – [I]               transactionRequestId   referenceMerchantId
//	refunded, refund_failed  notifyRefund        refundId            refundRequestId        –
//	chargeback, …_reversed   settlement details  transactionId       –                      referenceMerchantId
//	chargeback               notifyDispute       disputeId           –                      –
//	fee, of no payment       settlement details  transactionId       –                      referenceMerchantId
//	payout, payout_failed    settlement summary  –                   –                      referenceMerchantId
//	payout, payout_failed    notifySettlement    –                   –                      referenceMerchantId
//
// [I] is inferred. transactionId is the paymentId, captureId, refundId or dispute id, as the type has it
// (docs.antom.com, settlement_details); whether a REFUND_REVERSAL has the refund's or one of its own is not
// said, so that it is taken for the refund's only where no request names the refund. An id or a request that is
// the payment's is no name of a movement. A payout has no name of its own: its ID is made of batch, receiver
// and currency. Transfers between accounts are in none of these. CANCEL comes before the settlement and
// PAYMENT_REVERSAL after it, which is inferred from the names.
//
// In a marketplace's report and in notifySettlement, whom a line or a payout is of is the account whose balance
// it changed. The marketplace itself has no name there: its account is platform. How a settle shows in the
// details was not found. As a line has to add up (settlement = gross + fees), and the lines of a receiver sum
// to its payout, its amount is the receiver's own [I]: lines of payments are parts. A merchant's report has
// whole payments, and no accounts.
//
// # Requests
//
// [SettleSplit], [SettleRest] and [NewRefund] write the requests settle and refund from a payment of the books;
// a [Signer] signs them, and proves that an answer is Antom's; [ReadResult] says what to do next. Nothing here
// sends anything.
//
// # Sources
//
// docs.antom.com, for a marketplace: settle, settle_api, notify_settlement, notify_dispute, settlement_details,
// settlement_summary; ams: amount, notify_refund, notify_capture; reconcile/rules. The signature:
// alipay/global-open-sdk-go, com/alipay/api/tools. The fees, types and sums of the settlement details:
// ant-intl/antom-ai-tools, skills/antom-reconciliation-expert/scripts/core. What is inferred says so where it
// stands.
package antom
