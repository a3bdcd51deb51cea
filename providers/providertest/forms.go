package providertest

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"io"
	"math/rand/v2"
	"strings"
)

// forms returns the report in forms in which it says the same.
func forms(f Report) map[string][]byte {
	plain := bytes.TrimPrefix(f.Text, []byte("\xef\xbb\xbf"))
	all := map[string][]byte{
		"gzip":            squeeze(f.Text),
		"byte order mark": append([]byte("\xef\xbb\xbf"), plain...),
		"CRLF": bytes.ReplaceAll(bytes.ReplaceAll(f.Text, []byte("\r\n"), []byte("\n")),
			[]byte("\n"), []byte("\r\n")),
	}
	if f.Separator == 0 {
		return all
	}
	r := csv.NewReader(bytes.NewReader(plain))
	r.Comma = rune(f.Separator)
	r.FieldsPerRecord = -1
	table, err := r.ReadAll()
	if err != nil || len(table) == 0 {
		return all
	}
	all["semicolons"] = write(table, f.End, ";", false)
	all["tabs"] = write(table, f.End, "\t", false)
	all["quotes"] = write(table, f.End, ",", true)
	all["other columns"] = write(mapRows(table, f.End, func(i int, row []string) []string {
		more := []string{"Not A Column", ""}
		if i > 0 {
			more = []string{"1,234.56", `say "so"`}
		}
		return append(more[:1:1], append(row, more[1])...)
	}), f.End, ",", false)
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(table[0]))
	all["columns in another order"] = write(mapRows(table, f.End, func(_ int, row []string) []string {
		if len(row) != len(order) {
			return row
		}
		moved := make([]string, len(row))
		for to, from := range order {
			moved[to] = row[from]
		}
		return moved
	}), f.End, ",", false)
	all["header in other case"] = write(mapRows(table, f.End, func(i int, row []string) []string {
		if i > 0 {
			return row
		}
		return strings.Split(strings.ToUpper(strings.Join(row, "\x00")), "\x00")
	}), f.End, ",", false)
	return all
}

func squeeze(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b) // to memory
	z.Close()
	return out.Bytes()
}

// mapRows changes all rows but the one that is the end.
func mapRows(table [][]string, end string, change func(i int, row []string) []string) [][]string {
	out := make([][]string, len(table))
	for i, row := range table {
		if end != "" && len(row) == 1 && row[0] == end {
			out[i] = row
			continue
		}
		out[i] = change(i, row[:len(row):len(row)])
	}
	return out
}

// write writes a table; with quotes around every cell, or only where they are needed.
func write(table [][]string, end, sep string, quotes bool) []byte {
	var out strings.Builder
	for _, row := range table {
		for i, cell := range row {
			if i > 0 {
				io.WriteString(&out, sep)
			}
			if quotes && cell != end || strings.ContainsAny(cell, "\"\r\n"+sep) {
				cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
			io.WriteString(&out, cell)
		}
		io.WriteString(&out, "\n")
	}
	return []byte(out.String())
}
