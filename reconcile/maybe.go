package reconcile

import (
	"errors"

	"github.com/splitledger/splitledger/posting"
)

// maybe makes nothing of a look-up that found nothing: much of what is looked for may not be in the books.
func maybe[T any](v T, err error) (T, error) {
	if errors.Is(err, posting.ErrNotFound) {
		var zero T
		return zero, nil
	}
	return v, err
}
