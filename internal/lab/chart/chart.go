// Package chart draws the curves that the lab measures, from the figures that it leaves as JSON.
//
// The same figures give the same bytes, so that a chart in the documentation can be compared with its figures.
package chart

import (
	"bytes"
	"image/color"
	"math"
	"os"
	"path/filepath"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A chart is lines over one x axis. The y axis begins at 0.
type chart struct {
	file  string
	title string
	x, y  string // what the axes count
	log   bool   // x is on a logarithmic scale, with a tick at each value
	lines []line
}

// A line is a named series of points, by growing x.
type line struct {
	name   string
	points plotter.XYs
}

// Sizes of a chart, and how much room the legend has above the highest value.
const (
	width, height = 540 * vg.Length(1), 310 * vg.Length(1)
	margin        = 10 * vg.Length(1)
	headroom      = 1.25
)

// Colours and dashes of lines: they differ on paper too.
var (
	ink     = color.RGBA{0x24, 0x29, 0x2f, 0xff}
	pale    = color.RGBA{0xd0, 0xd7, 0xde, 0xff}
	colours = []color.Color{color.RGBA{0x09, 0x69, 0xda, 0xff}, color.RGBA{0xbc, 0x4c, 0x00, 0xff}}
	dashes  = [][]vg.Length{nil, {6, 3}}
)

// write draws the chart into a directory, and returns the file's path.
func (c *chart) write(dir string) (string, error) {
	p := plot.New()
	c.dress(p)
	var most float64
	for i, l := range c.lines {
		curve, dots, err := plotter.NewLinePoints(l.points)
		if err != nil {
			return "", err
		}
		curve.Color, curve.Width, curve.Dashes = colours[i], vg.Points(1.5), dashes[i]
		dots.Color, dots.Shape, dots.Radius = colours[i], draw.CircleGlyph{}, vg.Points(2.5)
		p.Add(curve, dots)
		p.Legend.Add(l.name, curve, dots)
		for _, at := range l.points {
			most = max(most, at.Y)
		}
	}
	p.Y.Min, p.Y.Max = 0, max(most, 1)*headroom
	canvas := vgsvg.New(width, height)
	p.Draw(draw.Crop(draw.New(canvas), margin, -2*margin, margin, -margin)) // the last number is wide
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return "", err
	}
	path := filepath.Join(dir, c.file)
	return path, os.WriteFile(path, fallback(b.Bytes()), 0o644)
}

// dress sets everything but the data.
func (c *chart) dress(p *plot.Plot) {
	sans := font.Font{Typeface: "Liberation", Variant: "Sans"}
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.title, c.x, c.y
	p.Title.TextStyle.Font, p.Title.TextStyle.Color, p.Title.Padding = font.From(sans, 13), ink, vg.Points(8)
	p.Legend.TextStyle.Font, p.Legend.TextStyle.Color = font.From(sans, 11), ink
	p.Legend.Top, p.Legend.Left, p.Legend.ThumbnailWidth = true, true, vg.Points(30)
	p.Legend.XOffs, p.Legend.Padding = vg.Points(8), vg.Points(3)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font, a.Label.TextStyle.Color, a.Label.Padding = font.From(sans, 11), ink, vg.Points(6)
		a.Tick.Label.Font, a.Tick.Label.Color, a.Tick.Color, a.Color = font.From(sans, 10), ink, pale, pale
	}
	p.Y.Padding = 0
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.TickerFunc(round), plot.TickerFunc(round)
	p.X.Min = 0
	if c.log {
		p.X.Min = c.lines[0].points[0].X
		p.X.Scale = plot.LogScale{}
		p.X.Tick.Marker = c.eachPoint()
	}
	grid := plotter.NewGrid()
	grid.Vertical.Width = 0
	grid.Horizontal.Color, grid.Horizontal.Width = pale, vg.Points(0.5)
	p.Add(grid)
}

// english writes numbers in groups of three digits.
var english = message.NewPrinter(language.English)

// round puts about five ticks at round values. The plot library's own are three.
func round(low, high float64) (ticks []plot.Tick) {
	const most = 6
	unit := math.Pow10(int(math.Floor(math.Log10((high - low) / most))))
	step := unit
	for _, times := range []float64{2, 5, 10} {
		if (high-low)/step > most {
			step = times * unit
		}
	}
	for at := math.Ceil(low/step) * step; at <= high; at += step {
		ticks = append(ticks, plot.Tick{Value: at, Label: english.Sprintf("%.0f", at)})
	}
	return ticks
}

// eachPoint puts ticks where there are points.
func (c *chart) eachPoint() (ticks plot.ConstantTicks) {
	for _, at := range c.lines[0].points {
		ticks = append(ticks, plot.Tick{Value: at.X, Label: english.Sprintf("%.0f", at.X)})
	}
	return ticks
}

// fallback names fonts of the same widths for machines that do not have the plot library's own.
func fallback(svg []byte) []byte {
	const own = "font-family:Liberation Sans"
	return bytes.ReplaceAll(svg, []byte(own), []byte(own+",Arial,Helvetica,sans-serif"))
}
