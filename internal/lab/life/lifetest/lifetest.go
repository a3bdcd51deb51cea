// Package lifetest tests simulated providers without a ledger: what they tell is what they have.
package lifetest

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Run lets a provider live on a stage that accepts every event. All files have to be read by the adapter, all
// webhooks to be authentic; once all is told, what was told is what the provider's own books have, and the nets of
// every batch sum to zero. Only accounts that begin with one of those listed count in those books.
func Run(t *testing.T, newProvider func() life.Provider) {
	t.Helper()
	kinds := map[providers.Kind]int{}
	rapid.Check(t, func(rt *rapid.T) {
		p := newProvider()
		s := &stage{rt: rt, provider: p, kinds: kinds}
		w := life.New(p, s, func(label string, low, high int) int { return rapid.IntRange(low, high).Draw(rt, label) })
		s.world = w
		w.Live(rapid.IntRange(1, 20).Draw(rt, "turns"))
		told := map[life.Holding]int64{}
		for _, t := range w.Things() {
			for _, p := range t.Pieces {
				told[life.Holding{Account: p.Account, Currency: t.Current}] += p.Minor
			}
			if n, _ := t.Told(); n != len(t.Pieces) {
				rt.Fatalf("%s\n%s is not told", w, t)
			}
			if len(t.Pieces) > 0 && !t.Complete() {
				rt.Fatalf("%s\n%s is not what its pieces sum to", w, t)
			}
		}
		for h, n := range told {
			if w.Held(h.Account, h.Currency) != n {
				rt.Fatalf("%s\n%v: the provider has %d, and told %d", w, h, w.Held(h.Account, h.Currency), n)
			}
		}
		for _, e := range w.Expect() {
			for _, a := range e.Accounts {
				want := w.Held(a.Group.Account, e.Currency)
				for closed := range w.Closed(a.Group.Account) {
					want += w.Held(closed, e.Currency)
				}
				if a.Minor != want && w.Stuck() == nil && !w.IsClosed(a.Group.Account) {
					rt.Fatalf("%s\n%s: the provider has %d, expected are %d", w, a.Group.Account, want, a.Minor)
				}
			}
		}
		for key, net := range s.batches() {
			if net != 0 {
				rt.Fatalf("%s\nbatch %s comes to %d", w, key, net)
			}
		}
	})
	t.Logf("kinds of outcomes: %v", kinds)
}

type stage struct {
	rt       *rapid.T
	provider life.Provider
	world    *life.World
	kinds    map[providers.Kind]int
	nets     map[string]int64
	seen     map[string]bool
}

func (s *stage) Post(posting.Event) error { return nil }

func (s *stage) Notify(hooks []*life.Hook) {
	for _, h := range hooks {
		n := providers.Notification{Method: "POST", Header: h.Header, Path: h.Path, Body: h.Body, Received: s.world.Now}
		outcomes, err := s.provider.Adapter().Notified(&n, s.provider.Keys())
		if err != nil {
			s.rt.Fatalf("%s\n%s: %v\n%s", s.world, h.Say, err, h.Body)
		}
		for _, o := range outcomes {
			s.kinds[o.Kind]++
		}
	}
}

func (s *stage) Run(files []*life.File) {
	for _, f := range files {
		if s.seen[f.Name] {
			continue
		}
		if s.seen == nil {
			s.seen, s.nets = map[string]bool{}, map[string]int64{}
		}
		s.seen[f.Name] = true
		r, err := s.provider.Adapter().Open(bytes.NewReader(f.Text), s.provider.Options())
		if err != nil {
			s.rt.Fatalf("%s: %v\n%s", f.Name, err, f.Text)
		}
		lines := 0
		for {
			o, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				s.rt.Fatalf("%s: %v\n%s", f.Name, err, f.Text)
			}
			if lines < len(f.Rows) {
				s.compare(f, f.Rows[lines], &o)
			}
			lines++
			s.kinds[o.Kind]++
			if o.Batch != "" && len(f.Name) < 6 || o.Batch != "" && f.Name[:6] != "again_" {
				n, err := strconv.ParseInt(o.Net.Minor(), 10, 64)
				if err != nil {
					s.rt.Fatal(err)
				}
				s.nets[o.Batch+" "+o.Receiver] += n
			}
		}
		if lines != len(f.Rows) {
			s.rt.Fatalf("%s: %d rows, %d outcomes\n%s", f.Name, len(f.Rows), lines, f.Text)
		}
	}
}

// compare looks whether the adapter reads from a line what the provider has booked.
func (s *stage) compare(f *life.File, r *life.Row, o *providers.Outcome) {
	if len(r.Pieces) == 0 || o.Net.Currency() == "" {
		return
	}
	var sum int64
	for _, p := range r.Pieces {
		if p.Account == r.Pieces[0].Account {
			sum += p.Minor
		}
	}
	if o.Net.Minor() != strconv.FormatInt(sum, 10) {
		s.rt.Fatalf("%s: %s: the provider has booked %d, the adapter reads %s\n%s", f.Name, r.Say, sum, o.Net, r.Text)
	}
}

// batches are what the lines of each batch sum to, where the adapter reads batches.
func (s *stage) batches() map[string]int64 { return s.nets }
