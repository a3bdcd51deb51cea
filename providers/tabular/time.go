package tabular

import (
	"strings"
	"time"
)

// Time reads a time: RFC 3339, or "2006-01-02 15:04:05" in the zone that another column names ("CET",
// "Asia/Jakarta", "+0700"), else in [Options]' zone, else in UTC; or a spreadsheet's "2/11/25 4:05" if
// [Options] say which number is the month. The zero Time stands for an empty cell.
func (s *Sheet) Time(c Column, zone Column) (time.Time, error) {
	text := s.cell(c)
	if text == "" {
		return time.Time{}, nil
	}
	if s.last(c) {
		return time.Time{}, s.Errorf(c,
			"expected a line end after the time, found the end of the file: digits may be missing")
	}
	if len(text) > len("2006-01-02T15:04") && (text[10] == 'T' || text[10] == ' ') && offset(text) {
		t, err := time.Parse(time.RFC3339Nano, text[:10]+"T"+text[11:])
		if err != nil {
			return time.Time{}, s.Errorf(c, "expected a time such as 2026-03-10T09:15:21+01:00, found %s", quoted(text))
		}
		return t, nil
	}
	// A time with an offset of its own says more than the zone's column, which is not looked at then.
	in, err := s.zoneIn(zone)
	if err != nil {
		return time.Time{}, err
	}
	if strings.IndexByte(text, '-') == 4 {
		return s.isoTime(c, text, in)
	}
	return s.sheetTime(c, text, in)
}

// offset reports whether a time ends in an offset from UTC, behind its seconds: the minus signs of a date do not count.
func offset(text string) bool {
	if text[len(text)-1] == 'Z' {
		return true
	}
	return len(text) > 19 && strings.ContainsAny(text[19:], "+-")
}

// isoTime reads a time of ISO 8601, in the given zone where it has none of its own.
func (s *Sheet) isoTime(c Column, text string, in *time.Location) (time.Time, error) {
	if t, ok := quickTime(text, in); ok {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05",
		"2006-01-02", "2006-01-02 15:04", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, text, in); err == nil {
			return t, nil
		}
	}
	return time.Time{}, s.Errorf(c, "expected a time such as 2026-03-10 09:15:21, found %s", quoted(text))
}

// quickTime reads the common case, "2006-01-02 15:04:05", as [time.Parse] takes a good part of the time that a report
// takes. ok is false for all else, which may be right: [time.Parse] says.
func quickTime(text string, in *time.Location) (time.Time, bool) {
	const layout = "0000-00-00 00:00:00"
	if len(text) != len(layout) {
		return time.Time{}, false
	}
	var n [6]int // year, month, day, hour, minute, second
	at := 0
	for i := range len(layout) {
		switch {
		case layout[i] == '0' && digit(text[i]):
			n[at] = n[at]*10 + int(text[i]-'0')
		case layout[i] != '0' && text[i] == layout[i]:
			at++
		default:
			return time.Time{}, false
		}
	}
	if n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 28 || n[3] > 23 || n[4] > 59 || n[5] > 59 {
		return time.Time{}, false // or a day that not every month has
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, in), true
}

// sheetTime reads a time as spreadsheets write it: a date with slashes, points or dashes, and a clock of 12 or 24
// hours, without seconds perhaps. A date of which day and month could be either is refused unless [Options] say the
// order.
func (s *Sheet) sheetTime(c Column, text string, in *time.Location) (time.Time, error) {
	date, clock, _ := strings.Cut(text, " ")
	// The order of the options decides where it is needed: 2/11/25 is the second of November or the eleventh of
	// February.
	var layout string
	switch s.o.Dates {
	case "dmy":
		layout = "2/1/"
	case "mdy":
		layout = "1/2/"
	}
	sign := strings.TrimLeft(date, "0123456789")
	if sign == "" || strings.Count(date, sign[:1]) != 2 || !strings.Contains("/.-", sign[:1]) {
		return time.Time{}, s.Errorf(c, "expected a time such as 2026-03-10 09:15:21, found %s", quoted(text))
	}
	// A year of four digits in front says the order by itself; behind, only the options can.
	parts := strings.Split(date, sign[:1])
	switch {
	case len(parts[0]) == 4:
		layout = "2006/1/2"
	case layout == "":
		return time.Time{}, s.Errorf(c,
			"expected a time whose day and month are told apart (the order may be set), found %s", quoted(text))
	case len(parts[2]) == 2:
		layout += "06"
	default:
		layout += "2006"
	}
	clock = strings.ToUpper(trim(clock))
	// A date without a clock is its midnight in the zone.
	for _, l := range []string{"", " 15:04", " 15:04:05", " 3:04 PM", " 3:04:05 PM"} {
		t, err := time.ParseInLocation(layout+l, strings.TrimRight(strings.Join(parts, "/")+" "+clock, " "), in)
		if err == nil {
			return t, nil
		}
	}
	return time.Time{}, s.Errorf(c, "expected a date and a time in the order %s, found %s", s.o.Dates, quoted(text))
}
