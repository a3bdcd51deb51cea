package settings

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/splitledger/splitledger/ledger"
)

// ErrKey is what Open fails with where the key of encryption is missing, or is not the one that secrets were encrypted
// with. The message says which was expected and where it was looked for.
var ErrKey = errors.New("settings: the key of encryption")

// An EncryptionKey encrypts the secrets of a store. It prints as its id, so that no log shows it.
type EncryptionKey [32]byte

// ID tells keys apart without giving them away: the beginning of a hash.
func (k *EncryptionKey) ID() string {
	h := sha256.Sum256(append([]byte("splitledger settings key\n"), k[:]...))
	return hex.EncodeToString(h[:8])
}

// String returns the id.
func (k EncryptionKey) String() string { return "key " + k.ID() }

// Format implements [fmt.Formatter], so that no verb shows the key.
func (k EncryptionKey) Format(f fmt.State, _ rune) { io.WriteString(f, k.String()) }

// ParseEncryptionKey reads a key: 32 bytes in Base64, as the file _server.key has them. The error never shows the text.
func ParseEncryptionKey(text []byte) (*EncryptionKey, error) {
	b, err := base64.StdEncoding.AppendDecode(nil, bytes.TrimSpace(text))
	if err != nil || len(b) != len(EncryptionKey{}) {
		return nil, fmt.Errorf("%w: expected 32 bytes in Base64, found %d bytes of something else", ErrKey, len(text))
	}
	return (*EncryptionKey)(b), nil
}

// ReadEncryptionKey reads a key from a file, which others than its owner and group must not be able to read.
func ReadEncryptionKey(path string) (*EncryptionKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if m := info.Mode().Perm(); m&0o007 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%w: %s: expected a file that only its owner can read (0600), found %04o", ErrKey, path, m)
	}
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return nil, err
	}
	k, err := ParseEncryptionKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// newEncryptionKey makes a random key.
func newEncryptionKey(random io.Reader) (*EncryptionKey, error) {
	k := new(EncryptionKey)
	_, err := io.ReadFull(random, k[:])
	return k, err
}

// A sealed is a secret: encrypted, as it is in the journal, and as it is.
type sealed struct {
	id    string // that it is bound to: encrypted under one it cannot be passed off as another
	box   []byte // nonce, encrypted secret, tag
	plain []byte // nil until it is decrypted
}

// A sealer encrypts and decrypts the secrets of one store.
type sealer struct {
	id     string // of the key
	aead   cipher.AEAD
	random io.Reader
	bound  string // to the ledger: secrets of another store cannot be put into it
}

// newSealer returns a sealer with a key.
func (s *Store) newSealer(k *EncryptionKey) (sealer, error) {
	block, err := aes.NewCipher(k[:])
	if err != nil {
		return sealer{}, err
	}
	aead, err := cipher.NewGCM(block)
	return sealer{k.ID(), aead, s.o.Random, s.ledger.ID().String() + "/"}, err
}

// seal encrypts a secret. Nonces are random: of 2^32 secrets under one key, one in a billion would have another's.
func (s sealer) seal(id string, plain []byte) (sealed, error) {
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	if _, err := io.ReadFull(s.random, nonce); err != nil {
		return sealed{}, err
	}
	return sealed{id, s.aead.Seal(nonce, nonce, plain, []byte(s.bound+id)), plain}, nil
}

// open decrypts a secret.
func (s sealer) open(id string, box []byte) ([]byte, error) {
	n := s.aead.NonceSize()
	if len(box) >= n {
		if plain, err := s.aead.Open(nil, box[:n], box[n:], []byte(s.bound+id)); err == nil {
			return plain, nil
		}
	}
	return nil, ledger.Errorf(ledger.Corrupt, "secret %s cannot be decrypted with the key that it was encrypted with: "+
		"it was changed", id)
}

// A storedCipher is a key of encryption in a record: its id and, of a new one, all secrets under it.
type storedCipher struct {
	ID      string            `json:"id"`
	Secrets map[string][]byte `json:"secrets,omitempty"`
}

