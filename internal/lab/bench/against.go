package bench

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/splitledger/splitledger/ledger"
)

// AgainstModes are the ones that [Against] measures unless told otherwise.
var AgainstModes = []Mode{{1, 1}, {64, 1}, {1, 1000}, {1, 8000}}

// An Opposition is a ledger and a database in one mode.
type Opposition struct {
	Mode             Mode
	Ledger, Postgres Figures
}

// Against measures each mode for about the given time, half of it each, in turns, on a new ledger and a new PostgreSQL database in dir. It
// returns the version of the database.
func Against(ctx context.Context, dir string, sellers int, modes []Mode, each time.Duration, report func(Opposition)) (version string, err error) {
	pg, err := StartPostgres(ctx, filepath.Join(dir, "postgres"), sellers)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, pg.Stop()) }()
	books, err := OpenBooks(filepath.Join(dir, "against.db"), sellers, ledger.Options{})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	const turns = 2
	round, booked := 0, 0
	for _, m := range modes {
		o := Opposition{Mode: m}
		var ours, theirs meter
		for range turns {
			if err := ours.run(ctx, books, m, each/turns/2); err != nil {
				return pg.Version, err
			}
			round++
			if err := pg.Run(ctx, m, sellers, round, each/turns/2, &theirs); err != nil {
				return pg.Version, err
			}
		}
		booked += theirs.payments
		o.Ledger, o.Postgres = ours.figures(), theirs.figures()
		report(o)
	}
	return pg.Version, pg.Proved(ctx, booked)
}
