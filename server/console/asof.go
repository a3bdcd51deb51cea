package console

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
)

// An asOfForm lets people choose the moment that an account is shown as of: by a slider that is as wide as the chart
// above it, or a field beside it, and by links for a step.
type asOfForm struct {
	Action string
	Hidden [][2]string
	Slider *slider // none: there is no chart
	Day    string
	By     field
	Steps  []bit
}

// A slider is of seconds since 1970. Was is where it stood: the one of slider and field that was moved counts.
type slider struct {
	From, To, Step, Was int64
	Points              string // what was there at each: seconds, figure, seconds, figure
}

// byClock are the clocks that a moment may be of.
var byClock = [][2]string{{"", "effective time"}, {"recorded", "recorded time"}, {"both", "both"}}

// elsewhere is the error of a page that leads to another, which is its text.
type elsewhere string

func (e elsewhere) Error() string { return "see " + string(e) }

// asOfForm is the form for the account, with what it is as of.
func (a *accountView) asOfForm() *asOfForm {
	f := &asOfForm{Action: a.r.URL.EscapedPath(), Day: a.at.String(), By: field{Label: "by", Name: "by", Choices: byClock}}
	switch {
	case a.at.Given() && a.recorded.Given():
		f.By.Value = "both"
	case a.recorded.Given():
		f.By.Value, f.Day = "recorded", a.recorded.String()
	}
	for _, name := range []string{"currency", "from", "to", "order", "zone"} {
		if value := a.query.Get(name); value != "" {
			f.Hidden = append(f.Hidden, [2]string{name, value})
		}
	}
	return f
}

// chosenMoment is this page as of what its form says, "" where it says nothing.
func (v *view) chosenMoment() string {
	if !v.query.Has("day") && !v.query.Has("slide") {
		return ""
	}
	chosen := v.query.Get("day")
	if slide := v.query.Get("slide"); slide != "" && slide != v.query.Get("was") {
		chosen = ""
		if n, err := strconv.ParseInt(slide, 10, 64); err == nil && slide != v.query.Get("end") {
			chosen = time.Unix(n, 0).UTC().Format(time.RFC3339)
		}
	}
	at, recorded := chosen, ""
	switch v.query.Get("by") {
	case "recorded":
		at, recorded = "", chosen
	case "both":
		recorded = chosen
	}
	return v.with("day", "", "slide", "", "was", "", "end", "", "by", "", "after", "", "at", at, "recorded", recorded)
}

// asOfSteps are links to the moment of the posting before, and after, and a day earlier or later.
func (a *accountView) asOfSteps() (steps []bit, err error) {
	at := a.when.At
	if at.IsZero() {
		at = a.when.Recorded
	}
	now := at.IsZero()
	if now {
		at = a.now()
	}
	to := func(t time.Time) string {
		text := t.UTC().Format(time.RFC3339Nano)
		switch {
		case !t.Before(a.now()):
			return a.with("at", "", "recorded", "", "after", "")
		case a.at.Given() && a.recorded.Given():
			return a.with("at", text, "recorded", text, "after", "")
		case a.recorded.Given():
			return a.with("recorded", text, "after", "")
		}
		return a.with("at", text, "after", "")
	}
	before, after, err := a.neighbours(at)
	if err != nil {
		return nil, err
	}
	if !before.IsZero() {
		steps = append(steps, bit{Text: "‹ posting", Href: to(before), Key: "ArrowLeft", Class: "button"})
	}
	if !now {
		if after.IsZero() {
			after = a.now()
		}
		steps = append(steps, bit{Text: "posting ›", Href: to(after), Key: "ArrowRight", Class: "button"})
	}
	steps = append(steps, bit{Text: "‹ day", Href: to(at.In(a.zone).AddDate(0, 0, -1)), Key: "Shift+ArrowLeft", Class: "button"})
	if !now {
		steps = append(steps, bit{Text: "day ›", Href: to(at.In(a.zone).AddDate(0, 0, 1)), Key: "Shift+ArrowRight", Class: "button"},
			bit{Text: "Now", Href: to(a.now()), Key: "n", Class: "button"})
	}
	return steps, nil
}

// neighbours are the times of the posting before the one that is the newest at a moment, and of the next after it.
func (a *accountView) neighbours(at time.Time) (before, after time.Time, err error) {
	day := 24 * time.Hour
	for _, span := range []time.Duration{day, 30 * day, 0} {
		within := query.Period{To: at.Add(1)}
		if span > 0 {
			within.From = at.Add(-span)
		}
		if before, err = a.secondNewest(within); err != nil || !before.IsZero() {
			break
		}
	}
	for _, span := range []time.Duration{day, 30 * day, 0} {
		within := query.Period{From: at.Add(1)}
		if span > 0 {
			within.To = at.Add(span)
		}
		if after, err = a.oldest(within); err != nil || !after.IsZero() {
			break
		}
	}
	return before, after, err
}

// clock is the time of a posting that the page goes by.
func (a *accountView) clock(l *ledger.Line) time.Time {
	if a.recorded.Given() && !a.at.Given() {
		return l.Recorded
	}
	return l.At
}

// times yields when the postings in a period were, in no order.
func (a *accountView) times(within query.Period, add func(time.Time)) error {
	r := ledger.Range{From: within.From, To: within.To}
	if a.recorded.Given() && !a.at.Given() {
		r = ledger.Range{}
	}
	for line, err := range a.books.Ledger.Postings(a.r.Context(), a.account.Account, r) {
		if err != nil {
			return err
		}
		if at := a.clock(&line); line.Amount.Currency() == a.currency && within.Has(at) {
			add(at)
		}
	}
	return nil
}

// secondNewest is the newest time but one in a period.
func (a *accountView) secondNewest(within query.Period) (second time.Time, err error) {
	var newest time.Time
	err = a.times(within, func(t time.Time) {
		switch {
		case t.After(newest):
			newest, second = t, newest
		case t.Before(newest) && t.After(second):
			second = t
		}
	})
	return second, err
}

// oldest is the first time in a period.
func (a *accountView) oldest(within query.Period) (first time.Time, err error) {
	err = a.times(within, func(t time.Time) {
		if first.IsZero() || t.Before(first) {
			first = t
		}
	})
	return first, err
}

// slider is that of the chart.
func (a *accountView) slider() *slider {
	from, to := a.within.From.Unix(), a.within.To.Unix()
	s := &slider{From: from, To: to, Step: a.step, Was: to}
	at := a.when.At
	if at.IsZero() {
		at = a.when.Recorded
	}
	if !at.IsZero() {
		s.Was = from + min(max(at.Unix()-from, 0), to-from)/a.step*a.step
	}
	var b strings.Builder
	for i := range a.line {
		fmt.Fprintf(&b, "%d;%s;", a.line[i].At.Unix(), a.figureOf(a.line[i].Balance.Amount))
	}
	s.Points = b.String()
	return s
}
