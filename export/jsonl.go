// The export that can be imported again: the types of its lines, and how they are written.

package export

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	blocks "github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// The lines of JSONL: a head, one line for each record of the journal, and an end. Amounts are whole minor
// units; debits are positive, credits negative. The record below is broken in two for want of room.
//
//	{"splitledger":"journal","version":3,"id":"…"}
//	{"record":1,"block":1,"hash":"…","recorded":"…","at":"…","event":{…},"keys":[{"space":"e","name":"evt-1"}],
//	    "entries":[{"entry":1,"postings":[…]}]}
//	{"end":{"blocks":1,"records":1,"entries":1,"head":"…"}}
//
// The version is the format of the ledger's file, so that a program that would not understand the records refuses the
// export by its first line. The identity and the hashes of blocks, each on the last record of its block, are there
// where the file has an identity, so from version 3 on; the exports of files of before are what they were, and
// programs of before read them.
const (
	program     = "journal"
	lastVersion = blocks.LastFormat
	identified  = 3 // the version that always has an identity; later ones may
)

// A headLine is the first line of an export: what it is, and of which ledger.
type headLine struct {
	Splitledger string    `json:"splitledger"`
	Version     int       `json:"version"`
	ID          uuid.UUID `json:"id,omitzero"`
}

// An endLine is the last line. An export without one was cut short.
type endLine struct {
	End *end `json:"end"`
}

// An end says how much the journal holds. The ledger that is made of the export has to come to the same. It is counted
// by the importer anew, and has to agree.
type end struct {
	Blocks  uint64 `json:"blocks"`
	Records uint64 `json:"records"`
	Entries uint64 `json:"entries"`
	// hash of the last block, which stands for all of history; or that which block 1 would follow
	Head string `json:"head"`
}

// A recordLine is a record of the journal with all that makes the same record again. Fields that a record does not have
// are left out, so that the lines of plain payments stay short.
type recordLine struct {
	Record uint64 `json:"record"`
	// that the record was synced with
	Block uint64       `json:"block"`
	Hash  *blocks.Hash `json:"hash,omitempty"` // of the block, on its last record
	// the ledger's clock, and when it happened
	Recorded time.Time `json:"recorded"`
	At       time.Time `json:"at"`
	// as it was posted; missing for a record of the ledger's own
	Event   json.RawMessage `json:"event,omitempty"`
	Remarks []wire.Remark   `json:"remarks,omitempty"`
	// the names that find the record; the first is the event's id
	Keys     []keyJSON    `json:"keys"`
	Assets   []assetJSON  `json:"assets,omitempty"`
	Opens    []openJSON   `json:"opens,omitempty"`
	Statuses []statusJSON `json:"statuses,omitempty"`
	Updates  []updateJSON `json:"updates,omitempty"`
	Entries  []entryJSON  `json:"entries,omitempty"`
}

// A keyJSON is a name that the record is found by.
type keyJSON struct {
	Space string `json:"space"` // one character
	Name  string `json:"name"`
}

// An assetJSON is a currency of the ledger's own, with its number of decimals.
type assetJSON struct {
	Code     money.Currency `json:"code"`
	Exponent int            `json:"exponent"`
}

// An openJSON is an account that is opened.
type openJSON struct {
	Account accounts.ID `json:"account"`
	Kind    string      `json:"kind"`
	detailsJSON
}

// An updateJSON is what is kept with an account from that record on.
type updateJSON struct {
	Account accounts.ID `json:"account"`
	detailsJSON
}

