package server

import (
	"iter"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
)

// asOf are the parameters of questions as of a time.
type asOf struct {
	At       query.Moment `query:"as_of" doc:"what had happened by this time, day or month, late news included"`
	Recorded query.Moment `query:"recorded" doc:"what the books knew by this time, day or month"`
	Zone     zone         `query:"zone" doc:"of days and months, a name of the IANA database; UTC by default"`
}

// asked is what is asked for. A time to come is refused: the answer would change.
func (p *asOf) asked(now time.Time) (ledger.AsOf, error) {
	asked := query.AsOfMoments(&p.At, &p.Recorded, p.Zone.location())
	for _, m := range []struct {
		field string
		begin time.Time
	}{{"as_of", p.At.Begin(p.Zone.location())}, {"recorded", p.Recorded.Begin(p.Zone.location())}} {
		if m.begin.After(now) {
			return asked, &ledger.Error{Code: ledger.Invalid, Field: m.field,
				Message: "expected a time that is not after now, found " + m.begin.Format(time.RFC3339)}
		}
	}
	return asked, nil
}

// A zone is the time zone of a question.
type zone struct{ at *time.Location }

// Set finds a zone by its name.
func (z *zone) Set(name string) (err error) {
	z.at, err = query.ParseZone(name)
	return err
}

func (z *zone) location() *time.Location {
	if z.at == nil {
		return time.UTC
	}
	return z.at
}

// within are the parameters of questions about a period.
type within struct {
	From query.Moment `query:"from" doc:"this time, or the beginning of this day or month"`
	To   query.Moment `query:"to" doc:"before this time, or up to the end of this day or month"`
	Zone zone         `query:"zone" doc:"of days and months, a name of the IANA database; UTC by default"`
}

// period is what is asked for.
func (p *within) period() (query.Period, error) {
	period, ok := query.Between(&p.From, &p.To, p.Zone.location())
	if !ok {
		return period, &ledger.Error{Code: ledger.Invalid, Field: "to",
			Message: "expected an end after the beginning, found " + p.To.String() + " and " + p.From.String()}
	}
	return period, nil
}

// recordedOf are the parameters of lists that can be had as the books were known at a time.
type recordedOf struct {
	Recorded query.Moment `query:"recorded" doc:"as the books were at this time, or the end of this day or month"`
	Zone     zone         `query:"zone" doc:"of days and months, a name of the IANA database; UTC by default"`
}

// books are the books as they were known at the time, if one was given. A time to come is refused.
func (p *recordedOf) books(c *call, b *query.Books) (*query.Books, error) {
	if !p.Recorded.Given() {
		return b, nil
	}
	as := asOf{Recorded: p.Recorded, Zone: p.Zone}
	if _, err := as.asked(c.server.now()); err != nil {
		return nil, err
	}
	return b.AsRecorded(p.Recorded.Last(p.Zone.location()))
}

// now is the time that ages are counted up to.
func (p *recordedOf) now(now time.Time) time.Time {
	if at := p.Recorded.Last(p.Zone.location()); p.Recorded.Given() && at.Before(now) {
		return at
	}
	return now
}

// recorded lists what there was at the time that was asked for.
func recorded[T any](c *call, p *recordedOf, list func(*query.Books) iter.Seq2[T, error]) rows[T] {
	return func(b *query.Books) iter.Seq2[T, error] {
		b, err := p.books(c, b)
		if err != nil {
			return query.All[T](nil, err)
		}
		return list(b)
	}
}
