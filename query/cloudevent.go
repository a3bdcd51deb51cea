package query

import (
	"cmp"
	"fmt"
	"time"
)

// A CloudEvent is a record in the form of CloudEvents 1.0, for brokers and functions that take those.
type CloudEvent struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`                // the record's number
	Source          string    `json:"source"`            // the ledger's identity, which no other ledger has
	Type            string    `json:"type"`              // that of the event, after "splitledger."
	Subject         string    `json:"subject,omitempty"` // the payment of the event, or else its account
	Time            time.Time `json:"time"`              // when it was recorded
	DataContentType string    `json:"datacontenttype"`
	Sequence        string    `json:"sequence"` // the record's number in 20 digits, which sort as text
	Data            *Record   `json:"data"`
}

// CloudEvent gives a record the form of CloudEvents. A record of the ledger's own is of the type splitledger.ledger.
func (b *Books) CloudEvent(r *Record) CloudEvent {
	return CloudEvent{
		SpecVersion: "1.0", ID: fmt.Sprint(r.Record), Source: b.Ledger.ID().URN(),
		Type:    "splitledger." + cmp.Or(string(r.Event.Type), "ledger"),
		Subject: cmp.Or(r.Event.Payment, string(r.Event.Account)), Time: r.Recorded,
		DataContentType: "application/json", Sequence: fmt.Sprintf("%020d", r.Record), Data: r,
	}
}

// MarshalJSON returns what [CloudEvent.AppendJSON] appends.
func (e CloudEvent) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// AppendJSON appends the event as JSON, as its tags say.
func (e *CloudEvent) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	b = appendField(b, `"specversion":`, e.SpecVersion)
	b = appendField(b, `"id":`, e.ID)
	b = appendField(b, `"source":`, e.Source)
	b = appendField(b, `"type":`, e.Type)
	b = appendField(b, `"subject":`, e.Subject)
	b = append(appendTime(append(b, `"time":`...), e.Time), ',')
	b = appendField(b, `"datacontenttype":`, e.DataContentType)
	b = appendField(b, `"sequence":`, e.Sequence)
	return append(e.Data.AppendJSON(append(b, `"data":`...)), '}')
}
