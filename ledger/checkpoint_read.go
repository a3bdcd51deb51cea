package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/lsm"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A checkpointFile is a checkpoint as it was written. Its accounts are read frame by frame.
type checkpointFile struct {
	name   string
	file   io.ReaderAt
	frames []frameAt // of accounts
	size   int       // bytes of them
	end    checkpointEnd
	sum    journal.Hash // stands for all of it
}

// A frameAt is where a frame stands, from its sum on.
type frameAt struct {
	offset int64
	size   int
}

// openCheckpoint opens a checkpoint. It must be closed.
func openCheckpoint(path string) (*checkpointFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &checkpointFile{name: filepath.Base(path), file: file}
	info, err := file.Stat()
	if err == nil {
		err = f.parse(info.Size())
	}
	if err != nil {
		file.Close()
		return nil, f.wrong(err)
	}
	return f, nil
}

func (f *checkpointFile) close() {
	if c, ok := f.file.(io.Closer); ok {
		c.Close()
	}
}

func (f *checkpointFile) wrong(err error) error { return fmt.Errorf("%s: %w", f.name, err) }

// parse finds the frames in a file of the given size, and reads the last one.
func (f *checkpointFile) parse(size int64) error {
	var header [lsm.HeaderSize]byte
	if _, err := f.file.ReadAt(header[:], 0); err != nil {
		return errors.Join(codec.ErrShort, err)
	}
	if _, err := lsm.DecodeHeader(header[:], checkpointKind); err != nil {
		return err
	}
	sums := sha256.New()
	sums.Write(header[:])
	var head [frameHead]byte
	for at := int64(len(header)); ; {
		if _, err := f.file.ReadAt(head[:], at); err != nil {
			return errors.Join(codec.ErrShort, err)
		}
		n := int64(binary.LittleEndian.Uint32(head[:]))
		if n == 0 || n > size-at-4-frameSum {
			return codec.ErrShort
		}
		sums.Write(head[4 : frameHead-1])
		frame := frameAt{at + 4, int(n) + frameSum}
		at += 4 + frameSum + n
		if head[frameHead-1] == 'a' {
			f.frames, f.size = append(f.frames, frame), f.size+frame.size
			continue
		}
		r, err := f.open(frame, new([]byte))
		if err != nil {
			return err
		}
		if f.end = readEnd(&r); head[frameHead-1] != 'z' || r.Err != nil || at != size {
			return errors.New("its last frame is damaged")
		}
		break
	}
	sums.Sum(f.sum[:0])
	if words := f.end.words; len(words) == 0 || words[0] != "" || len(words) > codec.MaxSymbols {
		return fmt.Errorf("it has a vocabulary of %d words", len(words))
	}
	return nil
}

// open reads a frame into memory, which it makes larger if it must, and checks it against its sum.
func (f *checkpointFile) open(at frameAt, memory *[]byte) (r codec.Reader, err error) {
	if cap(*memory) < at.size {
		*memory = make([]byte, at.size+at.size/8)
	}
	b := (*memory)[:at.size]
	if _, err := f.file.ReadAt(b, at.offset); err != nil {
		return r, err
	}
	if sum := sha256.Sum256(b[frameSum:]); !bytes.Equal(b[:frameSum], sum[:frameSum]) {
		return r, errors.New("a frame's checksum does not fit")
	}
	return codec.Reader{B: b[frameSum+1:]}, nil
}

func readHead(r *codec.Reader) (h journal.Head) {
	h = journal.Head{Block: r.Uint(), Record: r.Uint(), Entry: r.Uint(), Time: int64(r.Uint())}
	if len(r.B) < len(h.Hash) {
		r.Fail(codec.ErrShort)
		return h
	}
	r.B = r.B[copy(h.Hash[:], r.B):]
	return h
}

func readEnd(r *codec.Reader) (e checkpointEnd) {
	e.start, e.end = readHead(r), readHead(r)
	for range r.Count() {
		e.words = append(e.words, string(r.Bytes()))
	}
	for range r.Count() {
		code := money.Currency(r.Bytes())
		e.assets = append(e.assets, money.Asset{Code: code, Exponent: int(r.Uint())})
	}
	e.accounts = int(r.Uint())
	if len(r.B) > 0 {
		e.since = readHead(r)
	}
	return e
}

// A parsedAccount is an account of a checkpoint taken apart. Its slices alias the file or are used again for the next one.
type parsedAccount struct {
	number       uint64
	id, holder   []byte
	kind, status byte
	metadata     [][2][]byte
	overdraft    []parsedOverdraft
	cells        []parsedCell
	spines       []link // of all cells
}

type parsedOverdraft struct {
	currency []byte
	amount   money.Int
}

type parsedCell struct {
	currency uint64
	sub      byte
	balance  money.Int
	latest   int64
	links    int
}