// detailsJSON is what is kept with an account.
type detailsJSON struct {
	Holder    string            `json:"holder,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	Overdraft []amountJSON      `json:"overdraft,omitempty"`
}

// A statusJSON is the status that an account gets.
type statusJSON struct {
	Account accounts.ID `json:"account"`
	Status  string      `json:"status"`
}

// An entryJSON is an entry; its number must be the next.
type entryJSON struct {
	Entry     uint64        `json:"entry"`
	Reference string        `json:"reference,omitempty"`
	Postings  []postingJSON `json:"postings"`
}

// A postingJSON is a posting. Its balance is not written: it follows from those before. Type, reference and reason are
// kept as they were booked, for they are part of the hash.
type postingJSON struct {
	Account   accounts.ID `json:"account"`
	Sub       string      `json:"sub"`
	Amount    amountJSON  `json:"amount"`
	Type      string      `json:"type,omitempty"`
	Reference string      `json:"reference,omitempty"`
	Reason    string      `json:"reason,omitempty"`
}

// An amountJSON is an amount in minor units, debits positive.
type amountJSON struct {
	Value    json.RawMessage `json:"value"` // a number of any size
	Currency money.Currency  `json:"currency"`
}

// amountOf is an amount as it is written. The value is a JSON number of all its digits, which a reader must not take
// for a float.
func amountOf(a money.Amount) amountJSON { return amountJSON{json.RawMessage(a.Minor()), a.Currency()} }

// writeJSONL writes the head, the records and the end.
func (j *journal) writeJSONL(ctx context.Context, w *bufio.Writer) error {
	out := json.NewEncoder(w)
	// Texts are written as they are; the export is no web page.
	out.SetEscapeHTML(false)
	head := headLine{Splitledger: program, Version: j.format}
	if j.identified {
		head.ID = j.id
	}
	if err := out.Encode(head); err != nil {
		return err
	}
	for r, err := range j.records(ctx) {
		if err != nil {
			return err
		}
		line, err := lineOf(r)
		if err != nil {
			return err
		}
		if j.identified && r.BlockHash != (blocks.Hash{}) {
			line.Hash = &r.BlockHash
		}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return out.Encode(endLine{&end{j.end.Blocks, j.end.Records, j.end.Entries, hex.EncodeToString(j.end.Head.Hash[:])}})
}

// lineOf puts a record into the form of its line. It leaves nothing out that the record is made of, because the hash of
// its block is over all of it. The error is that of content which cannot be read.
func lineOf(r *ledger.Record) (*recordLine, error) {
	event, remarks, err := wire.ContentOf(r)
	if err != nil {
		return nil, err
	}
	line := &recordLine{Record: r.Number, Block: r.Block, Recorded: r.Recorded, At: r.At, Remarks: remarks}
	if event != nil {
		line.Event = event.AppendJSON(nil)
	}
	for _, k := range r.Keys {
		line.Keys = append(line.Keys, keyJSON{string(rune(k.Space)), k.Name})
	}
	for _, a := range r.Assets {
		line.Assets = append(line.Assets, assetJSON(a))
	}
	for _, a := range r.Opens {
		line.Opens = append(line.Opens, openJSON{a.ID, a.Kind.String(), detailsOf(a.Holder, a.Metadata, a.Overdraft)})
	}
	for _, s := range r.Statuses {
		line.Statuses = append(line.Statuses, statusJSON{s.Account, s.Status.String()})
	}
	for _, u := range r.Updates {
		line.Updates = append(line.Updates, updateJSON{u.Account, detailsOf(u.Holder, u.Metadata, u.Overdraft)})
	}
	for i := range r.Entries {
		e := &r.Entries[i]
		entry := entryJSON{Entry: e.Number, Reference: e.Reference}
		for _, p := range e.Postings {
			entry.Postings = append(entry.Postings,
				postingJSON{p.Account, p.Sub.String(), amountOf(p.Amount), p.Type, p.Reference, p.Reason})
		}
		line.Entries = append(line.Entries, entry)
	}
	return line, nil
}

// detailsOf puts what is kept with an account into the form of its line. Overdrafts are in minor units.
func detailsOf(holder string, metadata map[string]string, overdraft []money.Amount) detailsJSON {
	d := detailsJSON{Holder: holder, Metadata: metadata}
	for _, o := range overdraft {
		d.Overdraft = append(d.Overdraft, amountOf(o))
	}
	return d
}
