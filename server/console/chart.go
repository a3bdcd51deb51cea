package console

import (
	"fmt"
	"math/big"
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
}

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

// seriesChart draws what an account had in one currency.
func (v *view) seriesChart(of string, from, to time.Time, points []query.SeriesPoint) *chart {
	const width, height = 960, 180
	var amounts []money.Int
	high, low := points[0].Balance, points[0].Balance
	for i := range points {
		b := points[i].Balance
		amounts = append(amounts, b.Int())
		if b.Int().Cmp(high.Int()) > 0 {
			high = b
		}
		if b.Int().Cmp(low.Int()) < 0 {
			low = b
		}
	}
	s := newScale(200, 1300, true, amounts...)
	last := points[len(points)-1]
	c := &chart{Width: width, Height: height, Label: fmt.Sprintf("Balance of %s in %s from %s to %s: lowest %s, highest %s, last %s", of, last.Currency,
		from.In(v.zone).Format("2 January 2006"), to.In(v.zone).Format("2 January 2006"), v.figureOf(low.Amount), v.figureOf(high.Amount), v.figureOf(last.Balance.Amount))}
	level := func(class string, a money.Amount) {
		y := s.tenths(a.Int())
		c.Grid = append(c.Grid, gridLine{class, "0", fmt.Sprint(width), decimal(y), decimal(y - 40), v.figureOf(a)})
	}
	level("axis", money.New(0, last.Currency))
	if high.Sign() > 0 {
		level("grid", high.Amount)
	}
	if low.Sign() < 0 {
		level("grid", low.Amount)
	}
	c.Texts = []chartText{{"", "0", "176", from.In(v.zone).Format("2 Jan 15:04")}, {"e", fmt.Sprint(width), "176", to.In(v.zone).Format("2 Jan 15:04")}}
	c.Lines = []chartLine{{"l1", steps(s, width*10, from, to, points)}}
	return c
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
