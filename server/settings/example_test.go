package settings_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/splitledger/splitledger/server/settings"
)

// A server opens its settings once. A key is shown when it is made, counts until it is revoked, and both are in the
// audit.
func Example() {
	dir, err := os.MkdirTemp("", "splitledger")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := settings.Open(dir, settings.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	ann := settings.Actor{By: "user_ann"}
	key, text, err := s.CreateKey(ann, settings.NewKey{
		Name: "Shop", Scopes: []settings.Scope{settings.Read, settings.Write}, Ledgers: []string{"market"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(text), key.Has(settings.Write), key.Has(settings.Admin), key.HasLedger("shop"))

	k, ok := s.Authenticate(text, time.Now())
	fmt.Println(ok, k.Name)
	if err := s.RevokeKey(ann, key.ID); err != nil {
		log.Fatal(err)
	}
	_, ok = s.Authenticate(text, time.Now())
	fmt.Println(ok)

	for e, err := range s.Audit(context.Background(), settings.AuditFilter{By: "user_ann"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Action, e.Target == key.By())
	}
	// Output:
	// 56 true false false
	// true Shop
	// false
	// key.revoke true
	// key.create true
}
