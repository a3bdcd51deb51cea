package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger"
)

// Types of the events that change settings. They are also the actions of the audit, and are read for ever.
const (
	keyCreate       = "key.create"
	keyRevoke       = "key.revoke"
	secretAdd       = "secret.add"
	secretRemove    = "secret.remove"
	webhookCreate   = "webhook.create"
	webhookChange   = "webhook.change"
	webhookRotate   = "webhook.rotate"
	webhookState    = "webhook.state"
	webhookDelete   = "webhook.delete"
	encryptionBegin = "encryption.begin"
	encryptionRekey = "encryption.rekey"
)

// Spaces of keys of records. The first key of a record is its event's id, in one of the first three.
const (
	changeSpace   = 's' // events that change settings
	auditSpace    = 'a' // events that only say what happened
	progressSpace = 'p' // how far webhooks have been delivered
	chainSpace    = 'c' // has one name, which all records that change settings share
	targetSpace   = 't' // what a record is about: "key_7f3a9c21"
)

// changesKey finds all records that change settings.
var changesKey = ledger.Key{Space: chainSpace, Name: "settings"}

// targetKey finds the records about a setting.
func targetKey(target string) ledger.Key { return ledger.Key{Space: targetSpace, Name: target} }

// Prefixes of targets, before the id.
const (
	keyTarget     = "key_"
	secretTarget  = "secret_"
	webhookTarget = "webhook_"
)

// An event is what a record holds, as JSON. It may gain fields; the meaning of those there never changes. Which
// of the pointers is set depends on the type.
type event struct {
	Type string `json:"type"`
	Actor
	Target string `json:"target,omitempty"`
	Count  int    `json:"count,omitempty"` // how many alike the record stands for, where more than one

	Key      *storedKey          `json:"key,omitempty"`
	Secret   *storedSecret       `json:"secret,omitempty"`
	Endpoint *storedEndpoint     `json:"endpoint,omitempty"`
	Cipher   *storedCipher       `json:"cipher,omitempty"`
	Progress map[string]Progress `json:"progress,omitempty"` // by endpoint
}

// whole reports whether an event has what its type is about. Of types that nobody knows it reports true.
func (e *event) whole() bool {
	switch kind, _, _ := strings.Cut(e.Type, "."); kind {
	case "key":
		// Nobody could say what a key without ledgers or without a hash lets in.
		made := e.Type == keyCreate
		return e.Key != nil && (!made || len(e.Key.SHA256) == sha256.Size && len(e.Key.Ledgers) > 0)
	case "secret":
		return e.Secret != nil
	case "webhook":
		needs := e.Type == webhookCreate || e.Type == webhookRotate
		return e.Endpoint != nil && (!needs || e.Endpoint.Secret != nil)
	case "encryption":
		return e.Cipher != nil
	}
	return true
}

// Bounds of texts that come from outside and are only noted. What is longer is cut.
const (
	maxBy   = 128
	maxNote = 256
)

// bounded returns the actor with texts that a record has room for.
func (a Actor) bounded() Actor {
	a.By, a.Address, a.RequestID = cut(a.By, maxBy), cut(a.Address, maxNote), cut(a.RequestID, maxNote)
	return a
}

// cut returns a text of at most n bytes that is valid UTF-8.
func cut(text string, n int) string {
	if len(text) > n {
		text = text[:n]
	}
	return strings.ToValidUTF8(text, "")
}

// content is an event's JSON as the content of a record.
type content []byte

// Encode implements [ledger.Content].
func (c content) Encode(e *ledger.Encoder) { e.String(string(c)) }

// record makes the record of an event.
func (s *Store) record(space byte, e *event, at time.Time) (*ledger.Record, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewRandomFromReader(s.o.Random)
	if err != nil {
		return nil, err
	}
	rec := &ledger.Record{At: at, Keys: []ledger.Key{{Space: space, Name: id.String()}}, Content: content(text)}
	if space == changeSpace {
		rec.Keys = append(rec.Keys, changesKey)
		if e.Target != "" {
			rec.Keys = append(rec.Keys, targetKey(e.Target))
		}
	}
	if space == progressSpace {
		rec.Keys = append(rec.Keys, progressKey)
	}
	return rec, nil
}

// decodeEvent returns the event of a record. Unknown fields are of a newer program, which adds only what an older one
// may pass over.
func decodeEvent(rec *ledger.Record) (*event, error) {
	d := rec.Decoder()
	text := d.String()
	if err := d.Err(); err != nil {
		return nil, err
	}
	e := new(event)
	if err := json.Unmarshal([]byte(text), e); err != nil {
		return nil, fmt.Errorf("expected the JSON of a settings event: %w", err)
	}
	return e, nil
}

// randomHex returns eight random hexadecimal digits.
func randomHex(random io.Reader) (string, error) {
	var b [4]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("settings: no randomness: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// refuse makes a refusal of a field.
func refuse(code ledger.Code, field, format string, args ...any) error {
	return &ledger.Error{Code: code, Field: field, Message: fmt.Sprintf(format, args...)}
}
