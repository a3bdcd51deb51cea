package tabular_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

func TestTime(t *testing.T) {
	const order = "(the order may be set), found "
	for _, c := range []struct{ text, zone, dates, want string }{
		{"2026-03-12T10:00:00+08:00", "CET", "", "2026-03-12T02:00:00Z"},
		{"2026-03-12T10:00:00Z", "", "", "2026-03-12T10:00:00Z"},
		{"2026-03-12 10:00:00.25+08:00", "", "", "2026-03-12T02:00:00.25Z"},
		{"2026-03-09 10:01:12", "CET", "", "2026-03-09T09:01:12Z"},
		{"2026-07-09 10:01:12", "CET", "", "2026-07-09T09:01:12Z"}, // the name says which
		{"2026-07-09 10:01:12", "CEST", "", "2026-07-09T08:01:12Z"},
		{"2026-03-09 10:01:12", "PST", "", "2026-03-09T18:01:12Z"},
		{"2026-03-09 10:01:12", "+0000 UTC", "", "2026-03-09T10:01:12Z"},
		{"2026-03-09 10:01:12", "+07:00", "", "2026-03-09T03:01:12Z"},
		{"2026-03-09 10:01:12", "GMT+7", "", "2026-03-09T03:01:12Z"},
		{"2026-03-09 10:01:12", "-0330", "", "2026-03-09T13:31:12Z"},
		{"2026-07-09 10:01:12", "Europe/Berlin", "", "2026-07-09T08:01:12Z"},
		{"2026-03-09 10:01:12", "", "", "2026-03-09T10:01:12Z"},
		{"2026-03-09T10:01:12", "Asia/Jakarta", "", "2026-03-09T03:01:12Z"},
		{"2026-03-09 10:01", "", "", "2026-03-09T10:01:00Z"},
		{"2026-03-09", "", "", "2026-03-09T00:00:00Z"},
		{"", "nowhere", "", "0001-01-01T00:00:00Z"},

		{"2/11/25 4:05", "", "dmy", "2025-11-02T04:05:00Z"},
		{"2/11/25 4:05", "", "mdy", "2025-02-11T04:05:00Z"},
		{"2/11/2025 16:05:09", "CET", "dmy", "2025-11-02T15:05:09Z"},
		{"11/2/25 4:05 PM", "", "mdy", "2025-11-02T16:05:00Z"},
		{"02.11.2025 04:05", "", "dmy", "2025-11-02T04:05:00Z"},
		{"2-11-25", "", "dmy", "2025-11-02T00:00:00Z"},
		{"2025/11/02 4:05", "", "", "2025-11-02T04:05:00Z"},

		{"2/11/25 4:05", "", "", "expected a time whose day and month are told apart " + order + `"2/11/25 4:05"`},
		{"13/11/25", "", "", "expected a time whose day and month are told apart " + order + `"13/11/25"`},
		{"13/11/25", "", "mdy", `expected a date and a time in the order mdy, found "13/11/25"`},
		{"2/11/025", "", "dmy", `expected a date and a time in the order dmy, found "2/11/025"`},
		{"2026-02-30 10:00:00", "", "", `expected a time such as 2026-03-10 09:15:21, found "2026-02-30 10:00:00"`},
		{"2026-03-09T25:00:00Z", "", "", `expected a time such as 2026-03-10T09:15:21+01:00, found "2026-03-09T25:00:00Z"`},
		{"yesterday", "", "", `expected a time such as 2026-03-10 09:15:21, found "yesterday"`},
		{"45995.17", "", "dmy", `expected a time such as 2026-03-10 09:15:21, found "45995.17"`},
		{"2026-03-09 10:01:12", "CST", "", `expected a time zone such as CET, Asia/Jakarta or +0700, found "CST"`},
		{"2026-03-09 10:01:12", "Local", "", `expected a time zone such as CET, Asia/Jakarta or +0700, found "Local"`},
		{"2026-03-09 10:01:12", "../../etc/passwd", "", `expected a time zone such as CET, Asia/Jakarta or +0700, found "../../etc/passwd"`},
		{"2026-03-09 10:01:12", "+25", "", `expected a time zone such as CET, Asia/Jakarta or +0700, found "+25"`},
	} {
		t.Run(c.text+" "+c.zone+c.dates, func(t *testing.T) {
			s, err := tabular.Open(strings.NewReader("Time,Zone,Other\n"+c.text+","+c.zone+",1\n"), tabular.Options{Dates: c.dates})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Next(); err != nil {
				t.Fatal(err)
			}
			at, err := s.Time(s.Column("Time"), s.Column("Zone"))
			got := at.UTC().Format(time.RFC3339Nano)
			if bad, ok := errors.AsType[*providers.LineError](err); ok {
				got = bad.What
			}
			if got != c.want {
				t.Errorf("expected %s, found %s", c.want, got)
			}
		})
	}
}

// TestZone reads times in the zone of the options: where none is given, and where a name has several meanings.
func TestZone(t *testing.T) {
	shanghai := time.FixedZone("", 8*60*60)
	for zone, want := range map[string]string{"": "2026-03-09T02:01:12Z", "CST": "2026-03-09T02:01:12Z", "CET": "2026-03-09T09:01:12Z"} {
		s, err := tabular.Open(strings.NewReader("Time,Zone,Other\n2026-03-09 10:01:12,"+zone+",1\n"), tabular.Options{Zone: shanghai})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Next(); err != nil {
			t.Fatal(err)
		}
		at, err := s.Time(s.Column("Time"), s.Column("Zone"))
		if got := at.UTC().Format(time.RFC3339); got != want || err != nil {
			t.Errorf("zone %q: expected %s, found %s, %v", zone, want, got, err)
		}
	}
}