// startSealing finds the key, makes one for a new store, and decrypts what it encrypted.
func (s *Store) startSealing(v *view) error {
	k, err := s.findKey(v.cipher)
	if err != nil {
		return err
	}
	if v.sealer, err = s.newSealer(k); err != nil {
		return err
	}
	if v.cipher == "" {
		e := &event{Type: encryptionBegin, Actor: Actor{By: "engine"}, Cipher: &storedCipher{ID: k.ID()}}
		at := s.moment()
		if err := v.apply(e, at); err != nil {
			return err
		}
		if err := s.append(changeSpace, e, at); err != nil {
			return err
		}
	}
	return v.unseal()
}

// findKey returns the key of an id, or the one to begin with if the id is "": that of the options, or else of the file.
func (s *Store) findKey(id string) (*EncryptionKey, error) {
	if k := s.o.Key; k != nil {
		if id != "" && k.ID() != id {
			return nil, fmt.Errorf("%w: expected the one with the id %s, which encrypted the secrets in %s, found one with "+
				"the id %s in the configuration", ErrKey, id, s.ledger.Path(), k.ID())
		}
		return k, nil
	}
	path := filepath.Join(s.dir, KeyFile)
	k, err := ReadEncryptionKey(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && id == "":
		if k, err = newEncryptionKey(s.o.Random); err == nil {
			err = writeKeyFile(path, k)
		}
		if err == nil {
			err = adoptKeyFile(path)
		}
		return k, err
	case err == nil && (id == "" || k.ID() == id):
		// A Rekey that was refused by the disk may have left a key, which never came into force.
		if err := os.Remove(path + newSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return k, nil
	}
	// A Rekey that was cut off leaves the new key beside the old: the journal says which one counts.
	if next, e := ReadEncryptionKey(path + newSuffix); e == nil && next.ID() == id {
		return next, adoptKeyFile(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: expected it in %s, and there is no such file. Put it back, or give it by the "+
			"configuration; its id is %s", ErrKey, path, id)
	case err != nil:
		return nil, err
	}
	return nil, fmt.Errorf("%w: expected the one with the id %s, which encrypted the secrets in %s, found one with the "+
		"id %s in %s", ErrKey, id, s.ledger.Path(), k.ID(), path)
}

// Rekey encrypts all secrets anew under another key, which from then on is needed to open the store. If key is nil, one
// is made and put into the file _server.key; that is for stores whose key is in that file. One that was opened with
// Options.Key needs a key, and after Rekey the configuration must have it. A crash in between leaves either the old key
// or the new one in force, and the file follows.
func (s *Store) Rekey(by Actor, key *EncryptionKey) error {
	s.rekeying.Lock()
	defer s.rekeying.Unlock()
	inFile := s.o.Key == nil
	if !inFile && key == nil {
		return refuse(ledger.Invalid, "key", "expected the new key, as the one before came from the configuration")
	}
	if key == nil {
		var err error
		if key, err = newEncryptionKey(s.o.Random); err != nil {
			return err
		}
	}
	path := filepath.Join(s.dir, KeyFile)
	next, err := s.newSealer(key)
	if err != nil {
		return err
	}
	err = s.change(by, func(v *view, _ time.Time) (*event, error) {
		if next.id == v.cipher {
			return nil, refuse(ledger.Invalid, "key", "expected another key than the one in force")
		}
		c := &storedCipher{ID: next.id, Secrets: map[string][]byte{}}
		err := v.each(func(old *sealed) error {
			anew, err := next.seal(old.id, old.plain)
			c.Secrets[old.id] = anew.box
			return err
		})
		if err == nil && inFile {
			err = writeKeyFile(path, key) // before the record, which nobody could open without it
		}
		v.sealer = next
		return &event{Type: encryptionRekey, Cipher: c}, err
	})
	if err == nil && inFile {
		err = adoptKeyFile(path)
	}
	return err
}

const newSuffix = ".new"

// writeKeyFile writes a key beside a file, where it is durable but not yet in force.
func writeKeyFile(path string, k *EncryptionKey) error {
	f, err := os.OpenFile(path+newSuffix, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(k[:]) + "\n")
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

// adoptKeyFile puts what [writeKeyFile] wrote in the file's place.
func adoptKeyFile(path string) error {
	if err := os.Rename(path+newSuffix, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a directory durable, where the system has that.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if closing := d.Close(); err == nil {
		err = closing
	}
	return err
}
