package bank

import (
	"compress/gzip"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
)

// A flood is a text of so many bytes: a beginning, then the same again and again, then an end.
func flood(size int, begin, again, end string) io.Reader {
	r, w := io.Pipe()
	go func() {
		fmt.Fprint(w, begin)
		block := strings.Repeat(again, 1+1<<16/len(again))
		for n := 0; n < size; n += len(block) {
			if _, err := io.WriteString(w, block); err != nil {
				return // the reader has seen enough
			}
		}
		fmt.Fprint(w, end)
		w.Close()
	}()
	return r
}

// packed compresses a text as it is read.
func packed(plain io.Reader) io.Reader {
	r, w := io.Pipe()
	go func() {
		z := gzip.NewWriter(w)
		_, err := io.Copy(z, plain)
		if err == nil {
			err = z.Close()
		}
		w.CloseWithError(err)
	}()
	return r
}

// A gauge measures the memory that is in use as a text is read through it.
type gauge struct {
	in     io.Reader
	n, all int
	before uint64
	most   uint64
	half   uint64 // most, when so many bytes were read
	at     int
}

func newGauge(in io.Reader) *gauge {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return &gauge{in: in, before: m.HeapAlloc}
}

func (g *gauge) Read(p []byte) (int, error) {
	n, err := g.in.Read(p)
	g.all += n
	if g.n += n; g.n > 4<<20 || err != nil {
		g.n = 0
		g.look()
		if g.all < g.at {
			g.half = g.most
		}
	}
	return n, err
}

// look counts what is in use and not garbage.
func (g *gauge) look() {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	g.most = max(g.most, m.HeapAlloc)
}

func (g *gauge) used() int { return int(g.most) - int(g.before) }

// TestBounds gives readers what no bank writes: up to 100 MB of one thing, or of more where that takes its time.
// Each is refused with what was expected, or read in little memory, and what is refused is refused before much of
// it was read.
func TestBounds(t *testing.T) {
	const most = 4 << 20
	size, slow := 100<<20, 12<<20
	if testing.Short() {
		size, slow = 8<<20, 2<<20
	}
	begin, end, _ := strings.Cut(document(camt08, stmt("MIDDLE")), "MIDDLE")
	in := func(open, again, close string) io.Reader { return flood(size, begin+open, again, close+end) }
	whole := func(open, again, close string) io.Reader { return flood(slow, begin+open, again, close+end) }
	entry := `<Ntry><Amt Ccy="EUR">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-02</Dt></BookgDt>`
	long, deep := "expected elements, texts and comments of at most 65536 bytes each", "expected elements at most 32 deep"
	mt := ":20:S\n:25:1\n:60F:C260301EUR1,\n"
	for _, tt := range []struct {
		name string
		text io.Reader
		want string // of the error; empty: the file is read to its end
	}{
		{"a text", in(entry+"<AddtlNtryInf>", "A", "</AddtlNtryInf></Ntry>"), long},
		{"a text that is passed over", in("<AddtlStmtInf>", "A", "</AddtlStmtInf>"), long},
		{"a text in pieces", in("<Id>", "A<!-- -->", "</Id>"), long},
		{"white space", in("", " ", ""), long},
		{"an attribute", in(`<Acct x="`, "A", `"/>`), long},
		{"attributes", in("<Acct ", `a="" `, "/>"), long},
		{"33 attributes", in("<Acct "+strings.Repeat(`a="" `, 33)+">", "<b/>", "</Acct>"), "expected at most 32 attributes of an element, found 33"},
		{"a name", in("<", "A", "/>"), long},
		{"a comment", in("<!-- ", "<a>", "-->"), long},
		{"CDATA", in("<Id><![CDATA[", "<a>", "]]></Id>"), long},
		{"an instruction", in("<?a ", "b", "?>"), long},
		{"an entity", in("<Id>&", "a", ";</Id>"), long},
		{"nesting", in("", "<a>", ""), deep},
		{"nesting in an entry", in(entry, "<a>", ""), deep},
		{"a document type", flood(size, `<!DOCTYPE d [<!ENTITY a "b">]>`, " ", ""), "expected no document type definition (DTD), found one"},
		{"a long document type", flood(size, `<!DOCTYPE d [`, `<!ENTITY a "b">`, "]>"), long},
		{"transactions of one entry", whole(entry+"<NtryDtls>", "<TxDtls/>", "</NtryDtls></Ntry>"), "expected an entry whose transactions say at most 8388608 bytes, found more"},
		{"references of one entry", whole(entry+"<NtryDtls><TxDtls><Refs>", "<MsgId>1</MsgId>", "</Refs></TxDtls></NtryDtls></Ntry>"), "expected an entry whose transactions say at most 8388608 bytes, found more"},
		{"batches of one entry", whole(entry+"<NtryDtls><Btch>", "<MsgId>1</MsgId>", "</Btch></NtryDtls></Ntry>"), "expected an entry whose transactions say at most 8388608 bytes, found more"},
		{"balances", in("", bal("CLBD", "EUR", "1", "CRDT", "2026-03-02"), ""), "expected at most 1000 balances in a statement, found more"},
		{"empty elements", whole("", "<a/>", ""), ""},
		{"entries", whole("", entry+"</Ntry>", ""), ""},
		{"another encoding", flood(size, `<?xml version="1.0" encoding="ISO-8859-1"?><Document><BkToCstmrStmt><Stmt><Id>`, "\xe4", ""), long},

		{"a line of MT940", flood(size, mt+":86:", "A", "\n"), "expected a line of at most 65536 bytes, found a longer one"},
		{"a line before the first field", flood(size, "\n:20:S\n", "A", "\n"), "expected a line of at most 65536 bytes, found a longer one"},
		{"a field of MT940", flood(size, mt+":61:260302C5,NTRF\n:86:\n", "A\n", ""), "expected a field of at most 65536 bytes, found a longer one"},
		{"empty lines of a field", flood(size, mt+":86:\n", "\n", ""), "expected a field of at most 65536 bytes, found a longer one"},
		{"lines of MT940", flood(slow, mt, ":61:260302C5,NTRF\n:86:A\n", ":62F:C260302EUR1,\n"), ""},
		{"an amount", flood(size, mt+":61:260302C", "9", "\n"), "expected a line of at most 65536 bytes, found a longer one"},
		{"lines that belong to nothing", flood(slow, mt+"-\n", "-\n", ":62F:C260302EUR1,\n"), ""},

		{"gzip", packed(in(entry+"<AddtlNtryInf>", "A", "</AddtlNtryInf></Ntry>")), long},
		{"gzip of short elements", packed(flood(3*slow, begin, "<a/>", end)), "gzip: expected a file that is at most 400 times as large as it was compressed"},
	} {
		g := newGauge(tt.text)
		got := readAll(g)
		g.look()
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			if !testing.Short() || got != "" { // some bounds are beyond what is written then
				t.Errorf("%s: expected %q, found %q", tt.name, tt.want, got)
			}
		}
		if g.used() > most+2*maxEntry && strings.Contains(tt.want, "8388608") || g.used() > most && !strings.Contains(tt.want, "8388608") {
			t.Errorf("%s: expected at most %d bytes of memory, found %d", tt.name, most, g.used())
		}
	}
}

