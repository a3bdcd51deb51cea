package ledger

import "github.com/splitledger/splitledger/ledger/internal/codec"

// touching follows chains from their heads.
func touching(s source, heads []codec.Position, yield func(*Record, error) bool) {
	var p codec.Record // of its own: whoever is given a record may read others
	for _, here := range heads {
		for here != 0 {
			rec, prev, err := touchingAt(s, here, &p)
			if (rec != nil || err != nil) && !yield(rec, err) || err != nil {
				return
			}
			here = prev
		}
	}
}

// touchingAt reads the record of a posting, and where the one before it stands that is in another record. There is no
// record of what was booked after the last one of the source: the source has no names for it.
func touchingAt(s source, here codec.Position, p *codec.Record) (*Record, codec.Position, error) {
	if err := load(s, here.Record(), p); err != nil {
		return nil, 0, err
	}
	prev := here
	for prev.Record() == here.Record() {
		q, err := posting(p, prev)
		if err != nil {
			return nil, 0, err
		}
		prev = q.Prev
	}
	if here.Record() > s.last().Record {
		return nil, prev, nil
	}
	rec, err := newRecord(p, s.names())
	return rec, prev, err
}

// posting returns a posting of a record that was taken apart, to which a later one points.
func posting(p *codec.Record, place codec.Position) (*codec.ChainedPosting, error) {
	q, err := p.Posting(place.Index())
	if err == nil {
		err = q.Behind(place)
	}
	return q, corrupt(err)
}
