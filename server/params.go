package server

import (
	"encoding"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// Parameters of a route are the fields of a struct. A field with the tag query:"name" is a parameter of the query, one
// with path:"name" a segment of the path; a tag doc says what it is for, and enum which values there are. A field may be
// a string, a list of strings (given several times), a bool, a whole number, a map (metadata.KEY=value, tagged
// "metadata."), or anything that sets itself from a text. Fields of embedded structs count as its own.

// A param is a field that is a parameter.
type param struct {
	name  string
	path  bool
	index []int
	field reflect.StructField
}

var paramsOf sync.Map // of types: []param

// fields are the parameters of a struct type.
func fields(t reflect.Type) []param {
	if known, ok := paramsOf.Load(t); ok {
		return known.([]param)
	}
	var list []param
	for _, f := range reflect.VisibleFields(t) {
		if name := f.Tag.Get("query"); name != "" {
			list = append(list, param{name, false, f.Index, f})
		} else if name := f.Tag.Get("path"); name != "" {
			list = append(list, param{name, true, f.Index, f})
		}
	}
	paramsOf.Store(t, list)
	return list
}

// params reads the parameters of the request into structs. One that is unknown, given twice, or wrong is refused.
func (c *call) params(into ...any) error {
	given, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return ledger.Errorf(ledger.Invalid, "expected a query of name=value joined by &, found one that cannot be read")
	}
	for _, to := range into {
		if err := c.fill(reflect.ValueOf(to).Elem(), given); err != nil {
			return err
		}
	}
	return c.unknown(given)
}

// fill takes the parameters of a struct out of the path and the query.
func (c *call) fill(v reflect.Value, given url.Values) error {
	for _, p := range fields(v.Type()) {
		if p.path {
			if err := set(v.FieldByIndex(p.index), p.name, []string{c.r.PathValue(p.name)}); err != nil {
				return err
			}
			continue
		}
		values, ok := given[p.name]
		if strings.HasSuffix(p.name, ".") {
			values, ok = prefixed(given, p.name)
		}
		delete(given, p.name)
		if !ok {
			continue
		}
		if err := set(v.FieldByIndex(p.index), p.name, values); err != nil {
			return err
		}
	}
	return nil
}

// prefixed takes all parameters that begin with a prefix out of the query, as KEY=value.
func prefixed(given url.Values, prefix string) (pairs []string, ok bool) {
	for name, values := range given {
		if key, is := strings.CutPrefix(name, prefix); is {
			for _, value := range values {
				pairs = append(pairs, key+"="+value)
			}
			delete(given, name)
		}
	}
	return pairs, len(pairs) > 0
}

// unknown refuses what is left of a query when all that is known was taken.
func (c *call) unknown(rest url.Values) error {
	for name := range rest {
		switch {
		case name == "consistency" && rest.Get(name) == "linearizable": // as all answers of a single file are
			continue
		case name == "format" && c.route.CSV && (rest.Get(name) == "csv" || rest.Get(name) == "json"):
			continue
		case name == "id" && c.single:
			continue
		}
		return &ledger.Error{Code: ledger.Invalid, Field: name, Message: "expected only the parameters of this route, found " +
			strconv.Quote(name) + "=" + strconv.Quote(rest.Get(name))}
	}
	return nil
}

// A settable sets itself from a text.
type settable interface{ Set(string) error }

// set gives a field its value.
func set(f reflect.Value, name string, values []string) (err error) {
	if f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.String {
		for _, value := range values {
			f.Set(reflect.Append(f, reflect.ValueOf(value).Convert(f.Type().Elem())))
		}
		return nil
	}
	if f.Kind() == reflect.Map {
		f.Set(reflect.MakeMap(f.Type()))
		for _, pair := range values {
			key, value, _ := strings.Cut(pair, "=")
			f.SetMapIndex(reflect.ValueOf(key), reflect.ValueOf(value))
		}
		return nil
	}
	if len(values) != 1 {
		return &ledger.Error{Code: ledger.Invalid, Field: name, Message: "expected one value, found " + strconv.Itoa(len(values))}
	}
	text, expected := values[0], ""
	switch to := f.Addr().Interface().(type) {
	case settable:
		err = to.Set(text)
	case *money.Currency:
		*to, err = money.ParseCurrency(text)
	case *accounts.ID:
		*to, err = accounts.Parse(text)
	case encoding.TextUnmarshaler:
		err = to.UnmarshalText([]byte(text))
	default:
		expected, err = setPlain(f, text)
	}
	if err == nil {
		return nil
	}
	message := err.Error()
	if expected != "" {
		message = "expected " + expected + ", found " + strconv.Quote(text)
	}
	return &ledger.Error{Code: ledger.Invalid, Field: name, Message: message}
}

// setPlain gives a field of a plain kind its value, or says what was expected.
func setPlain(f reflect.Value, text string) (expected string, err error) {
	switch f.Kind() {
	case reflect.String:
		f.SetString(text)
	case reflect.Bool:
		on, err := strconv.ParseBool(text)
		f.SetBool(on)
		return "true or false", err
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		f.SetInt(n)
		return "a whole number", err
	case reflect.Uint64:
		n, err := strconv.ParseUint(text, 10, 64)
		f.SetUint(n)
		return "a whole number that is not below zero", err
	default:
		panic("a parameter of type " + f.Type().String())
	}
	return "", nil
}
