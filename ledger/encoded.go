package ledger

// Encoded is the content of a record, encoded ahead of the turn of the function that appends the record. The zero value is ready to
// use, and holds nothing. It is for one goroutine at a time, and its memory is used again.
type Encoded struct {
	encoder recordEncoder
	ready   bool
}

// Encode encodes content, by the accounts and symbols that are durable. Where it refers to others, to is left empty, and
// [Tx.Append] encodes the content at the turn.
func (l *Ledger) Encode(to *Encoded, content Content) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	c := &to.encoder
	c.reset(Encoder{published: l})
	c.encode(content)
	to.ready = !c.incomplete
}

// take returns the encoder that has the content of a record: the one that it was encoded with ahead, which can then not be taken again, or
// else the executor's own.
func (x *executor) take(r *Record) *recordEncoder {
	if e := r.Encoded; e != nil && e.ready {
		e.ready = false
		c := &e.encoder
		c.state, c.published, c.first = x.state, nil, len(x.state.words.list)
		return c
	}
	c := &x.encoder
	c.reset(Encoder{state: x.state, first: len(x.state.words.list)})
	c.encode(r.Content)
	return c
}
