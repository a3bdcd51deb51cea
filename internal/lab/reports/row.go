package reports

import (
	"strconv"
	"strings"
)

// A row is a line of a CSV file being written. What it is given needs no quotes, except in quoted.
type row struct{ b []byte }

func (r *row) begin() { r.b = r.b[:0] }

// end returns the line with its newline.
func (r *row) end() []byte {
	r.b[len(r.b)-1] = '\n' // in place of the last comma
	return r.b
}

func (r *row) cells(texts ...string) {
	for _, t := range texts {
		r.b = append(r.b, t...)
		r.b = append(r.b, ',')
	}
}

func (r *row) blank(n int) {
	for range n {
		r.b = append(r.b, ',')
	}
}

func (r *row) quoted(text string) {
	r.b = append(r.b, '"')
	r.b = append(r.b, strings.ReplaceAll(text, `"`, `""`)...)
	r.b = append(r.b, '"', ',')
}

// major writes an amount in major units, with the decimals that the provider knows.
func (r *row) major(amount int64, t *tender) {
	r.b = append(appendMajor(r.b, amount, t), ',')
}

// side writes an amount into the first of two cells if it is a debit, below 0, and else into the second, without its sign.
func (r *row) side(amount int64, t *tender) {
	if amount < 0 {
		r.major(-amount, t)
		r.blank(1)
		return
	}
	r.blank(1)
	r.major(amount, t)
}

// cost writes an amount, and nothing where it is 0.
func (r *row) cost(amount int64, t *tender) {
	if amount == 0 {
		r.blank(1)
		return
	}
	r.major(amount, t)
}

func appendMajor(b []byte, amount int64, t *tender) []byte {
	for range t.decimals - t.exponent {
		amount *= 10
	}
	for range t.exponent - t.decimals {
		amount /= 10 // prices are whole multiples of what the provider knows
	}
	if amount < 0 {
		b, amount = append(b, '-'), -amount
	}
	scale := int64(1)
	for range t.decimals {
		scale *= 10
	}
	b = strconv.AppendInt(b, amount/scale, 10)
	if t.decimals > 0 {
		fraction := strconv.FormatInt(scale+amount%scale, 10)
		b = append(append(b, '.'), fraction[1:]...)
	}
	return b
}

// spoilt spoils a line, one way or another, so that it cannot be read and the lines after it can. amount is the number of
// the cell of its amount, from 0.
func spoilt(line []byte, garble, amount int) []byte {
	if garble == 0 {
		return line
	}
	cells := strings.Split(strings.TrimSuffix(string(line), "\n"), ",")
	switch garble % 4 {
	case 1: // a letter for a digit
		cells[amount] += "O"
	case 2: // cut short
		cells = cells[:len(cells)*2/3]
	case 3: // a separator too many
		cells = append(cells, "", "surplus")
	default: // a quote within a cell
		cells[0] = `"` + cells[0] + `"` + `x`
	}
	return []byte(strings.Join(cells, ",") + "\n")
}
