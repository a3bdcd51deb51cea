// Package objects reads the objects of JSON texts of any size one after another, with the line that each begins on.
//
// A text is one object, an array of them, one a line, or objects with members that are lists of them, as providers'
// APIs answer. Where every line is an object of its own, one that is no JSON does not keep it from the next.
package objects

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/splitledger/splitledger/providers/tabular"
)

// A Reader reads objects. It is not for several goroutines.
type Reader struct {
	next func() (Object, error)
}

// Open begins to read a text, possibly compressed. Members of the outermost objects that have one of the names of lists
// are lists of objects. For error messages, all says what the text is to have, and one what each object is to be. The
// error says that the text is no such JSON, as far as its beginning tells.
func Open(r io.Reader, all, one string, lists ...string) (*Reader, error) {
	text, err := tabular.Plain(r)
	if err != nil {
		return nil, err
	}
	b := bufio.NewReaderSize(text, maxLine)
	lines, err := oneALine(b, all)
	if err != nil {
		return nil, err
	}
	if lines {
		l := &lineReader{b: b, what: one, lists: lists}
		return &Reader{l.next}, nil
	}
	return &Reader{newDocument(b, 1, one, lists).next}, nil
}

// Next returns the next object. The error is [io.EOF] after the last, a [*providers.LineError] where something else
// than an object stands, after which Next goes on, and any other where the text cannot be read on.
func (r *Reader) Next() (Object, error) { return r.next() }

// oneALine reports whether every line is a document of its own. The error says that the text is none of ours.
func oneALine(b *bufio.Reader, all string) (bool, error) {
	for n := 512; ; n *= 2 {
		head, err := b.Peek(min(n, b.Size()))
		if err != nil && err != io.EOF {
			return false, err
		}
		text := bytes.TrimLeft(head, " \t\r\n")
		first, rest, more := bytes.Cut(text, []byte{'\n'})
		first, rest = bytes.Trim(first, " \t\r\n"), bytes.Trim(rest, " \t\r\n")
		switch {
		case len(first) > 0 && first[0] != '{' && first[0] != '[':
			return false, fmt.Errorf("expected %s as JSON, found %.20q", all, first)
		case more && len(rest) > 0:
			return first[0] == '{' && first[len(first)-1] == '}', nil
		case err == io.EOF && len(first) == 0:
			return false, fmt.Errorf("expected %s as JSON, found an empty file", all)
		case err == io.EOF || n >= b.Size():
			return false, nil
		}
	}
}
