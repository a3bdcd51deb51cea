package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/server/settings"
)

// maxBody is how large a body may be. A record that is larger goes without its entries, and the receiver asks for it.
const maxBody = 256 << 10

// testType is the type of what [Sender.Test] sends.
const testType = "webhook.test"

// A message is what one request carries. It is the same on every try but for the timestamp and what follows from it.
type message struct {
	id     string // webhook-id
	record uint64 // 0 of a test
	media  string // of the body
	body   []byte
	replay bool
}

// messageOf makes the message of a record.
func messageOf(b *query.Books, f settings.Format, r *query.Record) *message {
	m := &message{id: b.Ledger.ID().String() + "-" + strconv.FormatUint(r.Record, 10), record: r.Record}
	m.media, m.body = bodyOf(b, f, r)
	if len(m.body) > maxBody {
		short := *r
		short.Truncate(false)
		m.media, m.body = bodyOf(b, f, &short)
		if len(m.body) > maxBody {
			short.Truncate(true)
			m.media, m.body = bodyOf(b, f, &short)
		}
	}
	return m
}

// bodyOf returns a record in the format of an endpoint.
func bodyOf(b *query.Books, f settings.Format, r *query.Record) (media string, body []byte) {
	if f == settings.CloudEvents {
		e := b.CloudEvent(r)
		return "application/cloudevents+json", e.AppendJSON(nil)
	}
	body = envelope(string(r.Event.Type), r.Event.At)
	return "application/json", append(r.AppendJSON(body), '}')
}

// envelope begins a body of Standard Webhooks, whose data follows.
func envelope(kind string, at time.Time) []byte {
	b := jsonl.AppendString([]byte(`{"type":`), kind)
	b = at.UTC().AppendFormat(append(b, `,"timestamp":"`...), time.RFC3339Nano)
	return append(b, `","data":`...)
}

// testMessage makes a message that is of no record, by which people see whether an endpoint works.
func testMessage(e *settings.Endpoint, source uuid.UUID, now time.Time) *message {
	m := &message{id: fmt.Sprintf("test-%s-%d", e.ID, now.UnixNano()), media: "application/json"}
	data := jsonl.AppendString([]byte(`{"ledger":`), e.Ledger)
	data = append(jsonl.AppendString(append(data, `,"endpoint":`...), e.ID), '}')
	if e.Format == settings.CloudEvents {
		m.media = "application/cloudevents+json"
		m.body = fmt.Appendf(nil, `{"specversion":"1.0","id":%q,"source":%q,"type":"splitledger.%s","time":%q,`+
			`"datacontenttype":"application/json","data":%s}`, m.id, source.URN(), testType,
			now.UTC().Format(time.RFC3339Nano), data)
		return m
	}
	m.body = append(append(envelope(testType, now), data...), '}')
	return m
}

// sign returns the header webhook-signature: one signature for each secret that is live, so that a receiver may take
// up a new secret at any time.
func sign(secrets [][]byte, id string, at time.Time, body []byte) string {
	var list []string
	for _, secret := range secrets {
		h := hmac.New(sha256.New, secret)
		fmt.Fprintf(h, "%s.%d.", id, at.Unix())
		h.Write(body)
		list = append(list, "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return strings.Join(list, " ")
}
