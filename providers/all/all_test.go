package all_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/all"
)

// TestSchemes tests that every adapter has a scheme of its name, so that its payments are not split by another's rules.
func TestSchemes(t *testing.T) {
	r := all.Registry()
	if want := []string{"adyen", "antom", "paysafe", "stripe", "xendit"}; !slices.Equal(r.Names(), want) {
		t.Errorf("expected the adapters %q, found %q", want, r.Names())
	}
	for _, name := range r.Names() {
		if !slices.ContainsFunc(scheme.All(), func(s scheme.Scheme) bool { return s.Provider == name }) {
			t.Errorf("expected a scheme of %s, found none", name)
		}
	}
	if _, err := r.ByName("nobody"); err == nil || !strings.Contains(err.Error(), "adyen, antom, paysafe, stripe, xendit") {
		t.Errorf("expected an error that names the adapters, found %v", err)
	}
}

// TestOthersReports gives each adapter the others' reports: none takes another's for its own.
func TestOthersReports(t *testing.T) {
	r := all.Registry()
	for _, owner := range r.Names() {
		files, err := filepath.Glob("../" + owner + "/testdata/*.csv")
		if err != nil {
			t.Fatal(err)
		}
		more, _ := filepath.Glob("../" + owner + "/testdata/*_and_refunds.json")
		for _, name := range slices.Concat(files, more) {
			for _, other := range r.Names() {
				a, _ := r.ByName(other)
				opened := opens(t, a, name)
				if opened != (other == owner) {
					t.Errorf("%s, read by %s: expected opened %t, found %t", name, other, other == owner, opened)
				}
			}
		}
	}
}

func opens(t *testing.T, a providers.Adapter, name string) bool {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = a.Open(f, providers.ReportOptions{})
	return err == nil
}
