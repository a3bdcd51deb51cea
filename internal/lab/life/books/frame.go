package books

import (
	"strings"

	"github.com/splitledger/splitledger/internal/lab/life"
)

// Notify hands the webhooks that were sent to the world, which brings them some turns late, repeats or loses them.
func Notify(w *life.World, sent []Webhook, late int) {
	for _, h := range sent {
		w.Hook(&life.Hook{Say: h.Name, Sure: h.Sure, Header: h.Note.Header, Path: h.Note.Path, Body: h.Note.Body,
			Told: func() { Hear(h.Tells...) }}, late)
	}
}

// Publish hands a report to the world. One without rows is not sent; it reports whether it was.
func Publish(w *life.World, f File) bool {
	if f.Rows == 0 {
		return false
	}
	rows := strings.Split(strings.TrimSpace(string(f.Text)), "\n")
	w.Send(&life.File{Name: f.Name, Account: f.Account, Text: f.Text, Heard: func() { Tell(f.Tells...) }}, rows[1:])
	return true
}

// A Map says which accounts of the ledger an account at the provider is, by the provider's id. Their balances are
// summed.
type Map map[string][]string

// Wrong says how the ledger differs from what was told so far. Bank is the cell of what the provider paid to the
// platform's bank: the platform's own account has that in the ledger still.
func (b *Books) Wrong(m Map, platform, bank string, have func(account, currency string) int64) string {
	found := make(map[Cell]int64)
	for _, c := range b.Cells() {
		switch accounts := m[c.Account]; {
		case c.Account == bank:
			n := have("bank", string(c.Currency))
			found[c] += n
			found[Cell{platform, c.Currency}] -= n
		case accounts != nil:
			for _, a := range accounts {
				found[c] += have(a, string(c.Currency))
			}
		}
	}
	e := b.Expect()
	return e.Wrong(found)
}
