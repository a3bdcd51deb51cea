package commands

import (
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

// writeJSON writes one value, indented, for answers that are one object.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
