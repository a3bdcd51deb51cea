package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
)

// captureLine is the record of a capture with three splits.
const captureLine = `{"record":19999,"block":19,"recorded":"2026-11-28T14:58:57.24659Z","at":"2026-11-28T14:58:57.24659Z","event":{"id":"evt_000000009999","type":"payment.capture","payment":"pay_000000009999","amount":{"value":46077,"currency":"EUR"},"splits":[{"type":"BalanceAccount","account":"seller:0001398","amount":{"value":32253,"currency":"EUR"},"reference":"sale-9999-1"},{"type":"BalanceAccount","account":"seller:0003565","amount":{"value":9217,"currency":"EUR"},"reference":"sale-9999-2"},{"type":"Commission","amount":{"value":4607,"currency":"EUR"},"reference":"fee-9999"}],"provider":"adyen","reference":"order-9999"},"keys":[{"space":"e","name":"evt_000000009999"},{"space":"p","name":"pay_000000009999"},{"space":"r","name":"order-9999"}],"entries":[{"entry":9999,"reference":"evt_000000009999","postings":[{"account":"provider:adyen","sub":"pending","amount":{"value":46077,"currency":"EUR"},"type":"Capture"},{"account":"seller:0001398","sub":"pending","amount":{"value":-32253,"currency":"EUR"},"type":"BalanceAccount","reference":"sale-9999-1"},{"account":"seller:0003565","sub":"pending","amount":{"value":-9217,"currency":"EUR"},"type":"BalanceAccount","reference":"sale-9999-2"},{"account":"liable","sub":"pending","amount":{"value":-4607,"currency":"EUR"},"type":"Commission","reference":"fee-9999"}]}]}`

// fullLine has every field there is.
const fullLine = `{"record":7,"block":2,"hash":"37e4b182c77f30a8edcd20f80d460510efc98d4513045d52afa0fac346f78b18","recorded":"2026-11-28T14:58:57.24659Z","at":"2026-11-28T14:58:57Z","event":{"id":"e","type":"account.close","account":"a"},"remarks":[{"kind":"fallback","capture":"c","split":1,"reason":"r\u00e9\ud83d\ude00"}],"keys":[{"space":"e","name":"e\n"}],"assets":[{"code":"USDC","exponent":6}],"opens":[{"account":"a","kind":"sub","holder":"Nora","metadata":{"vat":"NL1","x":""},"overdraft":[{"value":500,"currency":"EUR"}]},{"account":"b","kind":"bank"}],"statuses":[{"account":"a","status":"closed"}],"updates":[{"account":"a","holder":"é"},{"account":"b","metadata":{},"overdraft":[]}],"entries":[{"entry":1,"reference":"x","postings":[{"account":"a","sub":"available","amount":{"value":-1000000000000000000000000,"currency":"JPY"},"type":"t","reference":"r","reason":"why"},{"account":"b","sub":"reserved","amount":{"value":1000000000000000000000000,"currency":"JPY"}}]},{"entry":2,"postings":[]}]}`

// A decoded is what a line says.
type decoded struct {
	Record  ledger.Record
	Event   string
	Remarks []wire.Remark
}

// decodeAlike reads a line twice: as the package does, into memory that was used before, and as it did when it had a JSON library for it.
func decodeAlike(t testing.TB, text string) {
	t.Helper()
	var r jsonl.Scanner
	var l line
	if err := l.decode(&r, fullLine); err != nil {
		t.Fatal(err)
	}
	err := l.decode(&r, text)
	want, wantErr := reference([]byte(text))
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%q: %v; the reference: %v", text, err, wantErr)
	}
	if err != nil {
		return
	}
	got := decoded{l.Record, string(l.event.AppendJSON(nil)), l.remarks}
	if (l.Content != nil) != (l.event.Type != "") {
		t.Errorf("%q: an event of type %q, content %v", text, l.event.Type, l.Content)
	}
	got.Record.Content = nil
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(ledger.Record{}),
		cmp.Comparer(func(a, b money.Amount) bool { return a.Equal(b) })); d != "" {
		t.Errorf("%q (-want +got):\n%s", text, d)
	}
}