// readAll reads a file and returns the first error.
func readAll(in io.Reader) string {
	r, err := Open(in, money.Table{})
	for err == nil {
		_, _, err = r.Next()
	}
	if err == io.EOF {
		return ""
	}
	return err.Error()
}

// TestBoundOfComparison compares a statement of very many lines. What is remembered of them is of a fixed size: 32
// MiB, and what is kept before that begins.
func TestBoundOfComparison(t *testing.T) {
	size, most := 48<<20, 64<<20
	if testing.Short() {
		size = 4 << 20
	}
	l, book := books(t)
	opening := ":20:S\n:25:1\n:60F:C260301EUR1,\n"
	r, w := io.Pipe()
	go func() {
		n := 0
		fmt.Fprint(w, opening)
		for i := 0; n < size; i++ {
			count, _ := fmt.Fprintf(w, ":61:2603%02dC%d,00NTRFNONREF//%d\n:86:invoice %d of a customer of ours\n:61:260302D7,NTRF\n:86:%d\n:61:26X\n", i%28+1, 1000+i%7777, i, i, i)
			n += count
		}
		fmt.Fprint(w, ":62F:C260302EUR1,\n")
		w.Close()
	}()
	g := newGauge(r)
	g.at = 2 * size / 3
	result, err := Compare(t.Context(), Options{Ledger: l, Book: book}, Input{"flood", func() (io.ReadCloser, error) { return io.NopCloser(g), nil }})
	if err != nil {
		t.Fatal(err)
	}
	if g.used() > most {
		t.Errorf("expected at most %d bytes of memory, found %d", most, g.used())
	}
	if grown := int(g.most - g.half); !testing.Short() && grown > 4<<20 {
		t.Errorf("expected no more memory for the last third, found %d bytes", grown)
	}
	if c := result.Counts; c[Unreadable] == 0 || c[Other] < 2*c[Unreadable]-10 || uint64(len(result.Findings))+result.Unlisted < c[Unreadable] {
		t.Errorf("expected lines of all sorts, found %v, %d findings and %d not listed", c, len(result.Findings), result.Unlisted)
	}

	many := flood(size, opening, ":61:260302C77,NTRFNONREF\n:86:Adyen payout of something that is in no books\n", ":62F:C260302EUR1,\n")
	_, err = Compare(t.Context(), Options{Ledger: l, Book: book}, Input{"adyen", func() (io.ReadCloser, error) { return io.NopCloser(many), nil }})
	if want := "lines of providers in one run, found more: compare fewer statements at a time"; !testing.Short() && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("expected %q, found %v", want, err)
	}
}
