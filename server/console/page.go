package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/settings"
)

// A page is what is shown, as data. Templates render it; nothing in it is HTML.
type page struct {
	Title    string
	State    *bit // beside the title
	Crumbs   []bit
	Meta     []bit // one line below the title
	Tools    []bit
	Tabs     []bit
	Still    bool  // does not change while it is looked at
	Dated    bool  // shows what the books knew at a time, where it is asked for
	Past     []bit // not of now: what it is as of, and the way back
	Figures  []figure
	Sections []section
	Beat     bool // looked at again every 15 s, as it shows what is not in the journal

	// Set by frame.
	Ledger  string
	Record  string
	Reached uint64 // the same, as a number
	Kept    string // a link to this page as it is now, for good
	Feed    string // where the page hears of newer records; none: it is of the past
	Zone    zoneForm
	Person  string
	Home    string
	Search  string
	Query   string
	Nav     []link
	Look    look
	Menu    *form // how pages look
	CSRF    string
	Printed string
	Here    string
}

// A link is one of the pages in the side bar.
type link struct {
	Text, Href, Go    string // Go is the key that leads there, after g
	Current, Tab, Gap bool
	Count             string // of what needs somebody
}

// A zoneForm lets people choose the time zone of a page that has times.
type zoneForm struct {
	Name   string
	Hidden [][2]string // the rest of the query
}

// A figure is one of the row of totals.
type figure struct {
	Name string
	Bits []bit
}

// A section is a part of a page: a heading, and what is below it, in the order of the fields.
type section struct {
	ID    string
	Head  string
	Note  string
	Tools []bit
	Notes []note
	Text  []bit
	Form  *form
	Chart *chart
	AsOf  *asOfForm
	// Multiples are small charts side by side.
	Multiples []multiple
	Table     *table
	Time      []moment
	Pager     []bit
	After     []bit
	csv       string // its name among the tables of the page
}

// A note is a sentence that must not be overlooked.
type note struct {
	Class string // warn, good or none
	Bits  []bit
}

// A bit is a piece of text. With Href it is a link, with At a time.
type bit struct {
	Text, Href, Class, Title, At string
	Name                         string // the API's, of what Text is for people
	Key                          string // that does the same as a click, as aria-keyshortcuts has it
	Current                      bool   // of tabs
}

// A cell is one of a table: pieces of text, and a second line that says why.
type cell struct {
	Bits  []bit
	Why   []bit
	Class string
	Label string // on phones, where the row is two lines
	Value string // for programs, where that is not the text
	Unit  string // the currency of an amount in a column of several
	Bar   *bar
	Spark string // the path of a line
}

// A column is one of a table.
type column struct{ Head, Class string }

// A table is one of rows that are cells. The first cell of a row is its heading.
type table struct {
	Columns []column
	Rows    []tableRow
	Empty   string // what is said in place of no rows
	Wrap    bool   // on phones a row becomes two lines
	First   string // the name of the first column in CSV, where that does not follow from its heading
}

// A tableRow is a row; Class total is one below the others.
type tableRow struct {
	Cells []cell
	Class string
}

// row adds a row. Cells have the class of their column, besides their own.
func (t *table) row(cells ...cell) { t.rowAs("", cells...) }

func (t *table) rowAs(class string, cells ...cell) {
	for i := range cells {
		if i < len(t.Columns) {
			cells[i].Class = strings.TrimSpace(t.Columns[i].Class + " " + cells[i].Class)
			if t.Wrap && i > 1 && cells[i].Label == "" {
				cells[i].Label = t.Columns[i].Head
			}
		}
	}
	t.Rows = append(t.Rows, tableRow{cells, class})
}

// A bar is a piece of a waterfall: from where to where, of a width of 100.
type bar struct {
	X, Width, Zero string
	Class          string // f1 adds, f2 takes, f3 is the sum
}

// A moment is an event in a time line.
type moment struct {
	ID     string
	Head   string
	At     string
	Bits   []bit
	Late   string
	Facts  [][2]string
	Tables []*table
}

