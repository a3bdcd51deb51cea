package posting

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
)

// postAsBefore books an event as programs did that knew no provider.open: whatever provider it names.
func postAsBefore(t *testing.T, l *ledger.Ledger, b *Book, e Event) {
	t.Helper()
	if err := e.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := l.Update(context.Background(), func(tx *ledger.Tx) error {
		k := b.begin(&tx.Reader, &e)
		defer k.release()
		if err := rules[e.Type].book(k); err != nil {
			return err
		}
		return tx.Append(&k.rec)
	}); err != nil {
		t.Fatal(err)
	}
}

// TestProvidersUsedBefore takes over ledgers of programs that knew no provider.open: a provider that they name in any event counts
// as declared, with the scheme generic, also when the ledger is opened again.
func TestProvidersUsedBefore(t *testing.T) {
	eur := money.New(100, "EUR")
	for _, tt := range []struct {
		name string
		used Event
	}{
		{"authorised", Event{Type: PaymentAuthorise, Payment: "p", Provider: "acme", Amount: eur}},
		{"captured", Event{Type: PaymentCapture, Payment: "p", Provider: "acme", Amount: eur}},
		{"noticed", Event{Type: ProviderNotice, Provider: "acme", Name: "captured"}},
		{"reported", Event{Type: ProviderReport, Provider: "acme", Name: "settlement", Reference: "march.csv"}},
		{"paid", Event{Type: ProviderPayout, Provider: "acme", Amount: eur}},
	} {
		path := filepath.Join(t.TempDir(), "book.db")
		l, err := ledger.Open(path, ledger.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b, _ := New(l, Options{})
		again := Event{ID: "a", Type: PaymentCapture, Payment: "q", Provider: "acme", Amount: eur, Splits: []Split{{Type: Commission, Amount: eur}}}
		if _, err := b.Post(t.Context(), again); !errors.Is(err, UnknownProvider) {
			t.Errorf("%s: before it was used: %v", tt.name, err)
		}
		tt.used.ID = "used"
		postAsBefore(t, l, b, tt.used)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		_, b = open(t, path)
		if _, err := b.Post(t.Context(), again); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if p, err := b.Payment("q"); err != nil || p.scheme.Merchant != scheme.LiableMerchant || p.Provider != "acme" {
			t.Errorf("%s: the payment has %+v, %v", tt.name, p, err)
		}
		if _, err := b.Post(t.Context(), Event{ID: "o", Type: ProviderOpen, Provider: "acme", Scheme: "xendit"}); !errors.Is(err, DuplicateReference) {
			t.Errorf("%s: opened now: %v", tt.name, err)
		}
		if _, err := b.Post(t.Context(), Event{ID: "x", Type: ProviderPayout, Provider: "acne", Amount: eur}); !errors.Is(err, UnknownProvider) {
			t.Errorf("%s: another: %v", tt.name, err)
		}
	}
	t.Run("an account", func(t *testing.T) {
		l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
		if err := l.Update(t.Context(), func(tx *ledger.Tx) error {
			return tx.Append(&ledger.Record{Keys: []ledger.Key{{Space: 'x', Name: "1"}}, Opens: []accounts.Account{{ID: "provider:acme", Kind: accounts.KindProvider}}})
		}); err != nil {
			t.Fatal(err)
		}
		post(t, b, Event{ID: "x", Type: ProviderPayout, Provider: "acme", Amount: eur})
	})
}

// TestProvidersNamedLikeWords declares providers that are named like words which records have for other reasons.
func TestProvidersNamedLikeWords(t *testing.T) {
	_, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	eur := money.New(1, "EUR")
	post(t, b, Event{ID: "n", Type: ProviderNotice, Provider: "adyen", Name: "captured"})
	post(t, b, Event{ID: "t", Type: Transfer, From: "liable", To: "platform", Amount: eur})
	post(t, b, Event{ID: "o", Type: PayoutRequest, Payout: "po", Account: "platform", Amount: eur})
	post(t, b, Event{ID: "s", Type: ProviderOpen, Provider: "acme", Scheme: "generic"})
	for _, name := range []string{"transfer", "payouts", "notices", "generic", "payout", "scheme"} {
		if _, err := b.Post(t.Context(), Event{ID: "before " + name, Type: ProviderPayout, Provider: name, Amount: eur}); !errors.Is(err, UnknownProvider) {
			t.Errorf("%s, which nobody declared: %v", name, err)
		}
		post(t, b, Event{ID: "open " + name, Type: ProviderOpen, Provider: name, Scheme: "generic"})
		post(t, b, Event{ID: "notice " + name, Type: ProviderNotice, Provider: name, Name: "captured"}) // there is no account yet
		post(t, b, Event{ID: "after " + name, Type: ProviderPayout, Provider: name, Amount: eur})
	}
}

// TestOwnWords looks whether all words that contents have for other reasons, and that could be names of providers, are known as such.
func TestOwnWords(t *testing.T) {
	files, err := filepath.Glob("*.go")
	files = append(files, filepath.Join("wire", "content.go"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := regexp.MustCompile(`RemarkKind += "([a-z_]+)"`)
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range kinds.FindAllSubmatch(text, -1) {
			if found++; !ownWords[string(m[1])] {
				t.Errorf("%s: the kind of remark %s is not among ownWords, and would count as a provider that was used", file, m[1])
			}
		}
	}
	if found < 5 {
		t.Errorf("found %d kinds of remarks", found)
	}
}

// TestOpenedWithASchemeOfTheOptions opens a provider with a scheme that not every program has. What is under way ends as it began;
// new payments follow the scheme as it is by then, or as it was when the provider was opened.
func TestOpenedWithASchemeOfTheOptions(t *testing.T) {
	l, _ := open(t, filepath.Join(t.TempDir(), "book.db"))
	house := scheme.Scheme{Provider: "house", Merchant: scheme.AccountMerchant, Sum: scheme.AtMost, Missing: scheme.Refuse, Decimals: 3, Refunds: scheme.AnyAccount}
	later := scheme.Scheme{Provider: "house", Merchant: scheme.AccountMerchant, Sum: scheme.AtMost, Missing: scheme.Refuse, Refunds: scheme.NoSplits}
	for i, step := range []struct {
		options []scheme.Scheme
		want    scheme.Scheme
	}{{[]scheme.Scheme{house}, house}, {nil, house}, {[]scheme.Scheme{later}, later}, {nil, house}} {
		b, err := New(l, Options{Schemes: step.options})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			post(t, b, Event{ID: "o", Type: ProviderOpen, Provider: "acme", Scheme: "house"})
			if _, err := b.Post(t.Context(), Event{ID: "h", Type: ProviderOpen, Provider: "house", Scheme: "generic"}); !errors.Is(err, DuplicateReference) {
				t.Errorf("a name of the options is declared: %v", err)
			}
		}
		name := string(rune('a' + i))
		post(t, b, Event{ID: name, Type: PaymentCapture, Payment: name, Provider: "acme", Amount: money.New(100, "EUR")})
		for _, of := range []string{"a", name} {
			want := step.want
			if of == "a" {
				want = house
			}
			p, err := b.Payment(of)
			if err != nil || p.scheme.Code() != want.Code() || p.scheme.Provider != "acme" || p.provider != "provider:acme" {
				t.Errorf("%d: payment %s has %+v, %v", i, of, p.scheme, err)
			}
		}
		if s := b.Scheme("acme"); s.Code() != step.want.Code() {
			t.Errorf("%d: new payments follow %+v", i, s)
		}
	}
}

// TestAccountIDs gives accounts ids in one batch, and asks for them in all the ways there are.
func TestAccountIDs(t *testing.T) {
	_, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	ids := func(list ...string) map[string][]string { return map[string][]string{"adyen": list} }
	var refused []string
	for _, r := range b.PostBatch(context.Background(), []Event{
		{ID: "1", Type: AccountOpen, Account: "A", Kind: accounts.KindSub, ProviderIDs: ids("BA1", "BA2")},
		{ID: "2", Type: AccountOpen, Account: "B", Kind: accounts.KindSub, ProviderIDs: ids("BA2")},
		{ID: "3", Type: AccountOpen, Account: "B", Kind: accounts.KindSub},
		{ID: "4", Type: AccountUpdate, Account: "A", ProviderIDs: ids("BA3")},
		{ID: "5", Type: AccountUpdate, Account: "B", ProviderIDs: ids("BA2")},
		{ID: "6", Type: AccountUpdate, Account: "liable", ProviderIDs: map[string][]string{"adyen": {"BA1"}, "xendit": {"5f"}}},
	}) {
		if r.Err != nil {
			refused = append(refused, r.Err.Error())
		}
	}
	if len(refused) != 1 || !strings.Contains(refused[0], `found "BA2", which is A's`) {
		t.Errorf("refused %q", refused)
	}
	f := b.Finder()
	for id, want := range map[string]accounts.ID{"BA1": "liable", "BA2": "B", "BA3": "A", "A": "A", "platform": "platform", "BA4": "", "bank": ""} {
		got, err := b.Finder().AccountAt("adyen", id)
		if got != want || errors.Is(err, ErrNotFound) != (want == "") || want != "" && err != nil {
			t.Errorf("%s is %q, %v, want %q", id, got, err, want)
		}
		if err := f.View(func() error {
			if inside, err := f.AccountAt("adyen", id); inside != got || errors.Is(err, ErrNotFound) != (want == "") {
				t.Errorf("in a view, %s is %q, %v", id, inside, err)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	}
	for _, tt := range []struct {
		provider string
		account  accounts.ID
		want     string
	}{{"adyen", "A", "BA3"}, {"xendit", "A", "A"}, {"xendit", "liable", "5f"}, {"adyen", "platform", "platform"}} {
		if got, err := b.IDAt(tt.provider, tt.account); got != tt.want || err != nil {
			t.Errorf("%s calls %s %q, %v, want %q", tt.provider, tt.account, got, err, tt.want)
		}
	}
	post(t, b, Event{ID: "7", Type: AccountUpdate, Account: "A", ProviderIDs: ids()})
	if of, err := b.ProviderIDs("A"); of != nil || err != nil {
		t.Errorf("A has %v, %v", of, err)
	}
}

// TestManyProviders opens providers until no more names are taken: the one that is one too many is refused, and nothing else is, whatever
// words it brings for the first time.
func TestManyProviders(t *testing.T) {
	_, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	events := make([]Event, 4200)
	for i := range events {
		events[i] = Event{ID: fmt.Sprint("o-", i), Type: ProviderOpen, Provider: fmt.Sprint("acme-", i), Scheme: "generic"}
	}
	opened := 0
	for i, r := range b.PostBatch(t.Context(), events) {
		if r.Err == nil {
			opened++
		} else if refused, ok := ledger.Refused(r.Err); !ok || refused.Code != ledger.Invalid || !strings.Contains(refused.Message, "4096") {
			t.Fatal(i, r.Err)
		}
	}
	if opened < 4000 || opened > 4096 {
		t.Fatalf("%d were opened", opened)
	}
	for _, e := range []Event{
		{ID: "s", Type: AccountOpen, Account: "S", Kind: accounts.KindSub},
		{ID: "c", Type: PaymentCapture, Payment: "p", Provider: "acme-7", Amount: money.New(1000, "XAF"), Splits: []Split{
			{Type: BalanceAccount, Account: "S", Amount: money.New(900, "XAF"), Reference: "a"}, {Type: Tip, Amount: money.New(100, "XAF"), Reference: "b"}}},
		{ID: "f", Type: PaymentFee, Payment: "p", Fees: []Fee{{Type: FeeInterchange, Amount: money.New(1, "XAF")}}},
		{ID: "v", Type: PaymentSettle, Payment: "p"},
		{ID: "r", Type: PaymentRefund, Payment: "p", Refund: "r", Amount: money.New(500, "XAF")},
	} {
		post(t, b, e)
	}
}
