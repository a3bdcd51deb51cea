// Command write writes the structs of package posting: go generate ./posting.
package main

import (
	"log"
	"os"

	"github.com/splitledger/splitledger/posting/internal/eventstructs"
)

func main() {
	source, err := eventstructs.Source()
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("event_structs.go", source, 0o644); err != nil {
		log.Fatal(err)
	}
}
