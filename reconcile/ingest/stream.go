package ingest

import (
	"context"
	"fmt"
	"io"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/providers"
)

// Taking notifications in while they are read.

// batchNotifications limits how many notifications are booked together, in the order of their events: providers send them
// in any order, and sorting saves most from being parked first. A batch is smaller if no more have come in yet, so that a
// pipe is answered as it is written.
const batchNotifications = 5000

// Read books the notifications of a reader, batch by batch, until it ends or ctx is done, and tells what became of each:
// told is called for each, in order, and flush after each batch. A batch that is begun is finished. Where the ledger
// fails, the error names the line from which nothing is booked.
func (in *Intake) Read(ctx context.Context, r *Reader, told func(line int, result *Result) error, flush func() error) error {
	for ctx.Err() == nil {
		batch, err := readBatch(r)
		if err != nil && err != io.EOF {
			return err
		}
		if len(batch) == 0 {
			return nil
		}
		var notifications []providers.Notification
		for i := range batch {
			if batch[i].Err == nil {
				notifications = append(notifications, batch[i].Notification)
			}
		}
		// There is a result for each notification that could be read. The others are refused, in their place.
		results, failed := in.Take(context.WithoutCancel(ctx), notifications)
		if failed != nil {
			return fmt.Errorf("line %d and after: not booked: %w", batch[0].Line, failed)
		}
		for i := range batch {
			result := Result{Status: Refused}
			if e := batch[i].Err; e != nil {
				result.Err = ledger.Errorf(ledger.Invalid, "%s", e)
			} else {
				result, results = results[0], results[1:]
			}
			if err := told(batch[i].Line, &result); err != nil {
				return err
			}
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return nil
}

// readBatch reads what has come in; for the first notification it waits. With [io.EOF] there may be notifications.
func readBatch(r *Reader) (batch []Read, err error) {
	for len(batch) < batchNotifications && (len(batch) == 0 || r.Ready()) {
		read, err := r.Next()
		if err != nil {
			return batch, err
		}
		batch = append(batch, read)
	}
	return batch, nil
}
