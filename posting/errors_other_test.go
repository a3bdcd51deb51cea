//go:build !linux

package posting

import (
	"errors"
	"testing"
)

func fullDisk(*testing.T) (possible bool, err error) {
	return false, errors.New("a small disk is made on Linux only")
}
