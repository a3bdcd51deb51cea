package ledger

// touching follows chains from their heads.
func touching(s source, heads []position, yield func(*Record, error) bool) {
	var p decodedRecord // of its own: whoever is given a record may read others
	for _, here := range heads {
		for here != 0 {
			rec, prev, err := p.touching(s, here)
			if (rec != nil || err != nil) && !yield(rec, err) || err != nil {
				return
			}
			here = prev
		}
	}
}

// touching reads the record of a posting, and where the one before it stands that is in another record. There is no record of
// what was booked after the last one of the source: the source has no names for it.
func (p *decodedRecord) touching(s source, here position) (*Record, position, error) {
	raw, err := s.read(here.record())
	if err != nil {
		return nil, 0, err
	}
	if err := p.parse(raw); err != nil {
		return nil, 0, err
	}
	prev := here
	for prev.record() == here.record() {
		if prev.index() >= len(p.postings) {
			return nil, 0, noPosting(here.record())
		}
		node := &p.postings[prev.index()].node
		if err := node.behind(prev); err != nil {
			return nil, 0, err
		}
		prev = node.prev
	}
	if here.record() > s.last().Record {
		return nil, prev, nil
	}
	rec, err := p.record(s.names())
	return rec, prev, err
}
