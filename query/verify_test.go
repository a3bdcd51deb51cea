package query_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/query"
)

// A head that was noted is in the ledger, or is damage.
func TestVerifyNotedHeads(t *testing.T) {
	l, _ := booked(t, "month.jsonl")
	end := l.Stats()
	head := end.Head
	other := journal.BlockID{Number: head.Number}
	later := journal.BlockID{Number: head.Number + 1, Hash: head.Hash}
	for _, tt := range []struct {
		noted []journal.BlockID
		want  string // the damage
	}{
		{nil, "[]"},
		{[]journal.BlockID{head}, "[]"},
		{[]journal.BlockID{head, other}, "is not the one that was noted"},
		{[]journal.BlockID{later}, fmt.Sprintf("the journal ends with block %d", head.Number)},
	} {
		v, err := books(l).Verify(t.Context(), tt.noted, nil)
		if err != nil {
			t.Fatal(err)
		}
		damage, err := json.Marshal(v.Damage)
		if err != nil || !strings.Contains(string(damage), tt.want) || v.OK != (tt.want == "[]") {
			t.Errorf("%v noted: ok %v, damage %s, %v; expected %s", tt.noted, v.OK, damage, err, tt.want)
		}
		if v.HeadID != head.String() || v.Records == 0 {
			t.Errorf("the head is %s after %d records, expected %s", v.HeadID, v.Records, head)
		}
	}
}

// A ledger that cannot be opened is damaged only where the error says so.
func TestUnopened(t *testing.T) {
	v, damaged := query.Unopened("books.db", fmt.Errorf("open: %w", ledger.Errorf(ledger.Corrupt, "page 3 is torn")))
	if !damaged || v.OK || v.Damage[0] != (ledger.Damage{Place: "books.db", What: "page 3 is torn"}) {
		t.Errorf("got %v, %v", v, damaged)
	}
	for _, err := range []error{nil, errors.New("no disk"), ledger.Errorf(ledger.Invalid, "no")} {
		if _, damaged := query.Unopened("books.db", err); damaged {
			t.Errorf("%v is damage", err)
		}
	}
}
