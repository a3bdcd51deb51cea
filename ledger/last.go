package ledger

import "errors"

// Last returns the newest record that carries the key, nil if there is none. Unlike [Tx.Group] it reads no more than that one,
// however many carry the key.
func (tx *Tx) Last(k Key) (r *Record, err error) {
	newest, err := tx.x.newest(k.hash())
	if err != nil || newest == 0 {
		return nil, err
	}
	var failed error
	err = tx.x.walk(k, newest, func(p *parsed) bool {
		r, failed = p.record(tx.x.state.names())
		return false
	})
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	return r, nil
}

// Last returns the newest record that carries the key, nil if there is none. Unlike [Ledger.Group] it reads no more than that
// one, however many carry the key.
func (l *Ledger) Last(k Key) (r *Record, err error) {
	var failed error
	err = l.walk(k, func(v *view, p *parsed) bool {
		r, failed = p.record(v.names)
		return false
	})
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	return r, nil
}
