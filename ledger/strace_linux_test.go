package ledger_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// stracePath returns where strace is, and skips the test if it is missing or may not be used.
func stracePath(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed (apt-get install strace): what the ledger asks of the disk cannot be observed")
	}
	if out, err := exec.Command(path, "-f", "-o", "/dev/null", "true").CombinedOutput(); err != nil {
		t.Skipf("strace may not be used here: %v, %s", err, out)
	}
	return path
}

// straced returns a command that runs the test binary as a child under strace, with more arguments for strace.
func straced(t testing.TB, trace string, with []string, child string, args ...string) *exec.Cmd {
	t.Helper()
	full := append([]string{"-f", "--seccomp-bpf", "-xx", "-s", "100000000", "-o", trace, "-e", "signal=none"}, with...)
	full = append(full, os.Args[0])
	cmd := exec.Command(stracePath(t), append(full, args...)...)
	cmd.Env = append(os.Environ(), childVariable+"="+child)
	return cmd
}

// traced are the system calls from which a disk can be followed.
const traced = "trace=openat,close,write,pwrite64,ftruncate,fsync,fdatasync,renameat,renameat2,rename,link,linkat,unlink,unlinkat,mkdir,mkdirat"

// A replay feeds what strace saw of a program to a disk.
type replay struct {
	disk  *disk
	open  map[int]opened // by descriptor, of the program
	calls map[string]*call

	failing bool // see [disk.syncing]

	said     func(text string) // the program wrote to its standard output
	boundary func(what string) // what is safe is about to change, or has changed
}

type opened struct {
	path string
	node *inode // nil for a directory that was there before
}

// A call is a system call under way.
type call struct {
	name, args string
	end        func(result string)
}

// run reads a trace. What was open before is closed: another program begins.
func (p *replay) run(trace string) error {
	f, err := os.Open(trace)
	if err != nil {
		return err
	}
	defer f.Close()
	p.open, p.calls = map[int]opened{}, map[string]*call{}
	lines := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = p.line(strings.TrimSuffix(line, "\n"))
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", trace, n, err)
		}
	}
}

// line takes "1234  name(args) = result", or one half of it: "1234  name(args <unfinished ...>" and "1234  <... name resumed>args) = result".
func (p *replay) line(line string) error {
	pid, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimLeft(rest, " ")
	if strings.HasPrefix(rest, "+++") || strings.HasPrefix(rest, "---") {
		return nil
	}
	if resumed, ok := strings.CutPrefix(rest, "<... "); ok {
		_, more, ok := strings.Cut(resumed, " resumed>")
		c := p.calls[pid]
		if !ok || c == nil {
			return fmt.Errorf("nothing to resume: %.100s", line)
		}
		delete(p.calls, pid)
		return p.finish(c, more)
	}
	name, args, ok := strings.Cut(rest, "(")
	if !ok {
		return fmt.Errorf("not a call: %.100s", line)
	}
	c := &call{name: name, args: args}
	if begun, ok := strings.CutSuffix(args, "<unfinished ...>"); ok {
		c.args = strings.TrimRight(begun, " ")
		p.calls[pid] = c
		p.begin(c)
		return nil
	}
	p.begin(c)
	return p.finish(c, args)
}

func (p *replay) finish(c *call, rest string) error {
	i := strings.LastIndex(rest, ") = ")
	if i < 0 {
		if j := strings.LastIndex(rest, ")"); j >= 0 && strings.Contains(rest[j:], "= ?") {
			return nil // the program ended within it
		}
		i = strings.LastIndex(rest, " = ") - 1 // strace aligns short calls
		if i < 0 {
			return fmt.Errorf("no result: %s(%.100s", c.name, rest)
		}
	}
	_, result, _ := strings.Cut(rest[i:], "= ")
	if c.end != nil {
		c.end(result)
	}
	return nil
}

