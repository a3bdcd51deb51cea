// Package tabular reads tables, as providers' reports are, row by row. It never guesses: a cell with two meanings is
// refused.
//
// A table is text in UTF-8, with or without a byte order mark, possibly compressed with gzip; a header, then
// rows. Cells are separated by commas, semicolons or tabs, whichever the header has most of, and quoted as RFC
// 4180 says. Lines end in LF or CRLF. Empty lines, and lines of separators alone, are passed over.
//
//	s, err := tabular.Open(file, tabular.Options{})
//	currency, amount := s.Column("Gross Currency"), s.Column("Gross Amount", "Main Amount")
//	for {
//		err := s.Next() // io.EOF after the last row
//		...
//		a, given, err := s.Amount(amount, money.Currency(s.Text(currency)), 2, table)
//	}
//
// # Several reports in one file
//
// Reports put one behind another are read as one: where the header comes again, its order holds from there on.
// A header with other names ends the reading with an error, since its columns would mean something else. A byte
// order mark before any row is passed over. Two columns of one name are one column as long as their cells are
// equal; a row in which they differ is refused.
//
// # Errors
//
// What is wrong with one row, such as a cell too few, a quote that is not closed or an ambiguous
// amount, is a [*providers.LineError]; the rows after it can be read. Every other error ends the reading. A file
// that is seen to be cut short ends in one that wraps [ErrTruncated].
//
// # Ambiguous values
//
// Spreadsheets rewrite amounts and times in the manner of their country. What has one meaning only is read:
// 1.234,56 and 1,234.56. What has two is refused, unless [Options] say which is meant: 1.234 may be a thousand,
// 2/11/25 may be in November. An amount or a time in the last cell of a last line that has no end is refused
// too, as digits may be missing; so are the names that are asked for with [Sheet.Uncut]. It is read where all
// cells above it have its length, or, of an amount, its decimals.
//
// # Bounds
//
// A row has at most 256 KiB and 2,000 cells, a cell 64 KiB, a name of [Sheet.Uncut] 256 characters, so that a
// reader needs no more memory than that, whatever is in the file. A row of more than 256 KiB ends the reading;
// the others are refused alone.
package tabular
