package reconcile

import (
	"errors"

	"github.com/splitledger/splitledger/posting"
)

// maybe turns "not found" into a zero value: much of what is looked for need not be in the books.
func maybe[T any](v T, err error) (T, error) {
	if errors.Is(err, posting.ErrNotFound) {
		var zero T
		return zero, nil
	}
	return v, err
}
