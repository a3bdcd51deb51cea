package export

import (
	"strings"
	"testing"

	"github.com/splitledger/splitledger/internal/jsonl"
)

// captureLine is the record of a capture with three splits.
const captureLine = `{"record":19999,"block":19,"recorded":"2026-11-28T14:58:57.24659Z","at":"2026-11-28T14:58:57.24659Z","event":{"id":"evt_000000009999","type":"payment.capture","payment":"pay_000000009999","amount":{"value":46077,"currency":"EUR"},"splits":[{"type":"BalanceAccount","account":"seller:0001398","amount":{"value":32253,"currency":"EUR"},"reference":"sale-9999-1"},{"type":"BalanceAccount","account":"seller:0003565","amount":{"value":9217,"currency":"EUR"},"reference":"sale-9999-2"},{"type":"Commission","amount":{"value":4607,"currency":"EUR"},"reference":"fee-9999"}],"provider":"adyen","reference":"order-9999"},"keys":[{"space":"e","name":"evt_000000009999"},{"space":"p","name":"pay_000000009999"},{"space":"r","name":"order-9999"}],"entries":[{"entry":9999,"reference":"evt_000000009999","postings":[{"account":"provider:adyen","sub":"pending","amount":{"value":46077,"currency":"EUR"},"type":"Capture"},{"account":"seller:0001398","sub":"pending","amount":{"value":-32253,"currency":"EUR"},"type":"BalanceAccount","reference":"sale-9999-1"},{"account":"seller:0003565","sub":"pending","amount":{"value":-9217,"currency":"EUR"},"type":"BalanceAccount","reference":"sale-9999-2"},{"account":"liable","sub":"pending","amount":{"value":-4607,"currency":"EUR"},"type":"Commission","reference":"fee-9999"}]}]}`

// BenchmarkDecode reads the record of a capture.
func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	var r jsonl.Scanner
	var l line
	for b.Loop() {
		if err := l.decode(&r, strings.Clone(captureLine)); err != nil {
			b.Fatal(err)
		}
	}
}
