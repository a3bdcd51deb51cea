//go:build !unix

package server

import "errors"

// room is not known here.
func room(string) (free, size uint64, err error) { return 0, 0, errors.ErrUnsupported }
