package ledger_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger"
)

// TestForgedSummary changes what a backup says of its ledger, with the checksum put right: it is refused, with the
// name of what does not fit, and no hash that a forger could use. A backup of before, which says no identity, is
// restored.
func TestForgedSummary(t *testing.T) {
	path, info, _ := backUp(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head := info.Head.String()
	for _, tt := range []struct {
		name   string
		change func(map[string]any)
		want   string // of the error; empty where there is none
	}{
		{"nothing", func(map[string]any) {}, ""},
		{"no identity", func(m map[string]any) { delete(m, "id") }, ""},
		{"another identity", func(m map[string]any) { m["id"] = uuid.Max.String() }, "its identity does not fit"},
		{"more records", func(m map[string]any) { m["records"] = 62 }, "its number of records does not fit"},
		{"fewer entries", func(m map[string]any) { m["entries"] = 59 }, "its number of entries does not fit"},
		{"more accounts", func(m map[string]any) { m["accounts"] = 123 }, "its number of accounts does not fit"},
		{"another head", func(m map[string]any) { m["head"] = strings.Repeat("0", 64) }, "its head does not fit"},
		{"no totals", func(m map[string]any) { m["totals"] = nil }, "its trial balance does not fit"},
	} {
		var summary map[string]any
		if err := json.Unmarshal(whole[info.Bytes:len(whole)-48], &summary); err != nil {
			t.Fatal(err)
		}
		tt.change(summary)
		text, err := json.Marshal(summary)
		if err != nil {
			t.Fatal(err)
		}
		b := append(append([]byte{}, whole[:info.Bytes]...), text...)
		b = binary.BigEndian.AppendUint64(b, uint64(len(text)))
		sum := sha256.Sum256(b)
		b = append(append(b, sum[:]...), whole[len(whole)-8:]...)
		dir := t.TempDir()
		forged := filepath.Join(dir, "forged.backup")
		overwrite(t, forged, b)
		_, err = ledger.Restore(t.Context(), forged, filepath.Join(dir, "ledger.db"))
		if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, ledger.Corrupt) || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		if strings.Contains(fmt.Sprint(err), head) {
			t.Errorf("%s: the refusal tells a forger the head: %v", tt.name, err)
		}
	}
}