// account takes an account apart that appendAccount wrote.
func (p *parsedAccount) read(r *codec.Reader) error {
	p.number, p.id, p.kind, p.status, p.holder = r.Uint(), r.Bytes(), r.Byte(), r.Byte(), r.Bytes()
	p.metadata, p.overdraft, p.cells, p.spines = p.metadata[:0], p.overdraft[:0], p.cells[:0], p.spines[:0]
	for range r.Count() {
		p.metadata = append(p.metadata, [2][]byte{r.Bytes(), r.Bytes()})
	}
	for range r.Count() {
		p.overdraft = append(p.overdraft, parsedOverdraft{r.Bytes(), r.Money()})
	}
	for range r.Count() {
		c := parsedCell{currency: r.Uint(), sub: r.Byte(), balance: r.Money(), latest: r.Int(), links: r.Count()}
		if c.sub >= codec.Subs {
			r.Fail(fmt.Errorf("account %s has sub-balance %d", p.id, c.sub))
		}
		for range c.links {
			p.spines = append(p.spines, link(r.Uint()))
		}
		p.cells = append(p.cells, c)
	}
	return r.Err
}

// readCheckpoints makes a state of the checkpoints that a manifest names, newest first, the last of which has all
// accounts. end is that of the newest.
func readCheckpoints(dir string, m manifest) (s *state, end checkpointEnd, err error) {
	files := make([]*checkpointFile, len(m.Checkpoints))
	for i, named := range m.Checkpoints {
		if files[i], err = openCheckpoint(filepath.Join(dir, named.Name)); err != nil {
			return nil, end, err
		}
		defer files[i].close()
		if err := named.fits(files[i].sum); err != nil {
			return nil, end, err
		}
	}
	return stateOf(files)
}

// stateOf makes a state of checkpoints.
func stateOf(files []*checkpointFile) (s *state, end checkpointEnd, err error) {
	size := 0
	for i, f := range files {
		if i > 0 && (files[i-1].end.since != f.end.start || f.end.end.Block > files[i-1].end.start.Block) {
			return nil, end, files[i-1].wrong(fmt.Errorf("%s is not the checkpoint before it", f.name))
		}
		size += f.size
	}
	first, oldest := files[0], files[len(files)-1]
	if end = first.end; oldest.end.since != (journal.Head{}) {
		return nil, end, oldest.wrong(errors.New("the checkpoint before it is missing"))
	}
	if end.accounts > size {
		return nil, end, first.wrong(fmt.Errorf("it has %d accounts in %d bytes", end.accounts, size))
	}
	s = &state{symbols: codec.NewSymbols([]string{""}), generation: 1, accounts: make([]*account, end.accounts)}
	s.index.reserve(end.accounts)
	for _, w := range end.words[1:] {
		s.symbols.Add(w)
	}
	if s.table, err = s.table.With(end.assets...); err != nil {
		return nil, end, first.wrong(err)
	}
	for _, f := range files {
		if err := s.load(f); err != nil {
			return nil, end, f.wrong(err)
		}
	}
	if s.index.used < len(s.accounts) {
		return nil, end, first.wrong(fmt.Errorf("with those before it, it has %d accounts of %d", s.index.used, len(s.accounts)))
	}
	return s, end, nil
}

// load takes the accounts of a checkpoint that no newer one had. Frames are read by several goroutines.
func (s *state) load(f *checkpointFile) error {
	type made struct {
		accounts []*account
		err      error
	}
	have := make([]bool, len(s.accounts))
	for i, a := range s.accounts {
		have[i] = a != nil
	}
	frames, out := make(chan frameAt, len(f.frames)), make(chan made, 4)
	for _, at := range f.frames {
		frames <- at
	}
	close(frames)
	var makers sync.WaitGroup
	for range min(len(f.frames), runtime.GOMAXPROCS(0)) {
		makers.Go(func() {
			m := maker{words: len(s.symbols.List)}
			for at := range frames {
				list, err := m.frame(f, at, have)
				out <- made{list, err}
			}
		})
	}
	go func() {
		makers.Wait()
		close(out)
	}()
	var failed error
	for m := range out {
		for _, a := range m.accounts {
			if s.accounts[a.number] != nil {
				m.err = fmt.Errorf("account number %d stands in it twice", a.number)
				break
			}
			s.accounts[a.number] = a
			if !s.index.add(s.accounts, a) {
				m.err = fmt.Errorf("account %s stands in it twice", a.id)
				break
			}
		}
		if failed == nil {
			failed = m.err
		}
	}
	return failed
}

// A maker makes accounts, many for each piece of memory.
type maker struct {
	words    int    // of the vocabulary
	bytes    []byte // of a frame
	parsed   parsedAccount
	accounts []account // memory for those to come; so are cells and links
	cells    []subBalance
	links    []link
	ids      []byte // of the accounts of a frame
	ends     []int  // of each id in ids
}

