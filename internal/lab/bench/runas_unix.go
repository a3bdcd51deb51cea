//go:build unix

package bench

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// A runAs makes programs run as a user that may run a database server: it refuses to run for root.
type runAs struct{ credential *syscall.Credential }

func (r runAs) prepare(cmd *exec.Cmd) {
	if r.credential != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: r.credential}
	}
}

// unprivileged returns who is to run the server, and gives them the directory.
func unprivileged(dir string) (runAs, error) {
	if os.Geteuid() != 0 {
		return runAs{}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return runAs{}, err
	}
	uid, e1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, e2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(e1, e2, os.Chown(dir, int(uid), int(gid))); err != nil {
		return runAs{}, err
	}
	return runAs{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
