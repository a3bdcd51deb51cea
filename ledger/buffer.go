package ledger

// A RecordBuffer is memory that records are read into, again and again. Without one, each look-up would leave
// its records to the garbage collector. Records in it are good until the next ones are read into it. The zero
// value is ready to use, by one goroutine.
type RecordBuffer struct {
	list []*Record // behind its end there may be records of an earlier look-up
}

// What is kept of a room at most: rather than keep the memory of a giant for good.
const (
	maxBufferRecords  = 64
	maxBufferPostings = 256
)

// empty gives up the records in the room.
func (r *RecordBuffer) empty() {
	if len(r.list) > maxBufferRecords {
		r.list = nil
	}
	for i, rec := range r.list {
		if cap(rec.postings) > maxBufferPostings {
			r.list[i] = nil
		}
	}
	r.list = r.list[:0]
}

// add makes one more record of the room.
func (r *RecordBuffer) add() *Record {
	n := len(r.list)
	if n < cap(r.list) {
		r.list = r.list[:n+1]
	} else {
		r.list = append(r.list, nil)
	}
	if r.list[n] == nil {
		r.list[n] = new(Record)
	}
	return r.list[n]
}
