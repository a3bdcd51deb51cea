package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/settings"
)

// A view is a request for a page about a ledger.
type view struct {
	console *Console
	r       *http.Request
	page    *pageOf
	session *session
	key     *settings.Key
	ledger  string
	books   *query.Books
	table   money.Table
	query   url.Values
	next    string // the cursor of what comes after the list that was shown
	zone    *time.Location
}

// rows is how many rows a page of a table has.
const rows = 50

// href is a page of the ledger, with parameters as name, value, name, value; empty values are left out. The time zone
// goes along.
func (v *view) href(path string, params ...string) string {
	q := url.Values{}
	if v.zone != time.UTC && v.zone.String() != "UTC" {
		q.Set("zone", v.zone.String())
	}
	for i := 0; i < len(params); i += 2 {
		if params[i+1] != "" {
			q.Add(params[i], params[i+1])
		}
	}
	path, anchor, _ := strings.Cut(path, "#")
	to := "/c/" + v.ledger + path
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	if anchor != "" {
		to += "#" + anchor
	}
	return to
}

// in is the page of something that has an id.
func (v *view) in(kind, id string, params ...string) string {
	return v.href("/"+kind+"/"+url.PathEscape(id), params...)
}

// with is this page with other parameters.
func (v *view) with(params ...string) string {
	q := url.Values{}
	for name, values := range v.query {
		q[name] = values
	}
	for i := 0; i < len(params); i += 2 {
		if q.Del(params[i]); params[i+1] != "" {
			q.Set(params[i], params[i+1])
		}
	}
	if len(q) == 0 {
		return v.r.URL.EscapedPath()
	}
	return v.r.URL.EscapedPath() + "?" + q.Encode()
}

// csvOf is the link to a table as CSV, all of its rows. Parameters are those of the API; the zone goes along where the
// table has one.
func (v *view) csvOf(path string, params ...string) []bit {
	if v.console.options.CSV == nil {
		return nil
	}
	q := url.Values{}
	for i := 0; i < len(params); i += 2 {
		if params[i+1] != "" {
			q.Add(params[i], params[i+1])
		}
	}
	to := "/c/" + v.ledger + "/csv" + path
	if len(q) > 0 {
		to += "?" + q.Encode()
	}
	return []bit{{Text: "CSV", Href: to, Key: "e"}}
}

// figureOf is an amount for people: all decimals, commas between thousands, and a minus sign that is one.
func (v *view) figureOf(a money.Amount) string {
	return strings.Replace(v.table.Format(a), "-", "−", 1)
}

// amount is a cell of an amount whose currency stands in another.
func (v *view) amount(a money.Amount, bits ...bit) cell {
	c := cell{Bits: append([]bit{{Text: v.figureOf(a)}}, bits...), Value: v.table.Plain().Format(a)}
	if a.IsZero() {
		c.Class = "zero"
	}
	return c
}

// change is a cell of an amount that was added or taken.
func (v *view) change(a money.Amount) cell {
	c := v.amount(a)
	if a.Sign() > 0 {
		c.Bits[0].Text = "+" + c.Bits[0].Text
	}
	return c
}

// money are an amount and its currency.
func (v *view) money(a money.Amount) []bit {
	return []bit{{Text: v.figureOf(a)}, {Text: string(a.Currency()), Class: "cur"}}
}

// moneyCell is a cell of a column that has several currencies.
func (v *view) moneyCell(a money.Amount) cell {
	return cell{Bits: v.money(a), Value: v.table.Plain().Format(a), Unit: string(a.Currency())}
}

// grouped is a count with commas.
func (v *view) grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// count is a cell of a count.
func (v *view) count(n uint64) cell {
	return cell{Bits: []bit{{Text: v.grouped(n)}}, Value: strconv.FormatUint(n, 10)}
}

// time is a moment to the minute, with the year where it is not this one.
func (v *view) time(t time.Time) bit { return v.timeAs(t, "15:04") }

