//go:build !unix

package bench

import "os/exec"

// A runAs makes programs run as a user that may run a database server: here the one who runs this.
type runAs struct{}

func (runAs) prepare(*exec.Cmd) {}

func unprivileged(string) (runAs, error) { return runAs{}, nil }
