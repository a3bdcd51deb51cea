package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
)

// appendJSON appends v as JSON on one line. HTML is not escaped: a '&' in a reference stays one.
// Only a v that JSON has no form for could fail, and none here is.
func appendJSON(b []byte, v any) []byte {
	out := bytes.NewBuffer(b)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'})
}

// An arrayWriter writes a JSON array as a stream, one element a line. So memory does not grow with
// the list, and the output can be read line by line, by grep for example, as well as by a JSON
// parser.
type arrayWriter struct {
	out *bufio.Writer
	n   int
	buf []byte
}

func newArrayWriter(w io.Writer) *arrayWriter {
	return &arrayWriter{out: bufio.NewWriterSize(w, 1<<16)}
}

// add writes one element, behind what comes between two of them.
func (a *arrayWriter) add(v any) error {
	before := ",\n "
	if a.n == 0 {
		before = "[\n "
	}
	a.n++
	a.buf = appendJSON(append(a.buf[:0], before...), v)
	_, err := a.out.Write(a.buf)
	return err
}

// end closes the array; an empty one is []. What add could not write yet may fail here.
func (a *arrayWriter) end() error {
	last := "\n]\n"
	if a.n == 0 {
		last = "[]\n"
	}
	a.out.WriteString(last)
	return a.out.Flush()
}

// writeJSON writes one value, indented, for answers that are one object.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
