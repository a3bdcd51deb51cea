package ledger

import (
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/money"
)

// A state is what the journal adds up to: the accounts with their balances, and the symbols that records use by
// number. It is changed by applying records in order, and only by that.
//
// One goroutine at a time changes a state. What readers may see of it at the same time are the fields named shown,
// which change when a block has become durable; the ledger's lock guards those and the lists.
type state struct {
	table    money.Table
	symbols  codec.Symbols
	accounts []*account // by number
	index    accountIndex

	changed    []*account // since the walk for the newest checkpoint began
	generation uint32     // how many such walks there were, from 1

	asked   []askedAccount // by the present function
	applied []*account     // changed by blocks that were applied, and not shown yet
	sums    []codec.Amount // memory of balanced
}

// account finds an account, nil if there is none. It remembers the ids asked for last, as a function asks for
// the same few again and again. Only whoever changes the state may call it.
func (s *state) account(id accounts.ID) *account {
	for i := range s.asked {
		if a := &s.asked[i]; a.id == id {
			return a.account
		}
	}
	a := s.find(id)
	// A short list is searched faster than a hash is made, and most functions ask for few accounts.
	if a != nil && len(s.asked) < maxAsked {
		s.asked = append(s.asked, askedAccount{id, a})
	}
	return a
}

// AccountNumber implements [codec.AccountNumbers].
func (s *state) AccountNumber(id accounts.ID) (uint32, bool) {
	if a := s.account(id); a != nil {
		return a.number, true
	}
	return 0, false
}

// An askedAccount is an account that was asked for by an id.
type askedAccount struct {
	id      accounts.ID
	account *account
}

// find finds an account for readers, who hold the ledger's lock.
func (s *state) find(id accounts.ID) *account { return s.index.get(s.accounts, id, hashID(id)) }

// Accounts that every ledger has from the start. Their numbers are part of the format.
var builtin = []accounts.Account{
	{ID: accounts.Platform, Kind: accounts.KindPlatform},
	{ID: accounts.Liable, Kind: accounts.KindLiable},
}

// newState is the state before the first record: it has the builtin accounts alone.
func newState() *state {
	// The first symbol is the empty one, so that number 0 says that there is none.
	s := &state{symbols: codec.NewSymbols([]string{""}), generation: 1}
	for _, a := range builtin {
		s.open(a)
		s.find(a.ID).shown = true
	}
	return s
}

// An account is one account as the executor sees it.
type account struct {
	number      uint32
	kind        accounts.Kind
	status      accounts.Status
	shownStatus accounts.Status
	shown       bool   // durable: readers may know of it
	gone        bool   // opening it was taken back
	changed     uint32 // generation of the state when it was noted last
	id          accounts.ID
	details     *details    // the executor's; nil where there are none. See [account.seen]
	subBalances *subBalance // list, in order of first use
	first       subBalance  // of the list: most accounts have one, and few more than two
}

// details is what most accounts do not have: a holder, metadata, an overdraft. They never change; an update
// puts new ones in their place.
type details struct {
	holder    string
	metadata  map[string]string
	overdraft []money.Amount

	// hidden marks an update that is not durable yet: readers see before instead. The ledger's lock guards
	// both.
	hidden bool
	before *details // while hidden
}

// public is an account with a status and details, each as the executor has it or as readers see it.
func (a *account) public(status accounts.Status, d *details) accounts.Account {
	p := accounts.Account{ID: a.id, Kind: a.kind, Status: status}
	if d != nil {
		p.Holder, p.Metadata, p.Overdraft = d.holder, d.metadata, d.overdraft
	}
	return p
}

// seen is the account as readers see it. They hold the ledger's lock.
func (a *account) seen() accounts.Account { return a.public(a.shownStatus, a.seenDetails()) }

// seenDetails is what readers see of the details.
func (a *account) seenDetails() *details {
	d := a.details
	for d != nil && d.hidden {
		d = d.before
	}
	return d
}

