package money_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
)

func TestIntBinary(t *testing.T) {
	for _, tt := range []struct{ v, want string }{
		{"0", "00"},
		{"-1", "01"},
		{"1", "02"},
		{"63", "7e"},
		{"-64", "7f"},
		{"64", "80 01"},
		{"40000", "80 f1 04"},
		{"-40000", "ff f0 04"},
		{"4611686018427387903", "fe ff ff ff ff ff ff ff 7f"}, // 2^62-1
		{"4611686018427387904", "80 80 80 80 80 80 80 80 80 01"},
		{"-4611686018427387904", "ff ff ff ff ff ff ff ff 7f"},
		{maxInt64, "fe ff ff ff ff ff ff ff ff 01"},
		{minInt64, "ff ff ff ff ff ff ff ff ff 01"},
		{"9223372036854775808", "80 80 80 80 80 80 80 80 80 02"}, // no int64 any more
		{"-9223372036854775809", "81 80 80 80 80 80 80 80 80 02"},
		{twoTo64, "80 80 80 80 80 80 80 80 80 04"},
		{twoTo128, strings.Repeat("80 ", 18) + "08"},
		{below279, "fe " + strings.Repeat("ff ", 38) + "7f"},
		{"-" + twoTo279, strings.Repeat("ff ", 39) + "7f"},
	} {
		want, err := hex.DecodeString(strings.ReplaceAll(tt.want, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		i := number(t, tt.v)
		got := i.AppendBinary([]byte("before"))
		if string(got) != "before"+string(want) {
			t.Errorf("AppendBinary(%s) = % x, want % x", tt.v, got[len("before"):], want)
		}
		back, n, err := money.DecodeInt(append(want, "after"...))
		if err != nil || n != len(want) || !reflect.DeepEqual(back, i) {
			t.Errorf("DecodeInt(% x) = %v, %d, %v, want %s and %d bytes used", want, back, n, err, tt.v, len(want))
		}
	}
}

func TestIntBinaryIsAVarintWhileItFits(t *testing.T) {
	for _, v := range []int64{0, 1, -1, 63, 64, -65, 5999, 1 << 31, -1 << 47, 1<<63 - 1, -1 << 63} {
		want := binary.AppendVarint(nil, v)
		if got := money.NewInt(v).AppendBinary(nil); string(got) != string(want) {
			t.Errorf("AppendBinary(%d) = % x, encoding/binary has % x", v, got, want)
		}
	}
}

func TestDecodeIntRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", "cut short after 0 bytes"},
		{"cut short", "80", "cut short after 1 byte"},
		{"cut short, long", strings.Repeat("80", 12), "cut short after 12 bytes"},
		{"longer than needed", "80 00", "2 bytes where fewer would do"},
		{"longer than needed, all of 9 bytes", strings.Repeat("ff", 8) + "00", "9 bytes where fewer would do"},
		{"longer than needed, long", strings.Repeat("ff", 20) + "00", "21 bytes where fewer would do"},
		{"41 bytes", strings.Repeat("ff", 40) + "01", "more than 40 bytes"},
		{"no end", strings.Repeat("ff", 1000), "more than 40 bytes"},
	} {
		in, err := hex.DecodeString(strings.ReplaceAll(tt.in, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		i, n, err := money.DecodeInt(in)
		if !errors.Is(err, money.ErrBinary) || !strings.HasSuffix(err.Error(), ": "+tt.want) {
			t.Errorf("%s: error %v, want %v: %s", tt.name, err, money.ErrBinary, tt.want)
		}
		if n != 0 || !i.IsZero() {
			t.Errorf("%s: DecodeInt = %v, %d beside the error", tt.name, i, n)
		}
	}
}

func TestIntBinaryHasAnEnd(t *testing.T) {
	limit := number(t, "-"+twoTo279)
	for _, i := range []money.Int{limit.Neg(), limit.Sub(money.NewInt(1)), limit.Mul(limit)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("AppendBinary of %v wrote what DecodeInt refuses", i)
				}
			}()
			i.AppendBinary(nil)
		}()
	}
}
