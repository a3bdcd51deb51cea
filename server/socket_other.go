//go:build !linux

package server

import (
	"errors"
	"net"
)

// peerUser is not known here.
func peerUser(net.Conn) (uint32, error) { return 0, errors.ErrUnsupported }
