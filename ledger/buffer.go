package ledger

// A RecordBuffer is memory that records are read into, again and again. Without one, each look-up would leave
// its records to the garbage collector. Records in it are good until the next ones are read into it. The zero
// value is ready to use, by one goroutine.
type RecordBuffer struct {
	list []*Record // behind its end there may be records of an earlier look-up
}

// What a buffer keeps at most. A look-up of thousands of records is rare, and would otherwise keep their memory for
// good.
const (
	maxBufferRecords  = 64
	maxBufferPostings = 256
)

// empty gives up the records in the buffer, and keeps their memory for others.
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

// add returns a record to be filled, in the memory of an earlier one if there is any.
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
