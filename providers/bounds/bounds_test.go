package bounds_test

import (
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers/bounds"
	"github.com/splitledger/splitledger/providers/providertest"
)

func TestJSON(t *testing.T) {
	many := func(what string, n int) string { return strings.TrimSuffix(strings.Repeat(what+",", n), ",") }
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"no JSON", "]]}}", ""},
		{"elements that fit", `{"a":[` + many("1", 5000) + `]}`, ""},
		{"elements", `{"a":{"b":[` + many("1", 5001) + `]}}`, "a.b: expected at most 5000 elements of an array, found more"},
		{"elements with commas in strings", `{"a":["` + strings.Repeat(",", 6000) + `\",","\\"]}`, ""},
		{"members that fit", `{` + many(`"a":1`, 2000) + `}`, ""},
		{"members", `{"x":{` + many(`"a":1`, 2001) + `}}`, "x: expected at most 2000 members of an object, found more"},
		{"levels that fit", strings.Repeat("[", 64) + strings.Repeat("]", 64), ""},
		{"levels", strings.Repeat("[", 65), "the JSON: expected at most 64 levels of arrays and objects, found more"},
		{"levels of objects", strings.Repeat(`{"a":`, 65), "a.a.a.a.…: expected at most 64 levels of arrays and objects, found more"},
		{"one after another", strings.Repeat(`{"a":[]}`, 100), ""},
		{"a long name", `{"` + strings.Repeat("n", 10000) + `":{` + many(`"a":1`, 2001) + `}}`, strings.Repeat("n", 40) + ": expected at most 2000"},
		{"bytes", strings.Repeat(" ", 1<<20+1), "expected at most 1024 KiB, found 1048577 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			providertest.Frugal(t, 1, func() {
				if err := bounds.JSON([]byte(c.text)); err != nil {
					got = err.Error()
				}
			})
			if !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("expected %q, found %q", c.want, got)
			}
		})
	}
}

// TestLists reads documents in pieces whose lists have any number of elements, but nothing else has.
func TestLists(t *testing.T) {
	for text, want := range map[string]string{
		`[` + strings.Repeat("{},", 10000):                      "",
		`{"all":[` + strings.Repeat("{},", 10000):               "",
		`{"other":[` + strings.Repeat("{},", 10000):             "other: expected at most 5000 elements of an array, found more",
		`{"all":[{"all":[` + strings.Repeat("{},", 10000):       "all.all: expected at most 5000 elements of an array, found more",
		`{"all":{"x":1},"b":[` + strings.Repeat("{},", 10000):   "b: expected at most 5000 elements of an array, found more",
		`[[{"x":[1]}],[{"all":[` + strings.Repeat("{},", 10000): "all: expected at most 5000 elements of an array, found more",
	} {
		s := bounds.Scanner{Lists: []string{"all"}}
		for i := range len(text) {
			s.Scan([]byte{text[i]})
		}
		if got := s.Err(); (got == nil) != (want == "") || got != nil && got.Error() != want {
			t.Errorf("%.40s: expected %q, found %v", text, want, got)
		}
	}
}

func TestNames(t *testing.T) {
	long := strings.Repeat("ü", 256)
	if err := bounds.Names("id", long, "reference", ""); err != nil {
		t.Errorf("expected that %d characters fit, found %v", bounds.Name, err)
	}
	if err := bounds.Names("id", "x", "reference", long+"x"); err == nil || err.Error() != "reference: expected at most 256 characters, found 257" {
		t.Errorf("expected an error that names the field, found %v", err)
	}
	if err := bounds.Texts("reason", strings.Repeat("x", 4097)); err == nil || err.Error() != "reason: expected at most 4096 characters, found 4097" {
		t.Errorf("expected an error that names the field, found %v", err)
	}
}
