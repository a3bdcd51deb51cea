package ledger_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/splitledger/splitledger/ledger"
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
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue { // one check is some thirty steps, each with a look at the whole ledger
		checks := "20"
		if ledger.RaceBuild {
			checks = "5"
		}
		f.Value.Set(checks)
	}
	os.Exit(m.Run())
}

var longFlag = flag.Bool("long", false, "let tests of long lives run at full length, and flip every byte: some minutes")

// damagesPages skips a test that has bbolt read pages that are damaged: a race build checks its unsafe pointers,
// and ends the process at the first that points outside, where others meet a fault that can be caught.
func damagesPages(t *testing.T) {
	t.Helper()
	if ledger.RaceBuild {
		t.Skip("bbolt reads damaged pages, which ends the process of a race build")
	}
}

// aboutTheDisk skips a test that has nothing to do with races, and takes long in a race build.
func aboutTheDisk(t *testing.T) {
	t.Helper()
	if ledger.RaceBuild {
		t.Skip("nothing of it can be a race")
	}
}