// decimals are more than a time has, which a JSON library leaves out.
var decimals = regexp.MustCompile(`\.[0-9]{10}`)

// reference reads a line with a JSON library.
func reference(text []byte) (d decoded, err error) {
	if string(bytes.Trim(text, " \t\r\n")) == "null" {
		return d, errors.New("nothing at all") // which was a record without a number: refused a little later
	}
	var l recordLine
	if err := strict(text, &l); err != nil {
		return d, err
	}
	var times struct{ Recorded, At string }
	if err := json.Unmarshal(text, &times); err != nil || decimals.MatchString(times.Recorded+times.At) {
		return d, fmt.Errorf("more than nanoseconds: %w", err)
	}
	r := &d.Record
	*r = ledger.Record{Number: l.Record, Block: l.Block, Recorded: l.Recorded, At: l.At}
	if l.Hash != nil {
		r.BlockHash = *l.Hash
	}
	var event posting.Event
	if len(l.Event) > 0 {
		if event, err = posting.Decode(l.Event); err != nil {
			return d, err
		}
	}
	d.Event, d.Remarks = string(event.AppendJSON(nil)), l.Remarks
	for _, k := range l.Keys {
		if len(k.Space) != 1 {
			return d, fmt.Errorf("a space of %q", k.Space)
		}
		r.Keys = append(r.Keys, ledger.Key{Space: k.Space[0], Name: k.Name})
	}
	for _, a := range l.Assets {
		r.Assets = append(r.Assets, money.Asset(a))
	}
	for _, o := range l.Opens {
		kind, err := accounts.ParseKind(o.Kind)
		if err != nil {
			return d, err
		}
		overdraft, err := o.amounts()
		if err != nil {
			return d, err
		}
		r.Opens = append(r.Opens, accounts.Account{ID: o.Account, Kind: kind, Holder: o.Holder, Metadata: o.Metadata, Overdraft: overdraft})
	}
	for _, s := range l.Statuses {
		status, err := accounts.ParseStatus(s.Status)
		if err != nil {
			return d, err
		}
		r.Statuses = append(r.Statuses, ledger.StatusChange{Account: s.Account, Status: status})
	}
	for _, u := range l.Updates {
		overdraft, err := u.amounts()
		if err != nil {
			return d, err
		}
		r.Updates = append(r.Updates, ledger.Update{Account: u.Account, Holder: u.Holder, Metadata: u.Metadata, Overdraft: overdraft})
	}
	for _, e := range l.Entries {
		entry, err := e.entry()
		if err != nil {
			return d, err
		}
		r.Entries = append(r.Entries, entry)
	}
	return d, nil
}

func (d *detailsJSON) amounts() (list []money.Amount, err error) {
	for _, v := range d.Overdraft {
		amount, err := money.ParseMinor(string(v.Value), v.Currency)
		if err != nil {
			return nil, err
		}
		list = append(list, amount)
	}
	return list, nil
}

func (e *entryJSON) entry() (ledger.Entry, error) {
	entry := ledger.Entry{Number: e.Entry, Reference: e.Reference}
	for _, p := range e.Postings {
		amount, err := money.ParseMinor(string(p.Amount.Value), p.Amount.Currency)
		if err != nil {
			return entry, err
		}
		sub, err := parseSub(p.Sub)
		if err != nil {
			return entry, err
		}
		entry.Postings = append(entry.Postings, ledger.Posting{Account: p.Account, Sub: sub, Amount: amount, Type: p.Type, Reference: p.Reference, Reason: p.Reason})
	}
	return entry, nil
}

