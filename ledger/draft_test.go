package ledger_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
)

// A sale is what TestDraft works out ahead: a sale's content, with keys and postings of all kinds.
type saleContent struct {
	draft *ledger.Draft
	ref   string
}

func (c *saleContent) store(e *ledger.Encoder) {
	e.Symbol("sale")
	e.String(c.ref)
	e.Account("seller")
}

func (c *saleContent) Encode(e *ledger.Encoder) {
	if c.draft == nil || !e.Take(c.draft) {
		c.store(e)
	}
	e.Uint(7)
}

func sale(name string, c *saleContent) *ledger.Record {
	return &ledger.Record{
		Keys: []ledger.Key{{Space: 'e', Name: name}, {Space: 'p', Name: "order"}}, Content: c,
		Entries: []ledger.Entry{{Reference: name, Postings: []ledger.Posting{
			{Account: "liable", Sub: ledger.Pending, Amount: money.New(100, "EUR"), Type: "Sale", Reference: "sold"},
			{Account: "seller", Sub: ledger.Pending, Amount: money.New(-90, "EUR"), Type: "Sale", Reference: "sold"},
			{Account: "platform", Sub: ledger.Pending, Amount: money.New(-10, "EUR"), Type: "Fee", Reason: "rounding: +1"},
		}}},
	}
}

// TestDraft works a record out ahead of its turn, lets something happen, and asks for the record to be adopted: it is where what
// happened changes nothing that was looked at.
func TestDraft(t *testing.T) {
	append1 := func(r *ledger.Record) func(*ledger.Tx) error {
		return func(tx *ledger.Tx) error { return tx.Append(r) }
	}
	rec := func(name string, f func(*ledger.Record)) func(*ledger.Tx) error {
		r := &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: name}}}
		f(r)
		return append1(r)
	}
	payment := rec("x", func(r *ledger.Record) { r.Keys = append(r.Keys, ledger.Key{Space: 'p', Name: "order"}) })
	freeze := rec("x", func(r *ledger.Record) {
		r.Statuses = []ledger.StatusChange{{Account: "seller", Status: accounts.Frozen}}
	})
	move := func(sub ledger.Sub) func(*ledger.Tx) error {
		return rec("x", func(r *ledger.Record) { r.Entries = []ledger.Entry{entry("liable", "other", sub, eur(1))} })
	}
	asset := rec("x", func(r *ledger.Record) { r.Assets = []money.Asset{{Code: "POINTS", Exponent: 0}} })
	opened := rec("x", func(r *ledger.Record) { r.Opens = []accounts.Account{{ID: "nobody", Kind: accounts.KindSub}} })
	for _, tt := range []struct {
		name    string
		happens func(*ledger.Tx) error
		refuse  bool // what happens is taken back
		adopted bool
	}{
		{"nothing", nil, false, true},
		{"another event", rec("x", func(*ledger.Record) {}), false, true},
		{"the same event", rec("sale 2", func(*ledger.Record) {}), false, false},
		{"an event of the payment", payment, false, false},
		{"a refused event of the payment", payment, true, true},
		{"an account frozen", freeze, false, false},
		{"an account not frozen after all", freeze, true, true},
		{"a balance that was asked for", move(ledger.Available), false, false},
		{"what of it is pending", move(ledger.Pending), false, false},
		{"what of it is reserved", move(ledger.Reserved), false, false},
		{"that balance, refused", move(ledger.Available), true, true},
		{"a currency made", asset, false, false},
		{"a currency not made after all", asset, true, true},
		{"an account opened that was not there", opened, false, false},
		{"another account opened", rec("x", func(r *ledger.Record) { r.Opens = []accounts.Account{{ID: "somebody", Kind: accounts.KindSub}} }), false, true},
	} {
		for _, when := range []string{"before", "in the same block", "in the same function"} {
			t.Run(tt.name+" "+when, func(t *testing.T) {
				l := ledgertest.Open(t, ledger.Options{})
				for _, id := range []accounts.ID{"seller", "other"} {
					ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: string(id)}}, Opens: []accounts.Account{{ID: id, Kind: accounts.KindSub}}})
				}
				ledgertest.Post(t, l, sale("sale 1", &saleContent{ref: "a"})) // so that the words are known
				var d ledger.Draft
				c := &saleContent{ref: "b"}
				if !work(t, l, &d, sale("sale 2", c), c) {
					t.Fatal("there is nothing to adopt")
				}
				happen := func(tx *ledger.Tx) error {
					if tt.happens == nil {
						return nil
					}
					err := tt.happens(tx)
					if err == nil && tt.refuse {
						err = errors.New("not after all")
					}
					return err
				}
				var adopted bool
				adopt := func(tx *ledger.Tx) (err error) {
					_, adopted, err = tx.Adopt(&d)
					return err
				}
				switch when {
				case "before":
					l.Update(t.Context(), happen)
					if err := l.Update(t.Context(), adopt); err != nil {
						t.Fatal(err)
					}
				case "in the same block":
					if err := l.UpdateBatch(t.Context(), []func(*ledger.Tx) error{happen, adopt})[1]; err != nil {
						t.Fatal(err)
					}
				default:
					if tt.refuse {
						t.Skip("a function is refused as a whole")
					}
					if err := l.Update(t.Context(), func(tx *ledger.Tx) error { return errors.Join(happen(tx), adopt(tx)) }); err != nil {
						t.Fatal(err)
					}
				}
				if adopted != tt.adopted {
					t.Errorf("adopted: %v, expected %v", adopted, tt.adopted)
				}
				group, err := l.Group(ledger.Key{Space: 'e', Name: "sale 2"})
				if want := tt.adopted || tt.name == "the same event"; err != nil || len(group) == 1 != want {
					t.Errorf("%d records, %v", len(group), err)
				}
				ledgertest.Verify(t, l)
			})
		}
	}
}

