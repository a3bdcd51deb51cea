package server

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/splitledger/splitledger/ledger"
)

// decode reads a small JSON body into a struct. Names that are unknown or given twice, and what comes behind the value,
// are refused.
func (c *call) decode(into any) error {
	body, err := c.body(maxEvent)
	if err != nil {
		return err
	}
	err = json.Unmarshal(body, into, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	refused := &ledger.Error{Code: ledger.Invalid, Message: "expected JSON as the documentation has it: " + err.Error()}
	if wrong, ok := errors.AsType[*json.SemanticError](err); ok {
		refused.Field = fieldAt(wrong.JSONPointer)
		refused.Message = fmt.Sprintf("expected %s as the documentation has it", orWhole(refused.Field))
		if wrong.Err != nil {
			refused.Message += ": " + wrong.Err.Error()
		}
	} else if wrong, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		refused.Field = fieldAt(wrong.JSONPointer)
		refused.Message = fmt.Sprintf("expected JSON, found %v at byte %d", wrong.Err, wrong.ByteOffset)
	}
	return refused
}

// fieldAt names a place in a body as a problem does.
func fieldAt(p jsontext.Pointer) string {
	return strings.ReplaceAll(strings.TrimPrefix(string(p), "/"), "/", ".")
}

// orWhole names a field, or all of the body.
func orWhole(field string) string {
	if field == "" {
		return "a body"
	}
	return field
}
