package console

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/settings"
)

// An outcome is what a plan came to that somebody confirmed.
type outcome struct {
	ledger string
	steps  []query.Step
}

// planOf names steps: the same steps have the same name, whoever works them out. It is of their transfers, whose ids
// follow from the books, so that books which changed for these accounts give another.
func planOf(ledger string, steps []query.Step) (string, error) {
	text, err := json.Marshal(steps)
	sum := sha256.Sum256(append([]byte(ledger+"\x00"), text...))
	return hex.EncodeToString(sum[:]), err
}

// moves counts the steps that book something.
func moves(steps []query.Step) (n int) {
	for i := range steps {
		if steps[i].Transfer != nil {
			n++
		}
	}
	return n
}

// negativePage lists accounts below zero, and shows what would mend it, before anything is booked.
func negativePage(v *view) (*page, error) {
	list, err := v.books.Negatives(v.r.Context(), query.AccountFilter{}, v.now())
	if err != nil {
		return nil, err
	}
	t := &table{Wrap: true, Empty: "No account is below zero.", Columns: []column{{Head: "Account"}, {"Balance", "n sum"}, {"Currency", "p2"}, {"Pending", "n p2"}, {"Available", "n p2"}, {"Since", "nb p2"},
		{"Days", "n p3"}}}
	for i := range list {
		n := &list[i]
		name := v.account(n.Account, "currency", string(n.Currency))
		name.Why = append(name.Why, bit{Class: "phone", Text: " " + string(n.Currency) + ", since " + v.time(n.Since).Text})
		t.row(name, v.balance(n.Balance.Amount, n.Kind), text(string(n.Currency)), v.amount(n.Pending.Amount), v.balance(n.Available.Amount, n.Kind),
			cell{Bits: []bit{{Text: v.time(n.Since).Text, Href: v.in("events", n.Event), Class: "nb"}}}, text(days(n.Days)))
	}
	p := &page{Title: "Negative balances"}
	if done := v.query.Get("done"); done != "" {
		if s := v.outcome(done); s != nil {
			p.Sections = append(p.Sections, *s)
		}
	}
	if v.query.Get("changed") != "" {
		p.Sections = append(p.Sections, section{Notes: []note{{Class: "warn", Bits: []bit{{Text: fmt.Sprintf(
			"The books changed while you were looking (record %s). Here is the preview again; nothing was booked.", v.grouped(v.books.Ledger.Stats().Records))}}}}})
	}
	p.Sections = append(p.Sections, section{Head: "Accounts below zero", Note: "in all, or in what is available", Table: t})
	plan, err := v.recoveryPlan()
	if err != nil {
		return nil, err
	}
	p.Sections = append(p.Sections, *plan)
	return p, nil
}

// recoveryPlan is the preview: what would be moved, and the form that confirms just that.
func (v *view) recoveryPlan() (*section, error) {
	steps, err := v.books.Recovery(v.r.Context(), query.DefaultOrder)
	if err != nil {
		return nil, err
	}
	s := &section{Head: "What would mend it", Note: "a preview: nothing is booked", Table: v.stepsTable(steps)}
	s.Table.Empty = "Nothing has to be mended."
	n := moves(steps)
	switch {
	case n == 0:
		return s, nil
	case !v.key.Has(settings.Write):
		s.After = []bit{{Text: `Your key may read, not post. Ask somebody with "events:write"; this preview can be sent as a link.`}}
		return s, nil
	}
	plan, err := planOf(v.ledger, steps)
	if err != nil {
		return nil, err
	}
	s.Form = &form{Action: v.r.URL.EscapedPath(), Method: "post", Go: true, Button: fmt.Sprintf("Move money in %d transfers", n), Hidden: [][2]string{{"plan", plan}},
		Sends: []bit{{Text: fmt.Sprintf("As of record %s. If the books change for these accounts, nothing is booked.", v.grouped(v.books.Ledger.Stats().Records)), Class: "soft small"}}}
	if n == 1 {
		for i := range steps {
			if steps[i].Transfer != nil {
				s.Form.Button = fmt.Sprintf("Move %s %s to %s", v.figureOf(steps[i].Amount.Amount), steps[i].Currency, steps[i].To)
			}
		}
	}
	return s, nil
}

// stepsTable lists steps, and what became of them.
func (v *view) stepsTable(steps []query.Step) *table {
	t := &table{Wrap: true, Columns: []column{{Head: "Account"}, {"Amount", "n sum"}, {"Currency", "p2"}, {"From", "p2"}, {"To", "p2"}, {"Result", ""}}}
	for i := range steps {
		s := &steps[i]
		result := text(string(s.Result))
		if s.Refusal != nil {
			result.Bits = append(result.Bits, bit{Text: ": " + s.Refusal.Error(), Class: "bad"})
		}
		for _, e := range s.Entries {
			result.Bits = append(result.Bits, bit{Text: " entry " + v.grouped(e), Href: v.in("entries", fmt.Sprint(e))})
		}
		t.row(cell{Bits: []bit{{Text: string(s.Account), Href: v.in("accounts", string(s.Account), "currency", string(s.Currency))}}, Why: []bit{{Text: s.Why}}}, v.amount(s.Amount.Amount),
			text(string(s.Currency)), idCell(string(s.From), ""), idCell(string(s.To), ""), result)
	}
	return t
}

// recoverDebts books the steps that were previewed, if they are still the same. Confirmed twice, they are booked once: the
// second one is led to what the first did.
func recoverDebts(v *view) (string, error) {
	if !v.key.Has(settings.Write) {
		return "", ledger.Errorf(forbidden, "booking needs a key with the scope events:write; yours has %s", scopes(v.key))
	}
	plan := v.r.PostForm.Get("plan")
	v.session.mu.Lock()
	defer v.session.mu.Unlock()
	if _, did := v.session.done[plan]; did {
		return v.href("/negative", "done", plan), nil
	}
	books := *v.books
	books.Rules = books.Rules.As(v.key.By())
	steps, err := books.Recovery(v.r.Context(), query.DefaultOrder)
	if err != nil {
		return "", err
	}
	if now, err := planOf(v.ledger, steps); err != nil || now != plan || moves(steps) == 0 {
		return v.href("/negative", "changed", "1"), err
	}
	if err := books.Recover(v.r.Context(), steps); err != nil {
		return "", err
	}
	v.session.done[plan] = outcome{v.ledger, steps}
	return v.href("/negative", "done", plan), nil
}

// outcome shows what a plan came to, nil where this session confirmed none of that name.
func (v *view) outcome(plan string) *section {
	v.session.mu.Lock()
	defer v.session.mu.Unlock()
	did, ok := v.session.done[plan]
	if !ok || did.ledger != v.ledger {
		return nil
	}
	booked := 0
	for i := range did.steps {
		if did.steps[i].Result == query.Transferred {
			booked++
		}
	}
	n := note{Class: "good", Bits: []bit{{Text: fmt.Sprintf("Booked %d of %d transfers. A transfer is taken back by an event transfer.reverse.", booked, moves(did.steps))}}}
	if booked < moves(did.steps) {
		n.Class = "warn"
	}
	return &section{Head: "What was booked", Notes: []note{n}, Table: v.stepsTable(did.steps)}
}
