package ledger_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// children are what the test binary does when a test runs it as a process of its own, by name.
var children = map[string]func(args []string) error{}

// childVariable names the environment variable that makes the test binary a child.
const childVariable = "SPLITLEDGER_TEST_CHILD"

func TestMain(m *testing.M) {
	if child, ok := children[os.Getenv(childVariable)]; ok {
		if err := child(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		f.Value.Set("20") // one check is some thirty steps, each with a look at the whole ledger
	}
	os.Exit(m.Run())
}
