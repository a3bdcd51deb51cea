package marketplace

import (
	"strconv"
	"time"
)

// A line is one event being written as JSON. All text in it is plain ASCII that needs no escaping.
type line struct{ b []byte }

// begin starts an event of the id and type that happened at a second of Unix time.
func (l *line) begin(id, typ string, at int64) {
	l.b = append(l.b[:0], `{"id":"`...)
	l.b = append(l.b, id...)
	l.b = append(l.b, `","type":"`...)
	l.b = append(l.b, typ...)
	l.b = append(l.b, `","at":"`...)
	l.b = time.Unix(at, 0).UTC().AppendFormat(l.b, time.RFC3339)
	l.b = append(l.b, '"')
}

// name writes the key of a field, after a comma where one is needed.
func (l *line) name(key string) {
	if last := l.b[len(l.b)-1]; last != '{' && last != '[' {
		l.b = append(l.b, ',')
	}
	l.b = append(l.b, '"')
	l.b = append(l.b, key...)
	l.b = append(l.b, '"', ':')
}

func (l *line) text(key, value string) {
	l.name(key)
	l.b = append(l.b, '"')
	l.b = append(l.b, value...)
	l.b = append(l.b, '"')
}

func (l *line) amount(key string, value int64, currency string) {
	l.name(key)
	l.b = append(l.b, `{"value":`...)
	l.b = strconv.AppendInt(l.b, value, 10)
	l.b = append(l.b, `,"currency":"`...)
	l.b = append(l.b, currency...)
	l.b = append(l.b, '"', '}')
}

// list starts an array field; item starts an object in it; close ends either.
func (l *line) list(key string) {
	l.name(key)
	l.b = append(l.b, '[')
}

func (l *line) item() {
	if l.b[len(l.b)-1] != '[' {
		l.b = append(l.b, ',')
	}
	l.b = append(l.b, '{')
}

func (l *line) close(bracket byte) { l.b = append(l.b, bracket) }

// end closes the event and its line.
func (l *line) end() []byte {
	l.b = append(l.b, '}', '\n')
	return l.b
}
