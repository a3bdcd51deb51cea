package lsm

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// A Header begins a file, and says what it is and whose. The run files of this package have one, and so may other
// files that lie beside them. Layout, integers little-endian:
//
//	kind[8] owner[88] counts[3][8] crc32c[4] zero[4]   the checksum is of all before it
type Header struct {
	Kind   string // eight bytes: what the file is, and its version
	Owner  Owner
	Counts [3]uint64 // of what the file holds, as its kind says
}

// An Owner says whose file it is, in words of whoever writes it.
type Owner [88]byte

// HeaderSize is how many bytes a header takes.
const HeaderSize = 128

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errHeader = errors.New("its header is damaged")

// Encode returns the bytes of the header.
func (h *Header) Encode() (b [HeaderSize]byte) {
	copy(b[:8], h.Kind)
	copy(b[8:96], h.Owner[:])
	for i, n := range h.Counts {
		binary.LittleEndian.PutUint64(b[96+8*i:], n)
	}
	binary.LittleEndian.PutUint32(b[120:], crc32.Checksum(b[:120], castagnoli))
	return b
}

// DecodeHeader reads the header of a file of the given kind from its first bytes.
func DecodeHeader(b []byte, kind string) (h Header, err error) {
	if len(b) < HeaderSize || string(b[:8]) != kind {
		return h, errHeader
	}
	if binary.LittleEndian.Uint64(b[120:]) != uint64(crc32.Checksum(b[:120], castagnoli)) {
		return h, errHeader
	}
	h.Kind, h.Owner = kind, Owner(b[8:96])
	for i := range h.Counts {
		h.Counts[i] = binary.LittleEndian.Uint64(b[96+8*i:])
	}
	return h, nil
}
