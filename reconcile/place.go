package reconcile

import (
	"fmt"

	"github.com/splitledger/splitledger/reconcile/internal/spill"
)

// A placed is where a line is, in the 64 bits that are remembered of it: file and line, a piece of the fingerprint of its outcome, and whether another
// line about the same is a duplicate of it.
//
//	bits  63      62–54          53–38        37–0
//	      counts  file, 1 to 511 fingerprint  line
type placed uint64

func place(file, line int, print spill.Key) placed {
	p := placed(line)&(1<<38-1) | placed(min(file+1, 511))<<54 | 1<<63
	return p | placed(uint16(print[0])<<8|uint16(print[1]))<<38
}

// uncounted is the place of a line that is not agreed with: another one about the same may be the right one.
func (p placed) uncounted() placed { return p &^ (1 << 63) }

func (p placed) counted() bool { return p>>63 == 1 }

func (p placed) line() int { return int(p & (1<<38 - 1)) }

// file is the index of the file; of all after the 510th it is 510.
func (p placed) file() int { return int(p>>54&511) - 1 }

// like reports whether the outcome was, as far as is remembered, the same to the letter.
func (p placed) like(print spill.Key) bool {
	return uint16(p>>38) == uint16(print[0])<<8|uint16(print[1])
}

// repeated classes a line as a duplicate of one before.
func (r *Resolution) repeated(of placed, files []*file) {
	where := fmt.Sprintf("line %d", of.line())
	if n := of.file(); len(files) > 1 && n < len(files) {
		where = files[n].Name + " " + where
	}
	r.Class, r.Expected, r.Events, r.Waiting = Duplicate, Side{State: "reported in " + where}, nil, false
	r.Hint, r.Remedy = "duplicate: the report tells it twice, it is booked once", ""
}

// toldElsewhere is of a line that another kind of report told before. Whatever is to be said of it was said there.
func (r *Resolution) toldElsewhere() {
	if r.Class.Break() {
		r.Class = Matched
	}
	r.Events, r.Waiting = nil, false
}