// TestDecode reads what a hostile export may have, and what is written in another way.
func TestDecode(t *testing.T) {
	const amount = `{"value":-1000000000000000000000000,"currency":"JPY"}`
	for _, change := range []struct{ old, with string }{
		{"", ""}, {`{"record"`, ` {	"record" `}, {`"block":2,`, ``}, {`"block":2`, `"block":2,"block":2`}, {`"block":2`, `"block":2,"blok":2`}, {`"block":`, `"Block":`},
		{`"block":2`, `"block":null`}, {`"block":2`, `"block":"2"`}, {`"block":2`, `"block":2.0`}, {`"block":2`, `"block":2e0`}, {`"block":2`, `"block":-0`}, {`"block":2`, `"block":02`},
		{`"block":2`, `"block":18446744073709551615`}, {`"block":2`, `"block":18446744073709551616`}, {`"block":2`, `"block":true`}, {`"block":2`, `"block":nul`},
		{`"hash":"37`, `"hash":"g7`}, {`"hash":"37`, `"hash":"`}, {`"hash":"37e`, `"hash":"37E`}, {`:57Z"`, `:57,5Z"`}, {`:57Z"`, `:57.123456789Z"`}, {`:57Z"`, `:57.1234567891Z"`}, {`:57Z"`, `:60Z"`}, {`:57Z"`, `:57+24:00"`}, {`:57Z"`, `:57+01:00"`}, {`T14:58:57Z`, `T4:58:57Z`}, {`"2026-11-28T14:58:57Z"`, `null`},
		{`"event":{`, `"event":null,"x":{`}, {`{"id":"e","type":"account.close","account":"a"}`, `null`}, {`{"id":"e","type":"account.close","account":"a"}`, `{}`}, {`{"id":"e","type"`, ` { "id" : "e" ,"type"`},
		{`"type":"account.close","account":"a"}`, `"account":"a","type":"account.close"}`}, {`"account.close"`, `"account.close","id":"f"`}, {`"account.close"`, `"account.shut"`}, {`"account":"a"},"rem`, `"account":"a"}},"rem`},
		{`"keys":[`, `"keys":[null,`}, {`"keys":[{"space":"e","name":"e\n"}]`, `"keys":null`}, {`"keys":[{"space":"e","name":"e\n"}]`, `"keys":{}`}, {`"keys":[{"space":"e","name":"e\n"}]`, `"keys":[{"space":"e","name":"e\n"},]`}, {`"space":"e"`, `"space":""`}, {`"space":"e"`, `"space":"ee"`}, {`"space":"e"`, `"space":"é"`}, {`"space":"e"`, `"space":"\u0065"`}, {`"space":"e",`, ``}, {`"space":"e"`, `"space":null`},
		{`"exponent":6`, `"exponent":-0`}, {`"exponent":6`, `"exponent":-7`}, {`"exponent":6`, `"exponent":9223372036854775808`}, {`"exponent":6`, `"exponent":6,"exponent":6`}, {`"assets":[`, `"assets":[null,`},
		{`"opens":[`, `"opens":[null,`}, {`"kind":"sub"`, `"kind":null`}, {`"kind":"sub"`, `"kind":"SUB"`}, {`,"kind":"sub"`, ``}, {`"vat":"NL1"`, `"vat":null`}, {`"x":""`, `"vat":""`}, {`"x":""`, `"v\u0061t":""`}, {`"x":""`, `"x":1`}, {`"overdraft":[{`, `"overdraft":[null,{`}, {`"metadata":{"vat":"NL1","x":""}`, `"metadata":[]`},
		{`"status":"closed"`, `"status":null`}, {`"status":"closed"`, `"status":""`}, {`"statuses":[`, `"statuses":[null,`}, {`"updates":[`, `"updates":[null,`}, {`"remarks":[`, `"remarks":[null,`}, {`"split":1`, `"split":1.5`},
		{`"entries":[`, `"entries":[null,`}, {`"postings":[{`, `"postings":[null,{`}, {`"postings":[]`, `"postings":null`}, {`"sub":"available"`, `"sub":"Available"`}, {`"sub":"available",`, ``}, {`"sub":"available"`, `"sub":1`},
		{amount, `null`}, {amount, `{}`}, {amount, `{"value":5}`}, {amount, `{"value":-5,"currency":"EUR"}`}, {amount, `{"currency":"EUR","value":5}`}, {amount, `{ "value":5 ,"currency": "EUR" }`}, {amount, `{"value":"5","currency":"EUR"}`}, {amount, `{"value":5.0,"currency":"EUR"}`},
		{amount, `{"value":5e2,"currency":"EUR"}`}, {amount, `{"value":-0,"currency":"EUR"}`}, {amount, `{"value":-,"currency":"EUR"}`}, {amount, `{"value":05,"currency":"EUR"}`}, {amount, `{"value":null,"currency":"EUR"}`}, {amount, `{"value":5,"currency":null}`}, {amount, `{"value":5,"currency":""}`}, {amount, `{"value":5,"value":5}`}, {amount, `{"value":5,"unit":"EUR"}`},
		{amount, `{"value":999999999999999999,"currency":"EUR"}`}, {amount, `{"value":-9223372036854775808,"currency":"EUR"}`}, {amount, `{"value":` + strings.Repeat("9", 36) + `}`}, {amount, `{"value":` + strings.Repeat("9", 37) + `}`}, {amount, `{"value":5,"currency":"\u0045UR"}`}, {amount, `5`},
		{`"why"`, `"\ud83d"`}, {`"why"`, `"\ud83d\u0041"`}, {`"why"`, `"\ud83d\ude00"`}, {`"why"`, `"\x"`}, {`"why"`, "\"\xff\""}, {`"why"`, "\"\x00\""}, {`"why"`, "\"\xed\xa0\x80\""}, {`"why"`, "\"\t\""}, {`"why"`, `"why`}, {`"why"`, `'why'`}, {`"why"`, `null`},
		{`]}]}`, `]}]} `}, {`]}]}`, `]}]}{}`}, {`]}]}`, `]}]`}, {`]}]}`, `]}}`}, {`]}]}`, `]}]}` + "\x00"},
	} {
		if !strings.Contains(fullLine, change.old) {
			t.Errorf("no %s in the line", change.old)
		}
		decodeAlike(t, strings.Replace(fullLine, change.old, change.with, 1))
	}
	for _, text := range []string{captureLine, ``, `{}`, `null`, `[]`, `1`, `{"record":1}x`, strings.Repeat(`[`, 100000), `{"entries":` + strings.Repeat(`[`, 100000), `{"event":` + strings.Repeat(`{"a":`, 100000)} {
		decodeAlike(t, text)
	}
}

