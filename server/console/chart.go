package console

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// A chart is lines over time, drawn on the server.
type chart struct {
	Width, Height int
	Label         string // says in a sentence what is to be seen
	Grid          []gridLine
	Texts         []chartText
	Lines         []chartLine
	Key           [][2]string // class of a line, and what it is
	Class         string
	AsOf          *asOfLine
	Narrow        *chart // the same for narrow pages
}

// An asOfLine stands where the page is as of, with the figure of then.
type asOfLine struct{ X, TextX, Bottom, Text, Class string }

// A gridLine is a level with its figure.
type gridLine struct{ Class, X1, X2, Y, TextY, Text string }

// A chartText is a word in a chart.
type chartText struct{ Class, X, Y, Text string }

// A chartLine is a line.
type chartLine struct{ Class, D string }

// A scale places amounts between a lowest and a highest one, exactly: figures are whole numbers of any size, and so are
// tenths of a pixel.
type scale struct {
	low, span *big.Int
	top, size int64 // of the place, in tenths
	down      bool  // larger amounts stand further up
}

// bigOf is an amount in minor units.
func bigOf(i money.Int) *big.Int {
	n, _ := new(big.Int).SetString(i.String(), 10)
	return n
}

// newScale makes a scale on which all amounts and zero have a place.
func newScale(top, size int64, down bool, amounts ...money.Int) *scale {
	low, high := new(big.Int), new(big.Int)
	for _, a := range amounts {
		n := bigOf(a)
		if n.Cmp(low) < 0 {
			low = n
		}
		if n.Cmp(high) > 0 {
			high = n
		}
	}
	span := new(big.Int).Sub(high, low)
	if span.Sign() == 0 {
		span.SetInt64(1)
	}
	return &scale{low, span, top, size, down}
}

// tenths is the place of an amount.
func (s *scale) tenths(i money.Int) int64 {
	n := new(big.Int).Sub(bigOf(i), s.low)
	n.Mul(n, big.NewInt(s.size)).Div(n, s.span)
	if s.down {
		return s.top + s.size - n.Int64()
	}
	return s.top + n.Int64()
}

// at is the place of an amount as SVG has it.
func (s *scale) at(i money.Int) string { return decimal(s.tenths(i)) }

// decimal writes tenths.
func decimal(tenths int64) string { return fmt.Sprintf("%d.%d", tenths/10, tenths%10) }

// steps is the path of balances that hold until the next.
func steps(s *scale, width int64, from, to time.Time, points []query.SeriesPoint) string {
	var b strings.Builder
	length := max(int64(to.Sub(from)/time.Second), 1)
	last := ""
	for i := range points {
		x := decimal(min(max(int64(points[i].At.Sub(from)/time.Second), 0), length) * width / length)
		y := s.at(points[i].Balance.Int())
		if i == 0 {
			fmt.Fprintf(&b, "M0.0 %s", y)
		}
		if y != last || i == len(points)-1 {
			fmt.Fprintf(&b, "H%sV%s", x, y)
		}
		last = y
	}
	return b.String()
}

// balanceLines are what an account had over time: as things happened, and as the books knew of them.
type balanceLines struct {
	of                  string
	within              query.Period
	effective, recorded []query.SeriesPoint
	at                  time.Time // what the page is as of, if not now
	figure              string    // and what was there then
}

// balanceChart draws what an account had in one currency, wide and for narrow pages. The plot is as wide as the chart, so
// that a slider below it may be, too.
func (v *view) balanceChart(l *balanceLines) *chart {
	points := append(slices.Clone(l.effective), l.recorded...)
	high, low := points[0].Balance, points[0].Balance
	for i := range points {
		if b := points[i].Balance; b.Int().Cmp(high.Int()) > 0 {
			high = b
		} else if b.Int().Cmp(low.Int()) < 0 {
			low = b
		}
	}
	last := l.effective[len(l.effective)-1]
	day := func(t time.Time) string { return t.In(v.zone).Format("2 January 2006") }
	label := fmt.Sprintf("Balance of %s in %s from %s to %s: lowest %s, highest %s, last %s", l.of, last.Currency,
		day(l.within.From), day(l.within.To),
		v.figureOf(low.Amount), v.figureOf(high.Amount), v.figureOf(last.Balance.Amount))
	if !l.at.IsZero() {
		label += "; " + l.figure + " as of " + v.second(l.at).Text
	}
	c := v.drawBalance(l, 980, 220, 4, high.Amount, low.Amount)
	c.Label, c.Class = label, "desk"
	c.Narrow = v.drawBalance(l, 480, 200, 3, high.Amount, low.Amount)
	c.Narrow.Class = "phone"
	c.Key = [][2]string{{"l1", "when it happened (effective)"}, {"l3", "when the books knew (recorded)"}}
	return c
}

