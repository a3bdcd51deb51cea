package ledger

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A checkpoint is a file with the state, so that opening need not replay the whole journal. The accounts are
// written while the executor goes on: each as it is at its turn, so it has at least all records up to the
// checkpoint's start and perhaps some after it. Replaying from the start on passes over the postings that an
// account has already. The file counts only once the journal durably has all that it may hold.
//
//	"SLCHECK1" frame*          integers are uvarints, but for length and checksum
//	frame   = length[4] crc32c[4] kind[1] rest; little-endian; the checksum is of kind and rest
//	'a'     = account*         account = number id kind[1] status[1] holder metadata overdraft cells
//	'z'     = start end words assets accounts      the last frame: blocks' heads, the vocabulary, how many accounts there are
//	cells   = count (word sub[1] int(balance) varint(latest) count links*)*
const checkpointMagic = "SLCHECK1"

// checkpointEnd is the last frame of a checkpoint.
type checkpointEnd struct {
	start    journal.Head // replay begins after it
	end      journal.Head // the journal had this when the file was finished; nothing in the file is from after it
	words    []string
	assets   []money.Asset
	accounts int
}

const frameTarget = 64 << 10 // bytes of accounts in a frame

// appendAccount writes an account as it is now.
func appendAccount(b []byte, a *account) []byte {
	str := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.AppendUvarint(b, uint64(a.number))
	str(string(a.id))
	b = append(b, byte(a.kind), byte(a.status))
	d := a.details
	if d == nil {
		d = &details{}
	}
	str(d.holder)
	b = binary.AppendUvarint(b, uint64(len(d.metadata)))
	for _, k := range sortedKeys(d.metadata) {
		str(k)
		str(d.metadata[k])
	}
	b = binary.AppendUvarint(b, uint64(len(d.overdraft)))
	for _, o := range d.overdraft {
		str(string(o.Currency()))
		b = o.Int().AppendBinary(b)
	}
	n := 0
	for c := a.cells; c != nil; c = c.next {
		n++
	}
	b = binary.AppendUvarint(b, uint64(n))
	for c := a.cells; c != nil; c = c.next {
		b = binary.AppendUvarint(b, uint64(c.currency))
		b = append(b, byte(c.sub))
		b = c.balance.AppendBinary(b)
		b = binary.AppendVarint(b, c.latest)
		b = binary.AppendUvarint(b, uint64(len(c.spine)))
		for _, l := range c.spine {
			b = binary.AppendUvarint(b, uint64(l))
		}
	}
	return b
}

// account reads what appendAccount wrote.
func (r *reader) account() (*account, error) {
	a := &account{number: uint32(r.uint()), id: accounts.ID(r.bytes()), kind: accounts.Kind(r.byte()), status: accounts.Status(r.byte())}
	d := details{holder: string(r.bytes())}
	if n := r.count(); n > 0 {
		d.metadata = make(map[string]string, n)
		for range n {
			k := string(r.bytes())
			d.metadata[k] = string(r.bytes())
		}
	}
	for range r.count() {
		c := money.Currency(r.bytes())
		d.overdraft = append(d.overdraft, money.FromInt(r.money(), c))
	}
	if d.holder != "" || d.metadata != nil || d.overdraft != nil {
		a.details = &d
	}
	end := &a.cells
	for range r.count() {
		c := &cell{owner: a, currency: uint16(r.uint()), sub: Sub(r.byte())}
		c.balance, c.latest = r.money(), r.int()
		if n := r.count(); n > 0 {
			c.spine = make([]link, n)
			for i := range c.spine {
				c.spine[i] = link(r.uint())
			}
		}
		if c.sub >= subs {
			return nil, fmt.Errorf("account %s has sub-balance %d", a.id, c.sub)
		}
		*end, end = c, &c.next
	}
	if r.err != nil {
		return nil, r.err
	}
	return a, nil
}

func appendHead(b []byte, h journal.Head) []byte {
	for _, v := range []uint64{h.Block, h.Record, h.Entry, uint64(h.Time)} {
		b = binary.AppendUvarint(b, v)
	}
	return append(b, h.Hash[:]...)
}

func (r *reader) head() (h journal.Head) {
	h = journal.Head{Block: r.uint(), Record: r.uint(), Entry: r.uint(), Time: int64(r.uint())}
	if len(r.b) < len(h.Hash) {
		r.fail(errShort)
		return h
	}
	r.b = r.b[copy(h.Hash[:], r.b):]
	return h
}

func appendEnd(b []byte, e *checkpointEnd) []byte {
	b = appendHead(appendHead(b, e.start), e.end)
	b = binary.AppendUvarint(b, uint64(len(e.words)))
	for _, w := range e.words {
		b = binary.AppendUvarint(b, uint64(len(w)))
		b = append(b, w...)
	}
	b = binary.AppendUvarint(b, uint64(len(e.assets)))
	for _, a := range e.assets {
		b = binary.AppendUvarint(b, uint64(len(a.Code)))
		b = append(b, a.Code...)
		b = binary.AppendUvarint(b, uint64(a.Exponent))
	}
	return binary.AppendUvarint(b, uint64(e.accounts))
}

