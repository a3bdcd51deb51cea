package wire

import (
	"reflect"
	"testing"
	"time"

	"github.com/splitledger/splitledger/money"
)

// TestGiven fills one field after another: given has its bit, and the table has a field there.
func TestGiven(t *testing.T) {
	everyEvent := newTable(append(commonFields[:len(commonFields):len(commonFields)], everyEventField...), (*Event).given)
	givenOneByOne(t, everyEvent)
	givenOneByOne(t, newTable(splitFields, (*Split).given))
	givenOneByOne(t, newTable(feeFields, (*Fee).given))
	givenOneByOne(t, newTable(outcomeFields, (*Outcome).given))
	givenOneByOne(t, newTable(policyFields, (*RefundPolicy).given))
	givenOneByOne(t, newTable(chargebackFields, (*ChargebackPolicy).given))
	givenOneByOne(t, newTable(routeFields, (*Route).given))
	givenOneByOne(t, newTable(attributeFields, (*Attributes).given))
	givenOneByOne(t, newTable(conditionFields, (*Condition).given))
	givenOneByOne(t, newTable(legFields, (*Leg).given))
	givenOneByOne(t, newTable(sourceFields, (*FactSource).given))
}

func givenOneByOne[S any](t *testing.T, of *table[S]) {
	s := new(S)
	fields := reflect.ValueOf(s).Elem()
	for i := range fields.NumField() {
		name := fields.Type().String() + "." + fields.Type().Field(i).Name
		if of.places&(1<<i) == 0 {
			t.Errorf("%s is in no table", name)
		}
		nothing, something := samples(fields.Field(i).Type())
		for _, v := range nothing {
			if fields.Field(i).Set(reflect.ValueOf(v)); of.given(s) != 0 {
				t.Errorf("with %s = %#v, %b is given", name, v, of.given(s))
			}
		}
		for _, v := range something {
			if fields.Field(i).Set(reflect.ValueOf(v)); of.given(s) != 1<<i {
				t.Errorf("with %s = %v, %b is given, want bit %d", name, v, of.given(s), i)
			}
		}
		fields.Field(i).SetZero()
	}
}

// samples returns values of a type: some that count as left out, and some that do not.
func samples(of reflect.Type) (nothing, something []any) {
	value := reflect.New(of).Elem()
	nothing = []any{value.Interface()}
	switch value.Interface().(type) {
	case time.Time:
		return nothing, []any{time.Unix(0, 0), time.Unix(0, 1).UTC()}
	case money.Amount:
		return nothing, []any{money.New(0, "EUR"), money.New(1, ""), money.New(-1, "EUR")}
	case money.Int:
		return nothing, []any{money.NewInt(1)}
	case money.Percent:
		return nothing, []any{money.Hundred()}
	}
	switch of.Kind() {
	case reflect.String:
		value.SetString("x")
	case reflect.Bool:
		value.SetBool(true)
	case reflect.Uint8, reflect.Uint64:
		value.SetUint(1)
	case reflect.Int:
		value.SetInt(1)
	case reflect.Slice:
		nothing = append(nothing, reflect.MakeSlice(of, 0, 1).Interface())
		value.Set(reflect.MakeSlice(of, 1, 1))
	case reflect.Map:
		nothing = append(nothing, reflect.MakeMap(of).Interface())
		value.Set(reflect.MakeMap(of))
		value.SetMapIndex(reflect.Zero(of.Key()), reflect.Zero(of.Elem()))
	case reflect.Pointer:
		value.Set(reflect.New(of.Elem()))
	}
	return nothing, []any{value.Interface()}
}
