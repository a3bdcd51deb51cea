package scheme

import (
	"reflect"
	"testing"
)

// TestSchemesSayWhereTheyComeFrom wants a source or an inference for every rule of every scheme, and a rule for every field.
func TestSchemesSayWhereTheyComeFrom(t *testing.T) {
	for _, s := range All() {
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
		for _, term := range s.Terms() {
			if term.Says == "" || term.Source == "" && term.Inferred == "" {
				t.Errorf("%s, %s: %+v", s.Provider, term.Field, term)
			}
		}
	}
	for f := range reflect.TypeFor[Scheme]().Fields() {
		if name := f.Name; name != "Provider" && name != "Sources" && name != "StoredRules" && !isTerm(name) {
			t.Errorf("the field %s is no rule in docs/schemes.md", name)
		}
	}
}

func TestSchemeCodes(t *testing.T) {
	for _, s := range All() {
		read, err := Parse(s.Provider, s.Code())
		if err != nil || read.Code() != s.Code() {
			t.Errorf("%s became %v, %v", s.Code(), read, err)
		}
		read.Sources, read.StoredRules = s.Sources, s.StoredRules
		if !reflect.DeepEqual(*read, s) {
			t.Errorf("%s: %+v became %+v", s.Code(), s, *read)
		}
	}
	if s := All()[1]; s.Code() != "1 1 1 1 2 2 0 2 0 1 IDR=100" {
		t.Errorf("the code of xendit is %q: payments that were made under it are not read any more", s.Code())
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range All() {
		f.Add(s.Code())
	}
	f.Add("1 1 1 1 2 2 0 2 0 1 IDR=100 IDR=9223372036854775808")
	f.Fuzz(func(t *testing.T, code string) {
		s, err := Parse("x", code)
		if err != nil {
			return
		}
		again, err := Parse("x", s.Code())
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Fatalf("%q became %+v, and %q %+v, %v", code, s, s.Code(), again, err)
		}
	})
}
