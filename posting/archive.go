package posting

import "github.com/splitledger/splitledger/ledger"

// A Remark is what came of an event that neither the event nor its postings say, such as why a capture fell back to liable.
type Remark struct {
	Kind    string `json:"kind"`
	Capture string `json:"capture,omitempty"`
	Split   int    `json:"split,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// ContentOf returns the event that a record was made of, and the remarks kept with it. The event is nil for a record of the
// ledger's own, which no event made.
func ContentOf(rec *ledger.Record) (*Event, []Remark, error) {
	if !rec.Decoder().More() {
		return nil, nil, nil
	}
	c, err := readContent(rec)
	if err != nil {
		return nil, nil, err
	}
	var remarks []Remark
	for _, o := range c.outcomes {
		remarks = append(remarks, Remark{string(o.kind), o.capture, o.split, o.reason})
	}
	return c.event, remarks, nil
}

// NewContent is the opposite of [ContentOf]: the content of a record for [ledger.Rebuild].
func NewContent(e *Event, remarks []Remark) ledger.Content {
	if e == nil {
		return nil
	}
	c := &content{event: e}
	for _, r := range remarks {
		c.outcomes = append(c.outcomes, outcome{outcomeKind(r.Kind), r.Capture, r.Split, r.Reason})
	}
	return c
}