// carve takes n elements off a piece of memory, or off a new one.
func carve[T any](memory *[]T, n int) []T {
	if len(*memory) < n {
		*memory = make([]T, max(n, 512))
	}
	part := (*memory)[:n:n]
	*memory = (*memory)[n:]
	return part
}

// frame makes the accounts of a frame, but for those whose numbers have is true for.
func (m *maker) frame(f *checkpointFile, at frameAt, have []bool) ([]*account, error) {
	r, err := f.open(at, &m.bytes)
	if err != nil {
		return nil, err
	}
	m.ids, m.ends = m.ids[:0], m.ends[:0]
	var list []*account
	p := &m.parsed
	for len(r.B) > 0 {
		if err := p.read(&r); err != nil {
			return nil, err
		}
		if p.number >= uint64(len(have)) {
			return nil, fmt.Errorf("it has an account number %d of %d", p.number, len(have))
		}
		if have[p.number] {
			continue
		}
		a, err := m.account()
		if err != nil {
			return nil, err
		}
		m.ids = append(m.ids, p.id...)
		m.ends = append(m.ends, len(m.ids))
		list = append(list, a)
	}
	ids, from := string(m.ids), 0
	for i, a := range list {
		a.id = accounts.ID(ids[from:m.ends[i]])
		from = m.ends[i]
	}
	return list, nil
}

// account makes an account of what was parsed, but for its id. What a checkpoint has is durable, so readers may see it.
func (m *maker) account() (*account, error) {
	p := &m.parsed
	a := &carve(&m.accounts, 1)[0]
	*a = account{number: uint32(p.number), kind: accounts.Kind(p.kind), status: accounts.Status(p.status), shown: true, shownStatus: accounts.Status(p.status)}
	if len(p.holder) > 0 || len(p.metadata) > 0 || len(p.overdraft) > 0 {
		a.details = p.details()
	}
	spines, end := p.spines, &a.cells
	for i := range p.cells {
		q, c := &p.cells[i], &a.first
		if i > 0 {
			c = &carve(&m.cells, 1)[0]
		}
		if q.currency >= uint64(m.words) && (q.links > 0 || q.currency >= codec.MaxSymbols) {
			return nil, fmt.Errorf("account %s has currency %d of %d", p.id, q.currency, m.words)
		}
		c.owner, c.currency, c.sub, c.balance, c.latest = a, uint16(q.currency), Sub(q.sub), q.balance, q.latest
		if q.links > 0 {
			c.skips = carve(&m.links, q.links)
			copy(c.skips, spines)
			spines = spines[q.links:]
		}
		c.show()
		*end, end = c, &c.next
	}
	return a, nil
}

// details makes what most accounts do not have.
func (p *parsedAccount) details() *details {
	d := &details{holder: string(p.holder)}
	if len(p.metadata) > 0 {
		d.metadata = make(map[string]string, len(p.metadata))
		for _, kv := range p.metadata {
			d.metadata[string(kv[0])] = string(kv[1])
		}
	}
	for _, o := range p.overdraft {
		d.overdraft = append(d.overdraft, money.FromInt(o.amount, money.Currency(o.currency)))
	}
	return d
}

// mergeCheckpoints writes of each account the newest that is in one of the checkpoints, which are given newest first, and returns
// what the last frame is to say. It calls between now and then.
func mergeCheckpoints(w *checkpointWriter, paths []string, between func()) (end checkpointEnd, err error) {
	var have []bool
	var memory []byte
	for i, path := range paths {
		f, err := openCheckpoint(path)
		if err != nil {
			return end, err
		}
		if i == 0 {
			end, have = f.end, make([]bool, f.end.accounts)
		}
		for _, at := range f.frames {
			var r codec.Reader
			if r, err = f.open(at, &memory); err == nil {
				err = w.copy(&r, have)
			}
			if err != nil {
				break
			}
			between()
		}
		f.close()
		if err != nil {
			return end, f.wrong(err)
		}
	}
	end.since = journal.Head{}
	return end, nil
}

// copy writes the accounts of a frame of another checkpoint, but for those whose numbers have is true for, and makes it true.
func (c *checkpointWriter) copy(r *codec.Reader, have []bool) error {
	var p parsedAccount
	for len(r.B) > 0 {
		all := r.B
		if err := p.read(r); err != nil {
			return err
		}
		if p.number >= uint64(len(have)) {
			return fmt.Errorf("it has an account number %d of %d", p.number, len(have))
		}
		if have[p.number] {
			continue
		}
		have[p.number] = true
		c.batch = append(c.batch, all[:len(all)-len(r.B)]...)
		if err := c.full(); err != nil {
			return err
		}
	}
	return nil
}
