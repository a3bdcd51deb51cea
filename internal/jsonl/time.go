// Times of JSON lines.

package jsonl

import "time"

// Time reads a time as in RFC 3339 with its offset, in nanoseconds at most. An offset is required, because a time
// without one means another moment in each time zone. It reports false for what is no such time.
func Time(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil && rfc3339(s)
}

// rfc3339 reports whether s, which [time.Parse] took, is also of the form that RFC 3339 wants: Parse takes a comma for
// the point, hours of one digit, decimals without end, and offsets of any size. Such times are most often mistakes, and
// other programs would refuse them.
func rfc3339(s string) bool {
	const date = "2006-01-02T15:04:05"
	if len(s) <= len(date) || s[len("2006-01-02T15")] != ':' {
		return false
	}
	s = s[len(date):]
	if s[0] == '.' {
		decimals := 1
		for s[decimals] >= '0' && s[decimals] <= '9' { // an offset follows, or Parse had refused
			decimals++
		}
		if decimals > 1+9 {
			return false
		}
		s = s[decimals:]
	}
	return s == "Z" || len(s) == len("+07:00") && s[1:3] < "24" && s[4:6] < "60"
}