func (r *reader) end() (e checkpointEnd) {
	e.start, e.end = r.head(), r.head()
	for range r.count() {
		e.words = append(e.words, string(r.bytes()))
	}
	for range r.count() {
		code := money.Currency(r.bytes())
		e.assets = append(e.assets, money.Asset{Code: code, Exponent: int(r.uint())})
	}
	e.accounts = int(r.uint())
	return e
}

// A checkpointWriter writes the frames of a checkpoint.
type checkpointWriter struct {
	file *os.File
	w    *bufio.Writer
}

func createCheckpoint(path string) (*checkpointWriter, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(&syncWriter{file: f}, 1<<16)
	_, err = w.WriteString(checkpointMagic)
	return &checkpointWriter{f, w}, err
}

func (c *checkpointWriter) frame(kind byte, b []byte) error {
	var head [9]byte
	binary.LittleEndian.PutUint32(head[:], uint32(1+len(b)))
	head[8] = kind
	binary.LittleEndian.PutUint32(head[4:], crc32.Update(crc32.Checksum(head[8:], castagnoli), castagnoli, b))
	c.w.Write(head[:])
	_, err := c.w.Write(b)
	return err
}

// finish writes the last frame and syncs.
func (c *checkpointWriter) finish(e *checkpointEnd) error {
	return errors.Join(c.frame('z', appendEnd(nil, e)), c.w.Flush(), c.file.Sync(), c.file.Close())
}

// abandon removes the file.
func (c *checkpointWriter) abandon() {
	c.file.Close()
	os.Remove(c.file.Name())
}

// readCheckpoint makes a state of the checkpoint in a file.
func readCheckpoint(path string) (s *state, end checkpointEnd, err error) {
	b, err := os.ReadFile(path)
	if err == nil {
		s, end, err = decodeCheckpoint(b)
	}
	if err != nil {
		return nil, end, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return s, end, nil
}

// decodeCheckpoint makes a state of a checkpoint.
func decodeCheckpoint(b []byte) (s *state, end checkpointEnd, err error) {
	if len(b) < len(checkpointMagic) || string(b[:len(checkpointMagic)]) != checkpointMagic {
		return nil, end, errors.New("it is not a checkpoint")
	}
	s = &state{byID: make(map[accounts.ID]*account), words: newWords()}
	done := false
	for b = b[len(checkpointMagic):]; len(b) > 0; {
		if len(b) < 9 || done {
			return nil, end, errShort
		}
		n := uint64(binary.LittleEndian.Uint32(b))
		if n == 0 || n > uint64(len(b)-8) {
			return nil, end, errShort
		}
		if binary.LittleEndian.Uint32(b[4:]) != crc32.Checksum(b[8:8+n], castagnoli) {
			return nil, end, errors.New("a frame's checksum does not fit")
		}
		r := reader{b: b[9 : 8+n]}
		switch b[8] {
		case 'a':
			if err := s.load(&r); err != nil {
				return nil, end, err
			}
		case 'z':
			end, done = r.end(), true
			if r.err != nil {
				return nil, end, r.err
			}
		}
		b = b[8+n:]
	}
	if !done || len(s.accounts) != end.accounts {
		return nil, end, fmt.Errorf("it has %d accounts of %d", len(s.accounts), end.accounts)
	}
	if err := s.vocabulary(end.words); err != nil {
		return nil, end, err
	}
	s.table, err = s.table.With(end.assets...)
	return s, end, err
}

// vocabulary sets the words, and checks that the cells use no others.
func (s *state) vocabulary(words []string) error {
	if len(words) == 0 || words[0] != "" || len(words) > maxWords {
		return fmt.Errorf("it has a vocabulary of %d words", len(words))
	}
	for _, w := range words[1:] {
		s.words.add(w)
	}
	for _, a := range s.accounts {
		for c := a.cells; c != nil; c = c.next {
			if int(c.currency) >= len(words) && c.head() != 0 {
				return fmt.Errorf("account %s has currency %d of %d", a.id, c.currency, len(words))
			}
		}
	}
	return nil
}

// load reads a frame of accounts.
func (s *state) load(r *reader) error {
	for len(r.b) > 0 {
		a, err := r.account()
		if err != nil {
			return err
		}
		if a.number != uint32(len(s.accounts)) {
			return fmt.Errorf("account number %d stands where %d is expected", a.number, len(s.accounts))
		}
		s.accounts = append(s.accounts, a)
		s.byID[a.id] = a
	}
	return nil
}