// second is a moment to the second.
func (v *view) second(t time.Time) bit { return v.timeAs(t, "15:04:05") }

func (v *view) timeAs(t time.Time, clock string) bit {
	if t.IsZero() {
		return bit{}
	}
	in := t.In(v.zone)
	layout := "2 Jan " + clock
	if in.Year() != v.now().In(v.zone).Year() {
		layout = "2 Jan 2006 " + clock
	}
	return bit{Text: in.Format(layout), At: t.UTC().Format(time.RFC3339Nano), Class: "nb"}
}

// late says that something was recorded more than an hour after it had happened.
func (v *view) late(at, recorded time.Time) []bit {
	d := recorded.Sub(at)
	if d <= time.Hour {
		return nil
	}
	return []bit{{Text: fmt.Sprintf("▲ +%d h", int(d.Hours())), Class: "warn small nb",
		Title: "recorded " + recorded.UTC().Format(time.RFC3339)}}
}

// days is an age: whole days, or today.
func days(n int) string {
	if n <= 0 {
		return "today"
	}
	return fmt.Sprintf("%d d", n)
}

// age is how long something is ago.
func (v *view) age(since time.Time) string { return days(int(v.now().Sub(since).Hours() / 24)) }

// text is a cell of words.
func text(s string) cell { return cell{Bits: []bit{{Text: s}}} }

// idCell is a cell of an id, possibly linked.
func idCell(id, href string) cell { return cell{Bits: []bit{{Text: id, Href: href, Class: "id"}}} }

// rowLink is the cell whose link is that of the row.
func rowLink(s, href string, why ...bit) cell {
	return cell{Bits: []bit{{Text: s, Href: href, Class: "row"}}, Why: why}
}

// account links an account, with its holder below.
func (v *view) account(id accounts.ID, params ...string) cell {
	c := rowLink(string(id), v.in("accounts", string(id), params...))
	if a, ok := v.books.Ledger.Account(id); ok && a.Holder != "" {
		c.Why = []bit{{Text: a.Holder}}
	}
	return c
}

// state is a state in a word, after a sign.
func state(s posting.State) bit {
	class := "state"
	switch s {
	case posting.Settled, posting.PayoutIsPaid, "completed":
		class += " good"
	case posting.Authorised, "pending", posting.PayoutIsRequested:
		class += " none"
	case posting.ChargedBack, posting.Cancelled, posting.PayoutHasFailed:
		class += " bad"
	case query.FellBack:
		class += " warn"
	default:
		class += " wait"
	}
	return bit{Text: strings.ReplaceAll(string(s), "_", " "), Class: class}
}

// moment reads a parameter that is a time, a day or a month. One to come is refused: the answer would change.
func (v *view) moment(name string) (m query.Moment, err error) {
	given := strings.TrimSpace(v.query.Get(name))
	if given == "" {
		return m, nil
	}
	if err := m.Set(given); err != nil {
		return m, &ledger.Error{Code: ledger.Invalid, Field: name, Message: err.Error()}
	}
	return m, nil
}

// asOf are the moments that a page is as of, by effective and by recorded time.
func (v *view) asOf() (when ledger.AsOf, at, recorded query.Moment, err error) {
	if at, err = v.moment("at"); err != nil {
		return
	}
	if recorded, err = v.moment("recorded"); err != nil {
		return
	}
	for name, m := range map[string]*query.Moment{"at": &at, "recorded": &recorded} {
		if m.Begin(v.zone).After(v.now()) {
			err = &ledger.Error{Code: ledger.Invalid, Field: name,
				Message: "expected a time that is not after now, found " + m.String()}
		}
	}
	return query.AsOfMoments(&at, &recorded, v.zone), at, recorded, err
}

