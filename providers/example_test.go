package providers_test

import (
	"fmt"
	"log"
	"time"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/adyen"
	"github.com/splitledger/splitledger/providers/xendit"
)

// A program registers the adapters that it needs, and asks for one by the provider's name. Package all has
// every one of them.
func ExampleRegistry() {
	registry := providers.NewRegistry(adyen.New(), xendit.New())
	fmt.Println(registry.Names())
	adapter, err := registry.ByName("xendit")
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range adapter.Formats() {
		fmt.Println(f.Name)
	}
	// Output:
	// [adyen xendit]
	// balance report
	// transactions report
}

// Keys that cannot be the provider's are refused when the program starts, and not with the first webhook.
func ExampleKeyChecker() {
	keys := providers.Keys{Secrets: []string{"the password of the dashboard"}}
	if c, ok := adyen.New().(providers.KeyChecker); ok {
		fmt.Println(c.CheckKeys(keys) != nil)
	}
	// Output:
	// true
}

// A webhook that was signed long ago may be somebody's repetition of an old one.
func ExampleKeys_Fresh() {
	received := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	keys := providers.Keys{MaxAge: time.Hour}
	fmt.Println(keys.Fresh(received.Add(-time.Minute), received), keys.Fresh(received.Add(-2*time.Hour), received))
	// Output:
	// true false
}
