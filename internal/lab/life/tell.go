package life

import (
	"fmt"
	"maps"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/posting"
)

// A Row is a line of a report.
type Row struct {
	Report string // which report it is in: its kind, and what else there is one file of, as "settlement/Shop/7"
	Text   string // as Provider.File writes it
	Say    string // in the story
	Pieces []*Piece
}

// A File is a report that was published.
type File struct {
	Name string
	Kind string // the part of Row.Report before the first stroke
	Rows []*Row
	Text []byte

	Account string // the account at the provider that it is of, where it does not say so itself
	Heard   func() // called when the file is run; nil for files of rows

	last bool // it is never run before those that were published before it
}

// A Hook is a webhook.
type Hook struct {
	Say    string
	Header textproto.MIMEHeader
	Path   string
	Body   []byte
	Heard  []*Thing // that it tells as wholes
	Pieces []*Piece // that it tells
	Told   func()   // called when it comes; may be nil
	Sure   bool     // it is never lost, as nothing else tells the same
	Sent   time.Time
}

// Row adds a line to a report, which has it when it is published.
func (w *World) Row(r *Row) {
	for _, p := range r.Pieces {
		if p == nil {
			panic("life: a row has no piece")
		}
	}
	w.open[r.Report] = append(w.open[r.Report], r)
}

// Open reports whether a report has rows that were not published.
func (w *World) Open(report string) bool { return len(w.open[report]) > 0 }

// Publish makes a file of the rows of a report, or two of which each has a part of them. It may have rows besides
// that were in the last file of its kind. Where whole is true the report is of a batch, whose files are never of
// other rows.
func (w *World) Publish(report string, whole bool) {
	rows := w.open[report]
	if len(rows) == 0 {
		return
	}
	delete(w.open, report)
	kind, _, _ := strings.Cut(report, "/")
	parts := [][]*Row{rows}
	switch {
	case len(rows) > 1 && w.Once(4, "split in two"):
		var a, b []*Row
		second := map[*Thing]bool{}
		for _, r := range rows {
			in := w.Once(2, "in the second")
			for _, p := range r.Pieces {
				if was, seen := second[p.Thing]; seen && p.Thing.Together {
					in = was
				}
				second[p.Thing] = in
			}
			if in {
				b = append(b, r)
			} else {
				a = append(a, r)
			}
		}
		parts = [][]*Row{a, b}
	case !whole && w.last[kind] != nil && w.Once(4, "overlap"):
		old := w.last[kind].Rows
		parts = [][]*Row{append(slices.Clone(old[w.Draw("overlap from", 0, len(old)-1):]), rows...)}
	}
	for _, part := range parts {
		if len(part) == 0 {
			continue
		}
		w.last[kind] = w.publish(report, kind, part)
	}
}

// Follow makes one file of the rows of a report, which is not run before those that were published so far: it tells
// again what they tell, with fewer names.
func (w *World) Follow(report string) {
	rows := w.open[report]
	delete(w.open, report)
	kind, _, _ := strings.Cut(report, "/")
	w.publish(report, kind, rows).last = true
}

// publish makes a file.
func (w *World) publish(report, kind string, rows []*Row) *File {
	f := &File{Name: w.Name(kind+"_") + ".csv", Kind: kind, Rows: rows, Text: w.provider.File(kind, rows)}
	w.files = append(w.files, f)
	w.Tell("report %s is published (%s)", f.Name, report)
	for _, r := range rows {
		w.Story = append(w.Story, "      | "+r.Say)
	}
	return f
}

// runSome runs files that were published, or not yet; all of them, one, or some once more.
func (w *World) runSome() {
	if len(w.files) == 0 || w.Draw("run now", 0, 2) == 2 {
		return
	}
	n := len(w.files)
	if n > 1 {
		n = w.Draw("files to run", 1, n)
	}
	if w.Once(8, "newest file first") && !slices.ContainsFunc(w.files, func(f *File) bool { return f.last }) {
		slices.Reverse(w.files)
	}
	now := slices.Clone(w.files[:n])
	w.files = slices.Clone(w.files[n:])
	if w.Once(6, "a file twice") {
		again := *now[0]
		if w.Once(3, "under another name") {
			again.Name = "again_" + again.Name
		}
		now = append(now, &again)
	}
	if len(w.Files) > 0 && w.Once(8, "an old file again") {
		now = append(now, w.Files[w.Draw("which", 0, len(w.Files)-1)])
	}
	w.Run(now)
}

// Send publishes a file that a provider has written itself. What it tells is told when it is run.
func (w *World) Send(f *File, rows []string) {
	w.files = append(w.files, f)
	w.Tell("report %s is published", f.Name)
	for _, r := range rows {
		w.Story = append(w.Story, "      | "+r)
	}
}