// TestDecodeOfDamage cuts lines at every byte, and changes a byte somewhere.
func TestDecodeOfDamage(t *testing.T) {
	for i := range len(fullLine) {
		decodeAlike(t, fullLine[:i])
	}
	random := rand.New(rand.NewPCG(7, 7))
	with := []string{"", " ", `"`, ",", "}", "{", "]", "[", ":", `\`, "0", "-", "e", ".", "x", "null", "\x00", "\xff"}
	n := 20000
	if testing.Short() {
		n = 2000
	}
	for range n {
		line := []string{fullLine, captureLine}[random.IntN(2)]
		at := random.IntN(len(line))
		decodeAlike(t, line[:at]+with[random.IntN(len(with))]+line[at+random.IntN(2):])
	}
}

// TestDecodeOfGiants reads an event that is longer than any may be, and a name that is not.
func TestDecodeOfGiants(t *testing.T) {
	decodeAlike(t, strings.Replace(captureLine, "order-9999", strings.Repeat("x", posting.MaxLine), 1))
	decodeAlike(t, strings.Replace(captureLine, `"entry":9999,"reference":"evt`, `"entry":9999,"reference":"`+strings.Repeat("x", 64<<20), 1))
}

// FuzzDecode reads anything as a record: as a JSON library does.
func FuzzDecode(f *testing.F) {
	f.Add(captureLine)
	f.Add(fullLine)
	f.Fuzz(func(t *testing.T, text string) { decodeAlike(t, text) })
}

// BenchmarkDecode reads the record of a capture.
func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	var r jsonl.Scanner
	var l line
	for b.Loop() {
		if err := l.decode(&r, strings.Clone(captureLine)); err != nil {
			b.Fatal(err)
		}
	}
}
