package console

import "github.com/splitledger/splitledger/server/settings"

// A Row is a row of the table of pages, for tests that hold all of them to the same.
type Row struct {
	Path  string
	Scope settings.Scope
	Acts  bool // has a form that does something
	Nav   string
	Key   string
}

// Rows are all pages of a ledger.
func Rows() (list []Row) {
	for i := range pages {
		p := &pages[i]
		list = append(list, Row{p.path, p.scope, p.act != nil, p.nav, p.key})
	}
	return list
}