// ByAccount parts files by the account that they are of: each account's are run together.
func ByAccount(files []*File) (parts [][]*File) {
	for len(files) > 0 {
		var same, others []*File
		for _, f := range files {
			if f.Account == files[0].Account {
				same = append(same, f)
			} else {
				others = append(others, f)
			}
		}
		parts, files = append(parts, same), others
	}
	return parts
}

// Run tells what is in files.
func (w *World) Run(files []*File) {
	for _, part := range ByAccount(files) {
		w.run(part)
	}
}

func (w *World) run(files []*File) {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
		for _, r := range f.Rows {
			w.told(r.Pieces)
		}
		if f.Heard != nil {
			f.Heard()
		}
		if !slices.Contains(w.Files, f) {
			w.Files = append(w.Files, f)
		}
	}
	w.Tell("RECONCILE %s", strings.Join(names, " "))
	w.stage.Run(files)
}

// told notes what a line tells. Its own piece is the first.
func (w *World) told(pieces []*Piece) {
	for i, p := range pieces {
		p.told, p.line = true, p.line || i == 0
		if p.Thing.Payment != nil && w.RowsMakePayments {
			p.Thing.Payment.Known = true
		}
	}
}

// Hook sends a webhook: at once, later, more than once, or never. Late is how many turns later it may come.
func (w *World) Hook(h *Hook, late int) {
	if !h.Sure && w.Once(6, "webhook lost") {
		w.Tell("(lost) webhook: %s", h.Say)
		return
	}
	h.Sent = w.Now
	times := 1
	if w.Once(6, "webhook repeated") {
		times = 2
	}
	for range times {
		w.late = append(w.late, &delivery{turn: w.turn + w.Draw("webhook turns late", 0, late), hook: h})
	}
}

// Later does something at a later turn, before the webhooks of that turn.
func (w *World) Later(turns int, do func()) {
	w.late = append(w.late, &delivery{turn: w.turn + turns, do: do})
}

// deliver brings what comes until a turn.
func (w *World) deliver(turn int) {
	var now []*delivery
	for _, d := range w.late {
		if d.turn <= turn {
			now = append(now, d)
		}
	}
	w.late = slices.DeleteFunc(w.late, func(d *delivery) bool { return d.turn <= turn })
	var hooks []*Hook
	for _, d := range now {
		if d.do != nil {
			d.do()
		} else {
			hooks = append(hooks, d.hook)
		}
	}
	if len(hooks) > 1 && w.Once(3, "webhooks in another order") {
		slices.Reverse(hooks)
	}
	for len(hooks) > 0 {
		n := 1
		if len(hooks) > 1 {
			n = w.Draw("webhooks together", 1, len(hooks))
		}
		for _, h := range hooks[:n] {
			for _, t := range h.Heard {
				t.heard = true
			}
			w.told(h.Pieces)
			if h.Told != nil {
				h.Told()
			}
			w.Tell("WEBHOOK %s", h.Say)
			w.Hooks = append(w.Hooks, h)
		}
		w.stage.Notify(hooks[:n])
		hooks = hooks[n:]
	}
}

// Own posts an event of the platform, and reports whether it was accepted. It is the thing's, if there is one.
func (w *World) Own(t *Thing, e posting.Event) bool {
	if w.behind == 0 { // the hour of a life's first event is any: in half of them nothing happens in the same minute at both
		w.behind = 25 * time.Second
		if w.Now.Hour()%2 == 1 {
			w.behind = 3 * time.Minute
		}
	}
	e.At = e.At.Add(-w.behind)
	err := w.stage.Post(e)
	text := string(e.AppendJSON(nil))
	if err != nil {
		w.Tell("refused: %s: %v", text, err)
		return false
	}
	w.Tell("POST %s", text)
	if t != nil {
		t.own = true
	}
	return true
}

// Void says that the platform gave a thing up, and the books know it.
func (t *Thing) Void() { t.void = true }

// Told reports how many pieces of a thing were told, and whether it was told as a whole.
func (t *Thing) Told() (pieces int, heard bool) {
	for _, p := range t.Pieces {
		if p.told {
			pieces++
		}
	}
	return pieces, t.heard
}

// Balances prints the provider's own books.
func (w *World) Balances() string {
	var b strings.Builder
	keys := slices.SortedFunc(maps.Keys(w.held), func(a, b Holding) int {
		return strings.Compare(a.Account+a.Currency, b.Account+b.Currency)
	})
	for _, k := range keys {
		fmt.Fprintf(&b, "%s %s %d\n", k.Account, k.Currency, w.held[k])
	}
	return b.String()
}
