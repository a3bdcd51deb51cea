// Package booktest holds simulated providers to what they say of themselves: adapters read every file and take every
// webhook, and whoever was told all knows the provider's own books.
package booktest

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// A Stage is a ledger that believes everything, and reads what it is told.
type Stage struct {
	T        *rapid.T
	Provider life.Provider
	World    *life.World
	Check    func(t *rapid.T, f *life.File, outcomes []providers.Outcome) // of each file; may be nil

	Kinds map[providers.Kind]int // that files and webhooks told
}

// Post accepts an event.
func (s *Stage) Post(e posting.Event) error {
	if e.ID == "" || e.Type == "" {
		s.T.Fatalf("an event without id or type: %+v", e)
	}
	return nil
}

// Notify reads webhooks.
func (s *Stage) Notify(hooks []*life.Hook) {
	for _, h := range hooks {
		n := &providers.Notification{Method: "POST", Path: h.Path, Header: h.Header, Body: h.Body,
			Received: s.World.Now}
		outcomes, err := s.Provider.Adapter().Notified(n, s.Provider.Keys())
		if err != nil {
			s.T.Fatalf("webhook %s: %v\n%s", h.Say, err, h.Body)
		}
		for _, o := range outcomes {
			s.Kinds[o.Kind]++
		}
		n.Body = append(bytes.Clone(h.Body), ' ')
		n.Header = nil
		if _, err := s.Provider.Adapter().Notified(n, s.Provider.Keys()); !errors.Is(err,
			providers.ErrUnauthenticated) {
			s.T.Fatalf("webhook %s without its headers: %v", h.Say, err)
		}
	}
}

// Run reads files.
func (s *Stage) Run(files []*life.File) {
	for _, f := range files {
		options := s.Provider.Options()
		options.Account = f.Account
		report, err := s.Provider.Adapter().Open(bytes.NewReader(f.Text), options)
		if err != nil {
			s.T.Fatalf("%s: %v\n%s", f.Name, err, f.Text)
		}
		var all []providers.Outcome
		for {
			o, err := report.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				s.T.Fatalf("%s: %v\n%s", f.Name, err, f.Text)
			}
			s.Kinds[o.Kind]++
			all = append(all, o)
		}
		if s.Check != nil {
			s.Check(s.T, f, all)
		}
	}
}

// Live lets providers live. Own says what an account of the ledger has by the provider's own books, check looks at
// each file and after at a provider at its end; both may be nil. The kinds that any life told are returned.
func Live(t *testing.T, newProvider func() life.Provider, own func(p life.Provider, account, currency string) int64,
	check func(*rapid.T, *life.File, []providers.Outcome), after func(*rapid.T, life.Provider)) map[providers.Kind]int {
	t.Helper()
	kinds := make(map[providers.Kind]int)
	lives := func(rt *rapid.T) {
		p := newProvider()
		s := &Stage{T: rt, Provider: p, Check: check, Kinds: kinds}
		s.World = life.New(p, s, life.Even(func() bool { return rapid.Bool().Draw(rt, "bit") }))
		s.World.Live(s.World.Draw("turns", 1, 30))
		if after != nil {
			after(rt, p)
		}
		if p, ok := p.(life.Bookkeeper); ok {
			if wrong := p.Wrong(func(account, currency string) int64 {
				return own(p.(life.Provider), account,
					currency)
			}); wrong != "" {
				rt.Fatalf("all is told, but what was told is not what the provider has:\n%s%s", wrong, s.World)
			}
		}
	}
	rounds := 1
	if testing.Short() { // when rapid draws a fifth: some kinds would hardly ever be told
		rounds = 5
	}
	for range rounds {
		rapid.Check(t, lives)
	}
	return kinds
}

// Minor reads an amount in minor units.
func Minor(t *rapid.T, a money.Amount) int64 {
	n, ok := a.Int().Int64()
	if !ok {
		t.Fatalf("%v is too large", a)
	}
	return n
}