// work works a sale out, as a function would that looks at all there is.
func work(t *testing.T, l *ledger.Ledger, d *ledger.Draft, r *ledger.Record, c *saleContent) (whole bool) {
	t.Helper()
	if err := l.View(func(v *ledger.View) error {
		d.Begin(v)
		if !d.Prepare(c.store) {
			t.Fatal("its content is not durable")
		}
		c.draft = d
		if has, err := d.Has(r.Keys[0]); has || err != nil {
			t.Fatal(has, err)
		}
		if group, err := d.Group(r.Keys[1]); len(group) == 0 || err != nil {
			t.Fatal(group, err)
		}
		if a, ok := d.Account("seller"); !ok || a.Status != accounts.Open {
			t.Fatal(a)
		}
		if _, ok := d.Account("nobody"); ok {
			t.Fatal("nobody is there")
		}
		d.Balance("other", "EUR")
		d.Table()
		d.Append(r)
		whole = d.End()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return whole
}

// TestDraftBytes books the same sales with drafts, without, and with drafts that came too late: the journals are the same to the byte.
func TestDraftBytes(t *testing.T) {
	var heads []string
	for _, way := range []string{"at its turn", "ahead", "too late"} {
		l := ledgertest.OpenFile(t, filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{Clock: ledgertest.Clock(), ID: format3ID})
		ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "open"}}, Opens: []accounts.Account{{ID: "seller", Kind: accounts.KindSub}, {ID: "other", Kind: accounts.KindSub}}})
		ledgertest.Post(t, l, sale("sale 0", &saleContent{ref: "a"}))
		var d, late ledger.Draft
		for i := range 20 {
			c := &saleContent{ref: fmt.Sprint("ref", i%3)}
			r := sale(fmt.Sprint("sale ", i+1), c)
			if way == "too late" {
				lc := &saleContent{ref: c.ref}
				work(t, l, &late, sale(r.Keys[0].Name, lc), lc)
				c.draft = &late
			}
			if way == "ahead" {
				work(t, l, &d, r, c)
			}
			if err := l.Update(t.Context(), func(tx *ledger.Tx) error {
				if way == "ahead" {
					n, adopted, err := tx.Adopt(&d)
					if !adopted || err != nil {
						return fmt.Errorf("adopted: %v, %w", adopted, err)
					}
					r.Number, r.Recorded, r.Entries[0].Number = n.Record, n.At, n.Entry
					return nil
				}
				return tx.Append(r)
			}); err != nil {
				t.Fatal(way, err)
			}
			if want := uint64(i + 3); r.Number != want || r.Entries[0].Number == 0 || r.Recorded.IsZero() {
				t.Errorf("%s: record %d, entry %d, %v; expected record %d", way, r.Number, r.Entries[0].Number, r.Recorded, want)
			}
		}
		heads = append(heads, fmt.Sprintf("%x", l.Stats().Head))
		ledgertest.Verify(t, l)
	}
	if heads[0] != heads[1] || heads[0] != heads[2] {
		t.Errorf("the journals end differently: %q", heads)
	}
}

