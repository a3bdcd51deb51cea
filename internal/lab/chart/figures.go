package chart

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"gonum.org/v1/plot/plotter"
)

// Files of figures, as 'lab bench --plot' leaves them. Each has an object with a list "points".
const (
	Callers  = "callers.json"  // ways of posting, of more and more callers
	Growth   = "growth.json"   // stretches of a ledger that grows
	Accounts = "accounts.json" // ledgers of more and more accounts
)

// A side is what one side of a comparison did.
type side struct {
	Rate float64 `json:"payments_per_second"`
}

// callersPoint is a point of [Callers].
type callersPoint struct {
	Callers float64 `json:"callers"`
	Ledger  side    `json:"ledger"`
	Bare    side    `json:"bare_bbolt"`
}

// growthPoint is a point of [Growth].
type growthPoint struct {
	Payments float64 `json:"payments"`
	Rate     float64 `json:"payments_per_second"`
}

// accountsPoint is a point of [Accounts].
type accountsPoint struct {
	Sellers float64 `json:"sellers"`
	Callers side    `json:"64_callers"`
	Batches side    `json:"batches_of_1000"`
	Heap    float64 `json:"heap_bytes"`
}

// Draw draws the charts of the figures in a directory beside them, and returns the paths of the charts.
func Draw(dir string) (drawn []string, err error) {
	for _, charts := range []func(string) ([]chart, error){callers, growth, accounts} {
		all, err := charts(dir)
		if err != nil {
			return drawn, err
		}
		for _, c := range all {
			path, err := c.write(dir)
			if err != nil {
				return drawn, err
			}
			drawn = append(drawn, path)
		}
	}
	return drawn, nil
}

func callers(dir string) ([]chart, error) {
	points, err := read[callersPoint](dir, Callers)
	return []chart{{
		file: "callers.svg", title: "Payments a second by callers, each synced",
		x: "callers, one payment at a time (log scale)", y: "payments a second", log: true,
		lines: []line{
			series("ledger", points, func(p callersPoint) (x, y float64) { return p.Callers, p.Ledger.Rate }),
			series("bare bbolt, the same bytes", points, func(p callersPoint) (x, y float64) {
				return p.Callers, p.Bare.Rate
			}),
		},
	}}, err
}

func growth(dir string) ([]chart, error) {
	points, err := read[growthPoint](dir, Growth)
	return []chart{{
		file: "growth.svg", title: "Payments a second while the ledger grows",
		x: "payments in the ledger", y: "payments a second",
		lines: []line{
			series("ledger, batches of 8,000", points, func(p growthPoint) (x, y float64) {
				return p.Payments, p.Rate
			}),
		},
	}}, err
}

func accounts(dir string) ([]chart, error) {
	points, err := read[accountsPoint](dir, Accounts)
	const x = "accounts that payments are split among (log scale)"
	return []chart{{
		file: "accounts.svg", title: "Payments a second by accounts", x: x, y: "payments a second", log: true,
		lines: []line{
			series("64 callers, 1 at a time", points, func(p accountsPoint) (x, y float64) {
				return p.Sellers, p.Callers.Rate
			}),
			series("batches of 1,000", points, func(p accountsPoint) (x, y float64) {
				return p.Sellers, p.Batches.Rate
			}),
		},
	}, {
		file: "memory.svg", title: "Memory by accounts", x: x, y: "MiB", log: true,
		lines: []line{
			series("heap after opening", points, func(p accountsPoint) (x, y float64) {
				return p.Sellers, p.Heap / (1 << 20)
			}),
		},
	}}, err
}

// series makes a line of points.
func series[P any](name string, points []P, at func(P) (x, y float64)) line {
	l := line{name: name, points: make(plotter.XYs, len(points))}
	for i, p := range points {
		l.points[i].X, l.points[i].Y = at(p)
	}
	return l
}

// read reads the points of a file of figures.
func read[P any](dir, name string) ([]P, error) {
	path := filepath.Join(dir, name)
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var sheet struct {
		Points []P `json:"points"`
	}
	if err := json.Unmarshal(b, &sheet); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(sheet.Points) == 0 {
		return nil, fmt.Errorf("%s: expected points, found none", path)
	}
	return sheet.Points, nil
}
