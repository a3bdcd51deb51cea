// Package chart draws line charts as SVG, to be read on a light or a dark page.
//
// The y axis begins at 0. The x axis has a tick at every value that the series have, if they are few, else at round ones. The
// same [Chart] is the same bytes.
package chart

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
)

// A Chart is lines over one x axis.
type Chart struct {
	Title string
	X, Y  string // what the axes count
	Log   bool   // x is on a logarithmic scale; all its values are above 0 then
	Lines []Line // at most 4, of which no one has no points
}

// A Line is a named series of points, by growing x.
type Line struct {
	Name   string
	Points []Point
}

// A Point is a value at a place; Y is at least 0.
type Point struct{ X, Y float64 }

// Sizes in pixels: of all, and what is left free around the lines.
const (
	width, height            = 720, 400
	left, right, top, bottom = 92, 44, 72, 58
)

const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 }
.page { fill: #ffffff }
.grid { stroke: #d0d7de; stroke-width: 1 }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
.c0 { stroke: #0969da } .c1 { stroke: #bc4c00; stroke-dasharray: 6 3 } .c2 { stroke: #1a7f37; stroke-dasharray: 2 3 } .c3 { stroke: #8250df; stroke-dasharray: 10 3 2 3 }
.dot { stroke-dasharray: none; fill: #ffffff; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.page, .dot { fill: #0d1117 }
.grid { stroke: #3d444d }
.c0 { stroke: #58a6ff } .c1 { stroke: #ffa657 } .c2 { stroke: #56d364 } .c3 { stroke: #d2a8ff }
}
</style>
`

// SVG draws the chart.
func (c *Chart) SVG() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">`+"\n", width, height, width, height, html.EscapeString(c.Title))
	b.WriteString(style)
	fmt.Fprintf(&b, "<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", width, height)
	text(&b, left, 26, "start", ` class="title"`, c.Title)
	c.legend(&b)
	x, y := c.scales()
	for _, v := range y.ticks {
		at := y.at(v)
		fmt.Fprintf(&b, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>\n", left, at, width-right)
		text(&b, left-10, at+4.5, "end", "", Thousands(v))
	}
	for _, v := range x.ticks {
		at := x.at(v)
		fmt.Fprintf(&b, "<path class=\"grid\" d=\"M%.1f %dv5\"/>\n", at, height-bottom)
		text(&b, at, height-bottom+20, "middle", "", Thousands(v))
	}
	text(&b, (left+width-right)/2, height-14, "middle", "", c.X)
	middle := (top + height - bottom) / 2
	text(&b, 18, float64(middle), "middle", fmt.Sprintf(` transform="rotate(-90 18 %d)"`, middle), c.Y)
	for i, l := range c.Lines {
		fmt.Fprintf(&b, `<path class="line c%d" d="`, i)
		for j, p := range l.Points {
			fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(j, 1)], x.at(p.X), y.at(p.Y))
		}
		b.WriteString("\"/>\n")
		for _, p := range l.Points {
			fmt.Fprintf(&b, "<circle class=\"dot c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>%s: %s at %s</title></circle>\n",
				i, x.at(p.X), y.at(p.Y), html.EscapeString(l.Name), Thousands(p.Y), Thousands(p.X))
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// legend names the lines under the title, side by side.
func (c *Chart) legend(b *bytes.Buffer) {
	x := left
	for i, l := range c.Lines {
		fmt.Fprintf(b, "<path class=\"line c%d\" d=\"M%d 47h26\"/>\n", i, x)
		text(b, float64(x+34), 51.5, "start", "", l.Name)
		x += 34 + 8*len([]rune(l.Name)) + 24
	}
}

func text(b *bytes.Buffer, x, y float64, anchor, more, s string) {
	fmt.Fprintf(b, "<text x=\"%g\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>\n", math.Round(x*10)/10, y, anchor, more, html.EscapeString(s))
}

// A scale puts values at pixels.
type scale struct {
	from, to float64 // values, or their logarithms
	low, up  float64 // pixels
	log      bool
	ticks    []float64
}

func (s *scale) at(v float64) float64 {
	if s.log {
		v = math.Log10(v)
	}
	return s.low + (v-s.from)/(s.to-s.from)*(s.up-s.low)
}

// scales returns the scales of both axes.
func (c *Chart) scales() (x, y scale) {
	x = scale{low: left, up: width - right, log: c.Log}
	y = scale{low: height - bottom, up: top}
	var xs []float64
	most := 0.0
	for _, l := range c.Lines {
		for _, p := range l.Points {
			xs = append(xs, p.X)
			most = max(most, p.Y)
		}
	}
	slices.Sort(xs)
	x.ticks = slices.Compact(xs)
	first, last := x.ticks[0], x.ticks[len(x.ticks)-1]
	const few = 8
	many := len(x.ticks) > few
	switch {
	case c.Log:
		x.from, x.to = math.Log10(first), math.Log10(last)
		if many {
			x.ticks = powers(first, last)
		}
	default:
		x.from, x.to = 0, last
		if many {
			x.ticks = round(last)
		}
	}
	if x.from == x.to {
		x.to++
	}
	y.ticks = round(most)
	y.to = y.ticks[len(y.ticks)-1]
	if y.to < most {
		y.to += y.ticks[1]
		y.ticks = append(y.ticks, y.to)
	}
	return x, y
}

// round returns about five round values from 0 up to most, of which the last is not above it.
func round(most float64) (ticks []float64) {
	if most <= 0 {
		most = 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(most/5)))
	step := unit
	for _, times := range []float64{2, 5, 10} {
		if most/step > 6 {
			step = unit * times
		}
	}
	for i := 0; float64(i)*step <= most; i++ {
		ticks = append(ticks, float64(i)*step)
	}
	return ticks
}

// powers returns the powers of ten from first to last.
func powers(first, last float64) (ticks []float64) {
	for v := math.Pow(10, math.Ceil(math.Log10(first))); v <= last; v *= 10 {
		ticks = append(ticks, v)
	}
	return ticks
}

// Thousands writes a number with groups of three digits, 1,234,567, and with decimals only below 10.
func Thousands(v float64) string {
	if v < 10 && v != math.Trunc(v) {
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	s := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
