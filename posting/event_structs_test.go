package posting

import (
	"bytes"
	"os"
	"testing"

	"github.com/splitledger/splitledger/posting/internal/eventstructs"
)

// TestStructsAreOfTheTables looks whether go generate was run since the tables of package wire changed.
func TestStructsAreOfTheTables(t *testing.T) {
	want, err := eventstructs.Source()
	if err != nil {
		t.Fatal(err)
	}
	if have, err := os.ReadFile("event_structs.go"); err != nil || !bytes.Equal(have, want) {
		t.Errorf("event_structs.go is not what the tables say (go generate ./posting writes it): %v", err)
	}
}