// past says what a page is as of, if not of now.
func (v *view) past(at, recorded query.Moment) []bit {
	var bits []bit
	if at.Given() {
		bits = append(bits, bit{Text: "You are looking at "}, v.second(at.Last(v.zone)),
			bit{Text: ", " + v.zone.String() + ", by effective time. "})
	}
	if recorded.Given() {
		bits = append(bits, bit{Text: "It is what the books knew at "}, v.second(recorded.Last(v.zone)),
			bit{Text: ", " + v.zone.String() + ". "})
	}
	if bits == nil {
		return nil
	}
	return append(bits, bit{Text: "Back to now", Href: v.with("at", "", "recorded", "", "after", ""), Key: "n"})
}

// period reads the parameters from and to.
func (v *view) period() (p query.Period, err error) {
	from, err := v.moment("from")
	if err != nil {
		return p, err
	}
	to, err := v.moment("to")
	if err != nil {
		return p, err
	}
	p, ok := query.Between(&from, &to, v.zone)
	if !ok {
		err = &ledger.Error{Code: ledger.Invalid, Field: "to",
			Message: "expected an end after the beginning, found " + to.String()}
	}
	return p, err
}

// currency reads the parameter of that name.
func (v *view) currency() (money.Currency, error) {
	given := strings.ToUpper(strings.TrimSpace(v.query.Get("currency")))
	if given == "" {
		return "", nil
	}
	c, err := money.ParseCurrency(given)
	if err != nil {
		err = &ledger.Error{Code: ledger.Invalid, Field: "currency", Message: err.Error()}
	}
	return c, err
}

// request is for the page of a list that the cursor in the query names.
func (v *view) request(list string) query.PageRequest {
	q := url.Values{}
	for name, values := range v.query {
		if name != "after" && name != "zone" {
			q[name] = values
		}
	}
	return query.PageRequest{List: "console " + list + "?" + q.Encode(), After: v.query.Get("after"), Limit: v.limit()}
}

// limit is how many rows of a list are asked for.
func (v *view) limit() int {
	if v.query.Get(csvParam) != "" {
		return csvRows
	}
	return rows
}

// pager leads to the first page and to the one after this.
func (v *view) pager(next string) (bits []bit) {
	v.next = next
	if v.query.Get("after") != "" {
		bits = append(bits, bit{Text: "First", Href: v.with("after", ""), Class: "button", Key: "["})
	}
	if next != "" {
		bits = append(bits, bit{Text: "Next", Href: v.with("after", next), Class: "button", Key: "]"})
	}
	return bits
}

// choices are values of a list, the first of which is any.
func choices[T ~string](any string, values ...T) [][2]string {
	list := [][2]string{{"", any}}
	for _, value := range values {
		list = append(list, [2]string{string(value), strings.ReplaceAll(string(value), "_", " ")})
	}
	return list
}

// filter is a form that asks for this page with other parameters.
func (v *view) filter(fields ...field) *form {
	f := &form{Action: v.r.URL.EscapedPath(), Method: "get", Button: "Show", Fields: fields}
	for i := range fields {
		fields[i].Value = v.query.Get(fields[i].Name)
	}
	if v.zone != time.UTC && v.zone.String() != "UTC" {
		f.Hidden = append(f.Hidden, [2]string{"zone", v.zone.String()})
	}
	return f
}

// fold folds away the fields of a filter from one on, unless one of them is used.
func (f *form) fold(from int) *form {
	f.Fields, f.More = f.Fields[:from], f.Fields[from:]
	f.Unfold = slices.ContainsFunc(f.More, func(of field) bool { return of.Value != "" })
	return f
}

// currencies are those that the books have anything in, for a list of choices.
func (v *view) currencies() ([][2]string, error) {
	all, err := v.books.Balances(query.BalanceFilter{})
	var list []money.Currency
	for i := range all {
		list = append(list, all[i].Currency)
	}
	slices.Sort(list)
	return choices("any", slices.Compact(list)...), err
}
