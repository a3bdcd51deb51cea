package client

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A Record is a record of the journal.
type Record struct {
	Ledger   string          `json:"ledger"`
	Record   uint64          `json:"record"`
	Recorded time.Time       `json:"recorded"`
	At       time.Time       `json:"at"`
	By       string          `json:"by"` // who posted it
	Event    json.RawMessage `json:"event"`
	Entries  json.RawMessage `json:"entries"`
}

// Follow yields the records after one as they become durable, for as long as ctx lasts, each once and in order. Where the
// connection is cut it goes on after the last one. The filters are types and account of the route. An error that waiting
// would not mend ends it.
func (c *Client) Follow(ctx context.Context, ledger string, after uint64, filters url.Values) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		pause := firstPause
		for ctx.Err() == nil {
			before := after
			again, err := c.feed(ctx, ledger, &after, filters, func(r *Record) bool { return yield(r, nil) })
			switch {
			case ctx.Err() != nil || !again && err == nil:
				return
			case !again:
				yield(nil, err)
				return
			case after > before:
				pause = firstPause
			}
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			pause = min(2*pause, lastPause)
		}
	}
}

// feed reads one connection's records, and moves after. It reports whether to connect again.
func (c *Client) feed(ctx context.Context, ledger string, after *uint64, filters url.Values, yield func(*Record) bool) (again bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	path := c.in(ledger) + "/journal"
	if len(filters) > 0 {
		path += "?" + filters.Encode()
	}
	r, err := c.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return false, err
	}
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Last-Event-ID", strconv.FormatUint(*after, 10))
	a, err := c.http.Do(r)
	if err != nil {
		return true, err
	}
	defer a.Body.Close()
	if a.StatusCode/100 != 2 {
		return passing(a.StatusCode), problem(a)
	}
	in := bufio.NewReaderSize(a.Body, 64<<10)
	var kind, id, data string
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return true, io.ErrUnexpectedEOF
		}
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			kind = value
		case "id":
			id = value
		case "data":
			data += value
		}
		if line != "\n" {
			continue
		}
		n, _ := strconv.ParseUint(id, 10, 64)
		if kind == "record" && n > *after {
			record := new(Record)
			if err := json.Unmarshal([]byte(data), record); err != nil {
				return true, err
			}
			*after = n
			if !yield(record) {
				return false, nil
			}
		}
		*after = max(*after, n)
		kind, id, data = "", "", ""
	}
}