// begin starts a call: from now on its effect may be on disk.
func (p *replay) begin(c *call) {
	a := split(c.args)
	ok := func(result string) bool { return !strings.HasPrefix(result, "-1") && !strings.HasPrefix(result, "?") }
	file := func() (opened, bool) {
		f := p.open[int(number(a[0]))]
		return f, f.node != nil && !f.node.dir
	}
	d := p.disk
	switch c.name {
	case "openat":
		path := text(a[1])
		create, truncate := strings.Contains(a[2], "O_CREAT"), strings.Contains(a[2], "O_TRUNC")
		c.end = func(result string) {
			fd := int(number(result))
			if !ok(result) || !strings.HasPrefix(path, d.root) {
				return
			}
			node := d.seen[path]
			switch {
			case node == nil && create:
				node = new(inode)
				d.move(&move{add: path, node: node, done: true})
			case node != nil && truncate:
				node.pending = append(node.pending, &change{done: true})
			}
			p.open[fd] = opened{path, node}
		}
	case "close":
		delete(p.open, int(number(a[0])))
	case "write", "pwrite64":
		if strings.HasPrefix(c.args, "1,") {
			p.said(text(a[1]))
			return
		}
		f, followed := file()
		if !followed {
			return
		}
		w := &change{data: []byte(text(a[1]))}
		if c.name == "pwrite64" {
			w.offset = number(a[3])
		} else {
			w.offset = f.node.end()
		}
		p.boundary("write")
		f.node.pending = append(f.node.pending, w)
		c.end = func(result string) {
			if w.done = ok(result); w.done {
				w.data = w.data[:number(result)]
			}
			w.gone = !w.done
		}
	case "ftruncate":
		f, followed := file()
		if !followed {
			return
		}
		w := &change{size: number(a[1])}
		f.node.pending = append(f.node.pending, w)
		c.end = func(result string) { w.done, w.gone = ok(result), !ok(result) }
	case "fsync", "fdatasync":
		f, found := p.open[int(number(a[0]))]
		if !found {
			return
		}
		p.boundary(c.name)
		end := d.syncing(f.node, f.path, p.failing)
		c.end = func(result string) {
			if strings.HasPrefix(result, "?") {
				return
			}
			end(!ok(result))
			p.boundary("synced " + filepath.Base(f.path))
		}
	case "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat":
		p.name(c, a, ok)
	}
}

// name is begin for the calls that change names.
func (p *replay) name(c *call, a []string, ok func(string) bool) {
	var paths []string
	for _, s := range a {
		if strings.HasPrefix(s, `"`) {
			paths = append(paths, text(s))
		}
	}
	if !strings.HasPrefix(paths[0], p.disk.root) {
		return
	}
	c.end = func(result string) {
		if !ok(result) {
			return
		}
		m := &move{done: true}
		switch strings.TrimSuffix(strings.TrimSuffix(c.name, "2"), "at") {
		case "rename":
			m.remove, m.add, m.node = paths[0], paths[1], p.disk.seen[paths[0]]
		case "link":
			m.add, m.node = paths[1], p.disk.seen[paths[0]]
		case "unlink":
			m.remove = paths[0]
		case "mkdir":
			m.add, m.node = paths[0], &inode{dir: true}
		}
		p.disk.move(m)
		p.boundary(c.name)
	}
}

// end is where the next write of a file that is only added to goes.
func (n *inode) end() int64 {
	size := int64(len(n.safe))
	for _, c := range n.pending {
		switch {
		case c.data == nil && !c.gone:
			size = c.size
		case !c.gone:
			size = max(size, c.offset+int64(len(c.data)))
		}
	}
	return size
}

// split splits the arguments of a call. All strings are in hexadecimal, so no comma is within one.
func split(args string) []string {
	list := strings.Split(args, ", ")
	for len(list) < 4 {
		list = append(list, "0")
	}
	return list
}

// text reads a string of strace -xx: "\x61\x62".
func text(s string) string {
	s = strings.TrimPrefix(s, `"`)
	s, _, _ = strings.Cut(s, `"`)
	b := make([]byte, 0, len(s)/4)
	for i := 0; i+4 <= len(s); i += 4 {
		b = append(b, unhex(s[i+2])<<4|unhex(s[i+3]))
	}
	return string(b)
}

// number reads the digits with which s begins.
func number(s string) (n int64) {
	for i := 0; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		n = 10*n + int64(s[i]-'0')
	}
	return n
}

func unhex(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}
