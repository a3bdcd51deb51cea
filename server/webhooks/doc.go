// Package webhooks sends records of ledgers to the endpoints of whoever wants to hear of them, as Standard Webhooks 1.0
// has it.
//
// An endpoint is a cursor on the journal of one ledger: there is no second queue that could lose or reorder anything. A
// [Sender] sends each endpoint one request at a time, in the order of records, until it is answered with a 2xx, and
// only then moves the cursor. So every record of the endpoint's filter arrives at least once and in order; what is
// repeated, after a lost answer or a crash, has the webhook-id of before.
//
// # When a receiver fails
//
// The same record is sent again after 5 seconds, 10, 20 and so on up to 15 minutes, a tenth more or less, and later if
// the receiver asks for it by Retry-After, up to an hour. After 72 hours the endpoint is paused, and at once if the
// receiver answers 410. Nothing is skipped: an endpoint that is resumed goes on where it ended.
//
// # What may be reached
//
// Endpoints are URLs that users gave, so a [Guard] looks at every address that is connected to, after names are
// resolved: neither a name nor a redirect leads into the operator's own network.
package webhooks
