package ledger

// Encoded is the content of a record, or its beginning, encoded ahead of the turn of the function that appends the record, with the keys and accounts
// that the function will ask for. The zero value is ready to use, and holds nothing. It is for one goroutine at a time, and its
// memory is used again.
type Encoded struct {
	encoder  recordEncoder
	ready    bool
	keys     []answer       // hashed, but not answered
	accounts []namedAccount // in the content
}

// An answer is the newest record that has a key.
type answer struct {
	key    Key
	hash   uint64
	record uint64 // 0 if there is none
}

// Encode encodes content, by the accounts and symbols that are durable. Where it refers to others, [Tx.Append] encodes the content
// at the turn. The function will ask for keys, at most eight.
func (l *Ledger) Encode(to *Encoded, content Content, keys ...Key) {
	to.keys = to.keys[:0]
	for _, k := range keys {
		to.keys = append(to.keys, answer{key: k, hash: k.hash()})
	}
	c := &to.encoder
	c.reset(Encoder{published: l, named: to.accounts[:0]})
	l.mu.RLock()
	c.encode(content)
	l.mu.RUnlock()
	to.ready, to.accounts = !c.incomplete, c.named
}

// Expect says what the function will ask for. All of it is looked up at once: one by one, each would wait for memory.
func (tx *Tx) Expect(e *Encoded) error {
	x := tx.books()
	x.state.expected = e.accounts
	x.asked = append(x.asked[:0], e.keys...)
	return x.ledger.keys.answer(x.asked)
}

// take returns the encoder that has the content of a record: the one that it was encoded with ahead, which can then not be taken again, or
// else the executor's own.
func (x *executor) take(r *Record) *recordEncoder {
	if e := r.Encoded; e != nil && e.ready {
		e.ready = false
		c := &e.encoder
		c.state, c.published, c.first = x.state, nil, len(x.state.words.list)
		c.encode(r.Rest)
		return c
	}
	c := &x.encoder
	c.reset(Encoder{state: x.state, first: len(x.state.words.list)})
	c.encode(r.Content)
	return c
}
