package console

import (
	"testing"
	"time"
)

func TestPlainDay(t *testing.T) {
	now := time.Date(2026, 3, 14, 8, 40, 0, 0, time.UTC)
	for given, want := range map[string]string{
		"yesterday": "2026-03-13", "Today": "2026-03-14", "12 mar": "2026-03-12", "Mar 12": "2026-03-12",
		"12 March, 2025": "2025-03-12",
		"15 mar":         "2025-03-15", "end of feb": "2026-02", "December": "2025-12", "last month": "2026-02",
		"this month": "2026-03",
		"feb 2025":   "2025-02", "2026-03-12": "2026-03-12", "soon": "soon", "30 feb": "30 feb",
		"03/12/2026": "03/12/2026",
	} {
		if got := plainDay(given, now); got != want {
			t.Errorf("%s: expected %s, found %s", given, want, got)
		}
	}
	if got := plainDay("last month", time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)); got != "2025-12" {
		t.Errorf("last month in January: found %s", got)
	}
}
