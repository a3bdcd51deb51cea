// What happens to accounts themselves: they are opened, changed, frozen, closed and opened again, and get the ids that
// providers know them by. None of it moves money.

package posting

import (
	"maps"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// bookOpen opens an account of a user, a provider or the bank. Names of accounts are never used again. The error is
// [DuplicateReference] for a name that any account ever had, and for a provider's id that another has.
func bookOpen(k *booking) error {
	e := k.event
	if a, ok := k.books.Account(e.Account); ok {
		return refusal(DuplicateReference, "account",
			"expected an account that does not exist, found %s, of kind %s and %s", e.Account, a.Kind, a.Status)
	}
	for i := range e.Overdraft {
		if err := k.known("overdraft"+index(i), e.Overdraft[i].Currency()); err != nil {
			return err
		}
	}
	if name, is := e.Account.ProviderName(); is {
		if err := k.provider("account", name); err != nil {
			return err
		}
	}
	if err := k.claim(nil); err != nil {
		return err
	}
	a := e.NewAccount()
	// The ledger keeps the account for as long as it is open, and should not keep the line it came from.
	a.ID, a.Holder, a.Metadata = accounts.ID(strings.Clone(string(a.ID))), strings.Clone(a.Holder), copied(a.Metadata)
	k.rec.Opens = append(k.rec.Opens, a)
	return nil
}

// copied returns a copy of strings that does not keep the line they came from.
func copied(m map[string]string) map[string]string {
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for key, v := range m {
		out[strings.Clone(key)] = strings.Clone(v)
	}
	return out
}

// bookUpdate changes the details of an account. Each field that is given takes the place of the whole value. An
// overdraft that is lowered takes no money back: it only counts for what is paid from then on.
func bookUpdate(k *booking) error {
	e := k.event
	a, ok := k.books.Account(e.Account)
	if !ok {
		return neverOpened("account", e.Account)
	}
	if err := k.updatable(a); err != nil {
		return err
	}
	if e.Holder != "" || e.Metadata != nil || e.Overdraft != nil {
		u := ledger.Update{Account: a.ID, Holder: a.Holder, Metadata: a.Metadata, Overdraft: a.Overdraft}
		if e.Holder != "" {
			u.Holder = strings.Clone(e.Holder)
		}
		if e.Metadata != nil {
			u.Metadata = copied(e.Metadata)
		}
		if e.Overdraft != nil {
			u.Overdraft = e.Overdraft
		}
		k.rec.Updates = append(k.rec.Updates, u)
	}
	if e.ProviderIDs == nil {
		return nil
	}
	// Ids that are left out are given up, so that another account can have them.
	before, err := k.book.idsOf(k.books, a.ID)
	if err != nil {
		return err
	}
	return k.claim(before)
}

// updatable refuses fields that an account of its kind does not have. Platform and liable are the operator's own: they
// have no holder and no overdraft. Accounts of providers and the bank are not known to a provider by an id.
func (k *booking) updatable(a accounts.Account) error {
	e := k.event
	for i := range e.Overdraft {
		if err := k.known("overdraft"+index(i), e.Overdraft[i].Currency()); err != nil {
			return err
		}
	}
	field, only := "", ""
	switch ours := a.Kind == accounts.KindPlatform || a.Kind == accounts.KindLiable; {
	case ours && e.Holder != "":
		field, only = "holder", "metadata or providerIds"
	case ours && e.Overdraft != nil:
		field, only = "overdraft", "metadata or providerIds"
	case !ours && a.Kind != accounts.KindSub && e.ProviderIDs != nil:
		field, only = "providerIds", "holder, metadata or overdraft"
	default:
		return nil
	}
	return refusal(ledger.Invalid, field, "expected %s for %s, an account of kind %s, found %s", only, a.ID, a.Kind,
		field)
}

// bookReopen opens a closed account again, with its history.
func bookReopen(k *booking) error {
	id := k.event.Account
	a, ok := k.books.Account(id)
	switch {
	case !ok:
		return neverOpened("account", id)
	case a.Status != accounts.Closed:
		return refusal(InvalidState, "account", "expected a closed account, %s is %s", id, a.Status)
	}
	return k.status(accounts.Open)
}

// bookFreeze stops an account from paying by instruction. It still receives, and facts are booked on it.
func bookFreeze(k *booking) error {
	a, err := k.changeable()
	if err != nil {
		return err
	}
	if a.Status == accounts.Frozen {
		return refusal(InvalidState, "account", "expected an open account, %s is frozen already", a.ID)
	}
	return k.status(accounts.Frozen)
}

// bookUnfreeze lets a frozen account pay again.
func bookUnfreeze(k *booking) error {
	a, err := k.changeable()
	if err != nil {
		return err
	}
	if a.Status != accounts.Frozen {
		return refusal(InvalidState, "account", "expected a frozen account, %s is %s", a.ID, a.Status)
	}
	return k.status(accounts.Open)
}

// bookClose closes an account that has nothing left: no balance, no payout under way and nothing that a settlement to
// come would bring. Facts that still concern it are booked on liable from then on. The error is [InvalidState] and says
// what is left.
func bookClose(k *booking) error {
	a, err := k.changeable()
	if err != nil {
		return err
	}
	balances, err := k.books.AccountBalances(a.ID)
	if err != nil {
		return err
	}
	var left []string
	for _, b := range balances {
		for _, sub := range []ledger.Sub{ledger.Pending, ledger.Available, ledger.Reserved} {
			if held := b.Of(sub); !held.IsZero() {
				left = append(left, sub.String()+" "+held.String())
			}
		}
	}
	if len(left) > 0 {
		return refusal(InvalidState, "account", "expected a balance of zero everywhere, %s has %s", a.ID,
			strings.Join(left, ", "))
	}
	waiting, err := k.book.underWay(k.books, a.ID)
	if err != nil {
		return err
	}
	if len(waiting.keys) > 0 {
		return refusal(InvalidState, "account", "expected no payout of %s under way, found payouts of %s", a.ID,
			money.FromInt(*waiting.values[0], waiting.keys[0]))
	}
	if err := k.nothingUnsettled(a.ID); err != nil {
		return err
	}
	return k.status(accounts.Closed)
}

// changeable returns the event's account, if its status may be changed at all.
func (k *booking) changeable() (accounts.Account, error) {
	id := k.event.Account
	a, ok := k.books.Account(id)
	switch {
	case !ok:
		return a, neverOpened("account", id)
	case a.Kind != accounts.KindSub:
		return a, refusal(ledger.Invalid, "account",
			"expected an account of kind sub, found %s of kind %s, which the ledger itself needs open", id, a.Kind)
	case a.Status == accounts.Closed:
		return a, refusal(AccountClosed, "account",
			"expected an account that is not closed, found %s; account.reopen opens it again", id)
	}
	return a, nil
}

// status makes the record change the status of the event's account.
func (k *booking) status(s accounts.Status) error {
	k.rec.Statuses = append(k.rec.Statuses, ledger.StatusChange{Account: k.event.Account, Status: s})
	return nil
}

// claim gives the event's account the provider's ids that the event has, in place of those before. An id that is
// another account's is refused. The newest record of an id says whose it is, so each id that is taken or given up is a
// key.
func (k *booking) claim(before map[string][]string) error {
	e := k.event
	if e.ProviderIDs == nil || len(e.ProviderIDs)+len(before) == 0 {
		return nil
	}
	for _, provider := range slices.Sorted(maps.Keys(e.ProviderIDs)) {
		field := "providerIds." + provider
		if err := k.provider(field, provider); err != nil {
			return err
		}
		for i, id := range e.ProviderIDs[provider] {
			if slices.Contains(before[provider], id) {
				continue
			}
			owner, taken, err := claimant(k.books, provider, id)
			if err != nil {
				return err
			}
			if taken {
				return refusal(DuplicateReference, field+index(i),
					"expected an id of %s that no account has, found %s, which is %s's", provider, quote(id), owner)
			}
			k.key(KeyProviderID, provider+"/"+id)
		}
	}
	for _, provider := range slices.Sorted(maps.Keys(before)) {
		for _, id := range before[provider] {
			if !slices.Contains(e.ProviderIDs[provider], id) {
				k.key(KeyProviderID, provider+"/"+id)
			}
		}
	}
	k.key(KeyAccountIDs, string(e.Account))
	k.key(KeyAccountIDs, "")
	return nil
}
