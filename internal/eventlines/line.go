// Lines of a stream: they are cut apart here, with a bound on memory.

package eventlines

import (
	"bufio"
	"bytes"
	"io"

	"github.com/splitledger/splitledger/posting"
)

// maxLine is how long an event line may be, in bytes, its end not counted.
const maxLine = posting.MaxLine

// A Reader reads lines of any length and holds at most [posting.MaxLine] bytes of one.
type Reader struct {
	Number int // of the last line, from 1

	r    *bufio.Reader
	long []byte // a line that did not fit the reader's buffer
}

// NewReader makes a Reader of r. The buffer of 64 KiB holds nearly all lines, which are then not copied.
func NewReader(r io.Reader) *Reader {
	return &Reader{r: bufio.NewReaderSize(r, 1<<16)}
}

// Next returns the next line without its end; it is good until the next call. A line of more than [posting.MaxLine]
// bytes is skipped over: whole is false then. The error is io.EOF after the last line. A line that is too long is read
// to its end, so that the next one is found.
func (l *Reader) Next() (line []byte, whole bool, err error) {
	l.long = l.long[:0]
	for length := 0; ; {
		chunk, err := l.r.ReadSlice('\n')
		length += len(chunk)
		if err == bufio.ErrBufferFull {
			if length <= maxLine {
				l.long = append(l.long, chunk...)
			}
			continue
		}
		if err != nil && (err != io.EOF || length == 0) {
			return nil, true, err
		}
		l.Number++
		if end := bytes.TrimSuffix(chunk, []byte{'\n'}); length-len(chunk)+len(end) > maxLine {
			return nil, false, nil
		}
		if len(l.long) > 0 {
			chunk = append(l.long, chunk...)
			l.long = chunk[:0]
		}
		if l.Number == 1 {
			chunk = bytes.TrimPrefix(chunk, []byte("\ufeff")) // a byte order mark, which some editors leave
		}
		return bytes.TrimSuffix(chunk, []byte{'\n'}), true, nil
	}
}

// ready reports that a whole line is at hand, so that Next will not wait for input. Whoever sent the last line may wait
// for its answer, so lines at hand are booked before more is waited for.
func (l *Reader) ready() bool {
	buffered, _ := l.r.Peek(l.r.Buffered())
	return bytes.IndexByte(buffered, '\n') >= 0
}