// newDetails makes the details of an account; nil where there are none.
func newDetails(p *accounts.Account) *details {
	if p.Holder == "" && len(p.Metadata) == 0 && len(p.Overdraft) == 0 {
		return nil
	}
	return &details{holder: p.Holder, metadata: p.Metadata, overdraft: p.Overdraft}
}

// open adds an account under the next number.
func (s *state) open(p accounts.Account) *account {
	a := &account{number: uint32(len(s.accounts)), kind: p.Kind, status: p.Status, shownStatus: p.Status, id: p.ID}
	a.details = newDetails(&p)
	s.accounts = append(s.accounts, a)
	s.index.add(s.accounts, a)
	s.change(a)
	return a
}

// change notes that an account changes: the next checkpoint must have it.
func (s *state) change(a *account) {
	// The mark says that the account is in the list already, which it would otherwise be in once for each posting.
	if a.changed != s.generation {
		a.changed = s.generation
		s.changed = append(s.changed, a)
	}
}

// takeChanged returns the accounts that have changed since it was called last. Some of them may be gone.
func (s *state) takeChanged() []*account {
	list := s.changed
	// About as many accounts will change until the next checkpoint.
	s.changed = make([]*account, 0, len(list)+len(list)/8)
	s.generation++
	return list
}

// unopen takes back the newest account.
func (s *state) unopen() {
	last := s.accounts[len(s.accounts)-1]
	last.gone = true
	s.index.remove(last)
	// The answers may name the account that is gone.
	s.asked = s.asked[:0]
	s.accounts = s.accounts[:len(s.accounts)-1]
}

// subBalance returns the account's cell for a currency and sub-balance, nil if it never had a posting there.
func (a *account) subBalance(currency uint16, sub Sub) *subBalance {
	for c := a.subBalances; c != nil; c = c.next {
		if c.currency == currency && c.sub == sub {
			return c
		}
	}
	return nil
}

// addSubBalance appends an empty cell.
func (a *account) addSubBalance(currency uint16, sub Sub) *subBalance {
	// Most accounts have one sub-balance: it lies in the account, which saves an allocation, and a wait for memory at
	// each look-up.
	c := &a.first
	if a.subBalances != nil {
		c = new(subBalance)
	}
	*c = subBalance{currency: currency, sub: sub, owner: a}
	// Readers may be going through the list under the ledger's lock: what they hold stays where it is.
	end := &a.subBalances
	for *end != nil {
		end = &(*end).next
	}
	*end = c
	return c
}

// normal turns an amount, debits positive, into what people are shown: positive on the account's normal side.
func (a *account) normal(i money.Int) money.Int {
	if a.kind.DebitNormal() {
		return i
	}
	return i.Neg()
}

// balance collects the sub-balances of an account in one currency, by get.
func (a *account) balance(code money.Currency, currency uint16, get func(*subBalance) (money.Int, bool)) Balance {
	var sum [codec.Subs]money.Int
	for c := a.subBalances; c != nil; c = c.next {
		if c.currency == currency {
			b, _ := get(c)
			sum[c.sub] = a.normal(b)
		}
	}
	return Balance{
		Currency: code, Pending: money.FromInt(sum[Pending], code),
		Available: money.FromInt(sum[Available], code), Reserved: money.FromInt(sum[Reserved], code),
	}
}

// balances collects the account's balances in all its currencies, by currency. A cell for which get returns
// false does not count: its currency need not even be a symbol.
func (a *account) balances(symbols []string, get func(*subBalance) (money.Int, bool)) []Balance {
	var list []Balance
	for c := a.subBalances; c != nil; c = c.next {
		if _, ok := get(c); !ok {
			continue
		}
		code := money.Currency(symbols[c.currency])
		i, found := slices.BinarySearchFunc(list, code, func(b Balance, code money.Currency) int {
			return strings.Compare(string(b.Currency), string(code))
		})
		if !found {
			list = slices.Insert(list, i, a.balance(code, c.currency, get))
		}
	}
	return list
}
