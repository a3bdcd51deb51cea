package journal

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// holder says who has the lock on the file, from /proc/locks: the number of a process by which a person finds it. Where
// it cannot be told (the file is gone, or the process is in another container) it is someone.
func holder(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return someone
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return someone
	}
	f, err := os.Open("/proc/locks")
	if err != nil {
		return someone
	}
	defer f.Close()
	inode := ":" + strconv.FormatUint(stat.Ino, 10)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// 1: FLOCK  ADVISORY  WRITE 4711 fe:00:131090 0 EOF
		field := strings.Fields(lines.Text())
		if len(field) >= 6 && field[1] == "FLOCK" && strings.HasSuffix(field[5], inode) {
			switch pid, err := strconv.Atoi(field[4]); {
			case err != nil || pid <= 0: // of another pid namespace
			case pid == os.Getpid():
				return "this process, which has it open already"
			default:
				return fmt.Sprintf("process %d", pid)
			}
		}
	}
	return someone
}
