//go:build unix

package bench

import (
	"syscall"
	"time"
)

// processor returns how long the processors have worked for this program, in it and in the system.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
