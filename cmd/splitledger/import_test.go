package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestImportInterrupted stops an import that waits for more of its input: it ends at once, and leaves nothing behind.
func TestImportInterrupted(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	in, out := io.Pipe()
	var errs strings.Builder
	code := make(chan int)
	go func() {
		args := []string{"import", "--ledger", filepath.Join(dir, "again.db")}
		code <- run(ctx, args, in, io.Discard, &errs, func(string) string { return "" })
	}()
	if _, err := io.WriteString(out, `{"splitledger":"journal","version":3,"id":"0190a0b0-0000-7000-8000-00000000c0de"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); ; time.Sleep(time.Millisecond) { // until it has begun to make a ledger
		if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
			break
		}
		if time.Since(start) > time.Minute {
			t.Fatal("nothing is being made")
		}
	}
	stop()
	select {
	case c := <-code:
		if c != exitInterrupted {
			t.Errorf("exit status %d, %s", c, &errs)
		}
	case <-time.After(time.Minute):
		t.Fatal("it waits for more input")
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
		t.Errorf("left behind: %v, %v", list, err)
	}
}
