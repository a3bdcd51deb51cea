package shell_test

import (
	"os/exec"
	"testing"

	"github.com/splitledger/splitledger/reconcile/internal/shell"
)

// TestQuote lets a shell read what was quoted.
func TestQuote(t *testing.T) {
	for _, word := range []string{"", "books.db", "my books.db", "it's", "$HOME", "a;b", "`x`", "~", "*", "Zoë", "a\nb", `"`, `\`, "#", "a=b"} {
		got, err := exec.Command("sh", "-c", "printf %s "+shell.Quote(word)).Output()
		if err != nil || string(got) != word {
			t.Errorf("%q quoted is %s, which the shell reads as %q (%v)", word, shell.Quote(word), got, err)
		}
	}
}