// drawBalance draws the lines at one size.
func (v *view) drawBalance(l *balanceLines, width, height int64, ticks int, high, low money.Amount) *chart {
	s := newScale(240, height*10-500, true, high.Int(), low.Int())
	c := &chart{Width: int(width), Height: int(height)}
	for _, a := range v.ticks(low, high, ticks) {
		class := "grid"
		if a.IsZero() {
			class = "axis"
		}
		y := s.tenths(a.Int())
		c.Grid = append(c.Grid, gridLine{class, "0", fmt.Sprint(width), decimal(y), decimal(y - 40), v.figureOf(a)})
	}
	y := fmt.Sprint(height - 4)
	from, to := l.within.From, l.within.To
	length := max(int64(to.Sub(from)/time.Second), 1)
	place := func(t time.Time) int64 {
		return min(max(int64(t.Sub(from)/time.Second), 0), length) * width * 10 / length
	}
	c.Texts = []chartText{{"", "0", y, v.time(from).Text}, {"e", fmt.Sprint(width), y, v.time(to).Text}}
	c.Lines = []chartLine{{"l3", steps(s, width*10, from, to, l.recorded)}, {"l1", steps(s, width*10, from, to,
		l.effective)}}
	at, figure := l.at, l.figure
	if at.IsZero() {
		at, figure = to, ""
	}
	x := place(at)
	c.AsOf = &asOfLine{X: decimal(x), Bottom: decimal(height*10 - 260), Text: figure, Class: "strong"}
	c.AsOf.TextX = decimal(x + 60)
	if x > width*5 {
		c.AsOf.TextX, c.AsOf.Class = decimal(x-60), "strong e"
	}
	return c
}

// ticks are round amounts from low to high, zero among them, about so many.
func (v *view) ticks(low, high money.Amount, most int) (list []money.Amount) {
	bottom, top := bigOf(low.Int()), bigOf(high.Int())
	zero := new(big.Int)
	if bottom.Sign() > 0 {
		bottom = zero
	}
	if top.Sign() < 0 {
		top = zero
	}
	span := new(big.Int).Sub(top, bottom)
	ten := big.NewInt(1)
	for {
		// 1, 2, 5, 10, 20, 50 and so on, until few enough fit.
		for _, by := range []int64{1, 2, 5} {
			step := new(big.Int).Mul(ten, big.NewInt(by))
			if new(big.Int).Div(span, step).Cmp(big.NewInt(int64(most))) <= 0 {
				first := new(big.Int).Div(bottom, step) // rounds down
				for n := first.Mul(first, step); n.Cmp(top) <= 0; n = new(big.Int).Add(n, step) {
					if n.Cmp(bottom) < 0 {
						continue
					}
					if i, err := money.ParseInt(n.String()); err == nil {
						list = append(list, money.FromInt(i, high.Currency()))
					}
				}
				return list
			}
		}
		ten = new(big.Int).Mul(ten, big.NewInt(10))
	}
}

// spark is the path of a small line, in a row of a table.
func spark(points []query.SeriesPoint, from, to time.Time) string {
	if len(points) < 2 {
		return ""
	}
	var amounts []money.Int
	for i := range points {
		amounts = append(amounts, points[i].Balance.Int())
	}
	return steps(newScale(20, 180, true, amounts...), 1320, from, to, points)
}

// waterfall makes bars of parts that are added up one after the other, and of their sum.
func waterfall(parts []money.Int) (bars []*bar) {
	running := money.NewInt(0)
	levels := []money.Int{running}
	for _, p := range parts {
		running = running.Add(p)
		levels = append(levels, running)
	}
	s := newScale(0, 1000, false, levels...)
	zero := s.at(money.NewInt(0))
	piece := func(from, to money.Int, class string) *bar {
		a, b := s.tenths(from), s.tenths(to)
		return &bar{X: decimal(min(a, b)), Width: decimal(max(a, b) - min(a, b)), Zero: zero, Class: class}
	}
	for i := range parts {
		class := "f1"
		if parts[i].Sign() < 0 {
			class = "f2"
		}
		bars = append(bars, piece(levels[i], levels[i+1], class))
	}
	return append(bars, piece(levels[0], running, "f3"))
}
