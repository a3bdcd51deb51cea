package tabular

import (
	"strconv"
	"strings"
	"time"
)

// zoneIn returns the zone that a cell names; where it is empty, or a name that is not known, that of the options. A
// report mostly has one zone, so the last name is kept. An unknown name is an error where the options have no zone: in
// the wrong one a time may be of another day, and of another month's books.
func (s *Sheet) zoneIn(c Column) (*time.Location, error) {
	name := s.cell(c)
	if name == "" && s.o.Zone == nil {
		return time.UTC, nil
	}
	if s.zone != nil && name == s.zoneName {
		return s.zone, nil
	}
	z := zoneOf(name)
	if z == nil {
		z = s.o.Zone
	}
	if z == nil {
		return nil, s.Errorf(c, "expected a time zone such as CET, Asia/Jakarta or +0700, found %s", quoted(name))
	}
	s.zone, s.zoneName = z, strings.Clone(name)
	return z, nil
}

// minutes has the abbreviations that mean one offset east of UTC. Those that several countries use for
// different ones, such as CST, IST and BST, are not here.
var minutes = map[string]int{
	"UTC": 0, "GMT": 0, "WET": 0, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180, "MSK": 180,
	"EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "BRT": -180,
	"WIB": 420, "WITA": 480, "WIT": 540, "SGT": 480, "HKT": 480, "MYT": 480, "PHT": 480, "JST": 540, "KST": 540,
	"AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
}

// zoneOf returns the zone of a name, nil if there is none: "CET", "Asia/Jakarta", "+0700", "+0000 UTC", "UTC+7". Names
// with a slash are of the IANA database, and have summer time; abbreviations are one offset all year.
func zoneOf(name string) *time.Location {
	if m, ok := minutes[strings.ToUpper(name)]; ok {
		return time.FixedZone(name, m*60)
	}
	if strings.Contains(name, "/") && !strings.Contains(name, " ") {
		if z, err := time.LoadLocation(name); err == nil {
			return z
		}
		return nil
	}
	text, _, _ := strings.Cut(name, " ")
	for _, prefix := range []string{"UTC", "GMT"} {
		text = strings.TrimPrefix(text, prefix)
	}
	return offsetZone(text)
}

// offsetZone reads "+0700", "+07:00" and "+7"; nil for anything else. No zone is more than 14 hours from UTC.
func offsetZone(text string) *time.Location {
	if len(text) < 2 || text[0] != '+' && text[0] != '-' {
		return nil
	}
	hours, mins := text[1:], "0"
	if h, m, ok := strings.Cut(hours, ":"); ok {
		hours, mins = h, m
	} else if len(hours) == 4 {
		hours, mins = hours[:2], hours[2:]
	}
	h, err := strconv.ParseUint(hours, 10, 8)
	m, err2 := strconv.ParseUint(mins, 10, 8)
	if err != nil || err2 != nil || h > 14 || m > 59 {
		return nil
	}
	east := int(h*60+m) * 60
	if text[0] == '-' {
		east = -east
	}
	return time.FixedZone("", east)
}