// TestDraftLeft leaves to the turn what is not durable yet, or wrong.
func TestDraftLeft(t *testing.T) {
	l := ledgertest.Open(t, ledger.Options{})
	ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "open"}}, Opens: []accounts.Account{{ID: "seller", Kind: accounts.KindSub}}})
	ledgertest.Post(t, l, sale("sale", &saleContent{}))
	key := []ledger.Key{{Space: 'e', Name: "x"}}
	for name, r := range map[string]*ledger.Record{
		"opens":        {Keys: key, Opens: []accounts.Account{{ID: "b", Kind: accounts.KindSub}}},
		"statuses":     {Keys: key, Statuses: []ledger.StatusChange{{Account: "seller", Status: accounts.Frozen}}},
		"updates":      {Keys: key, Updates: []ledger.Update{{Account: "seller", Holder: "Ada"}}},
		"assets":       {Keys: key, Assets: []money.Asset{{Code: "POINTS", Exponent: 0}}},
		"unknown":      {Keys: key, Entries: []ledger.Entry{entry("liable", "nobody", ledger.Pending, eur(1))}},
		"unbalanced":   {Keys: key, Entries: []ledger.Entry{{Postings: []ledger.Posting{{Account: "seller", Amount: eur(1), Type: "Sale"}}}}},
		"no key":       {},
		"a new word":   {Keys: key, Entries: []ledger.Entry{{Postings: []ledger.Posting{{Account: "seller", Amount: eur(1), Type: "New"}, {Account: "liable", Amount: eur(-1), Type: "New"}}}}},
		"a new letter": {Keys: key, Content: &saleContent{}, Entries: []ledger.Entry{entry("liable", "nobody", ledger.Pending, eur(1))}},
	} {
		var d ledger.Draft
		if err := l.View(func(v *ledger.View) error {
			d.Begin(v)
			d.Append(r)
			if d.End() {
				t.Errorf("%s: there is something to adopt", name)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := l.Update(t.Context(), func(tx *ledger.Tx) error {
			if _, adopted, err := tx.Adopt(&d); adopted || err != nil {
				t.Errorf("%s: adopted %v, %v", name, adopted, err)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	}
	if err := l.View(func(v *ledger.View) error {
		var d ledger.Draft
		d.Begin(v)
		defer d.End()
		if d.Prepare(func(e *ledger.Encoder) { e.Account("nobody") }) {
			t.Error("content with an account that is not there is prepared")
		}
		if _, err := d.AccountBalances("seller"); err == nil {
			t.Error("all balances of an account are not noted")
		}
		if _, err := d.EntryRecord(99); err == nil {
			t.Error("entry 99 was found")
		}
		if r, err := d.EntryRecord(1); err != nil || r.Keys[0].Name != "sale" {
			t.Error(r, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