// A form asks for something. With method get it is a filter, whose answer has the same page.
type form struct {
	Action, Method, Button string
	Hidden                 [][2]string
	Fields                 []field
	More                   []field // of a filter, those that are folded away
	Unfold                 bool    // as one of them is used
	CSRF                   string
	Go                     bool // the one that books something
	Class                  string
	Sends                  []bit // what stands beside the button
}

// A field is one of a form, with a label. With Choices it is a list.
type field struct {
	Label, Name, Value, Type string
	Hint, Error              string
	Autocomplete             string
	Choices                  [][2]string // value and text
	Hidden, Required         bool
}

// A pageOf is a row of the table of pages. path is below /c/{ledger}.
type pageOf struct {
	path  string
	nav   string                   // in the side bar; none: it is reached from another
	key   string                   // leads there after g
	count func(*view) (int, error) // of what needs somebody there, for the side bar
	gap   bool                     // a line above it in the side bar
	tab   bool                     // on phones
	under string                   // the page in the side bar that it belongs to
	scope settings.Scope           // besides read
	timed bool                     // shows the books as they were at the recorded time that is asked for
	body  int64                    // bytes that its form may send; 0: maxForm
	time  time.Duration            // how long it may be worked on; 0: readTime
	show  func(*view) (*page, error)
	act   func(*view) (to string, err error) // what its form does, and where that is shown
}

// frame adds what all pages have.
func (p *page) frame(v *view) {
	p.Home, p.Look = "/c/", lookOf(v.r)
	if v.session == nil {
		return
	}
	p.CSRF, p.Person, p.Menu = v.session.csrf, v.key.Name, v.lookForm()
	if v.ledger != "" && v.page != nil {
		v.offerCSV(p)
	}
	for i := range p.Sections {
		if f := p.Sections[i].Form; f != nil && f.Method == "post" {
			f.CSRF = v.session.csrf
		}
	}
	if v.ledger == "" {
		return
	}
	p.Ledger, p.Home, p.Search, p.Query = v.ledger, v.href("/"), "/c/"+v.ledger+"/search", v.query.Get("q")
	p.Reached = v.books.Ledger.Stats().Records
	p.Record = v.grouped(p.Reached)
	if v.page != nil && v.page.timed {
		at, err := v.moment("recorded")
		if p.Dated = true; err == nil {
			p.Past = v.past(query.Moment{}, at)
		}
	}
	if p.Dated && p.Past == nil {
		p.Kept = v.with("recorded", strconv.FormatUint(p.Reached, 10), "after", "")
	}
	if p.Past == nil && !p.Still {
		p.Feed = "/c/" + v.ledger + "/feed"
	}
	p.Zone.Name = v.zone.String()
	for name, values := range v.query {
		for _, value := range values {
			if name != "zone" && value != "" {
				p.Zone.Hidden = append(p.Zone.Hidden, [2]string{name, value})
			}
		}
	}
	p.Here = v.r.URL.EscapedPath()
	p.Printed = "Ledger " + v.ledger + ", record " + p.Record + ", times in " + p.Zone.Name + ", printed " +
		v.now().In(v.zone).Format("2 January 2006 15:04")
	for i := range p.Past[:max(len(p.Past)-1, 0)] { // the last leads back to now
		p.Printed += strings.Replace(p.Past[i].Text, "You", ". You", 1)
	}
	for i := range pages {
		of := &pages[i]
		if of.nav == "" || of.scope != "" && !v.key.Has(of.scope) {
			continue
		}
		current := v.page != nil && (v.page.path == of.path || v.page.under == of.path)
		l := link{Text: of.nav, Href: v.href(strings.TrimSuffix(of.path, "{$}")), Go: of.key, Current: current,
			Tab: of.tab, Gap: of.gap}
		if n := v.countOf(of); n > 0 {
			l.Count = v.grouped(uint64(n))
		}
		p.Nav = append(p.Nav, l)
	}
}

// now is the console's clock.
func (v *view) now() time.Time { return v.console.options.Clock().UTC() }
