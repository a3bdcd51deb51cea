package bench

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// anonymous returns how much memory the process has that no file stands for, in bytes: what it cannot do without. 0 where that is not
// known.
func anonymous() uint64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		if text, ok := strings.CutPrefix(in.Text(), "RssAnon:"); ok {
			kib, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(text, "kB")), 10, 64)
			if err != nil {
				return 0
			}
			return kib << 10
		}
	}
	return 0
}
