package export

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"time"
)

// header are the columns of CSV.
var header = []string{"record", "entry", "recorded", "at", "event", "type", "account", "sub", "currency", "amount", "amount_minor", "split", "reference", "reason"}

// writeCSV writes one posting a line, debits positive.
func (j *journal) writeCSV(ctx context.Context, w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	for e, err := range j.entries(ctx) {
		if err != nil {
			return err
		}
		r := e.record
		for _, p := range e.Postings {
			err := out.Write([]string{
				strconv.FormatUint(r.Number, 10), strconv.FormatUint(e.Number, 10), r.Recorded.Format(time.RFC3339Nano), r.At.Format(time.RFC3339Nano), e.id, e.typ,
				string(p.Account), p.Sub.String(), string(p.Amount.Currency()), j.table.Format(p.Amount), p.Amount.Minor(), p.Type, p.Reference, p.Reason,
			})
			if err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}
