package money

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// AppendJSON appends what [Amount.MarshalJSON] returns to b.
func (a Amount) AppendJSON(b []byte) []byte {
	b = a.minor.AppendDecimal(append(b, `{"value":`...))
	if a.currency != "" {
		b = append(b, `,"currency":`...)
		if _, err := ParseCurrency(string(a.currency)); err == nil {
			b = append(append(append(b, '"'), a.currency...), '"')
		} else { // it may need escapes
			code, _ := json.Marshal(a.currency) // cannot fail: a string
			b = append(b, code...)
		}
	}
	return append(b, '}')
}

// MarshalJSON returns the minor units and the currency, {"value":40000,"currency":"USD"}. The value is a
// number of all its digits, which a reader must not take for a float.
func (a Amount) MarshalJSON() ([]byte, error) { return a.AppendJSON(nil), nil }

// UnmarshalJSON reads what [Amount.MarshalJSON] returns, and nothing else: the value may be a whole number or a
// string of digits, and the currency may be missing. As everywhere in JSON, null changes nothing.
func (a *Amount) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	switch open, err := d.Token(); {
	case err != nil:
		return err
	case open == nil:
		return nil
	case open != json.Delim('{'):
		return &ParseError{"amount", string(text), "an object of value and currency", fmt.Sprint(open)}
	}
	fields := make(map[string]string, 2)
	for d.More() {
		name, _ := d.Token() // cannot fail: encoding/json has looked at text
		value, _ := d.Token()
		key := fmt.Sprint(name)
		_, twice := fields[key]
		_, quoted := value.(string)
		_, number := value.(json.Number)
		if twice || !(key == "value" && (quoted || number) || key == "currency" && quoted) {
			return &ParseError{"amount", string(text),
				"a value of whole minor units and a currency, each once", quote(key)}
		}
		fields[key] = fmt.Sprint(value)
	}
	minor, err := ParseInt(fields["value"])
	if err != nil {
		return err
	}
	var c Currency
	if code, given := fields["currency"]; given {
		if c, err = ParseCurrency(code); err != nil {
			return err
		}
	}
	*a = Amount{minor, c}
	return nil
}

// MarshalText returns what [Int.String] does.
func (i Int) MarshalText() ([]byte, error) { return i.AppendDecimal(nil), nil }

// UnmarshalText reads what [ParseInt] does.
func (i *Int) UnmarshalText(text []byte) (err error) {
	*i, err = ParseInt(string(text))
	return err
}

// MarshalText returns what [Percent.String] does.
func (p Percent) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what [ParsePercent] does.
func (p *Percent) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePercent(string(text))
	return err
}
