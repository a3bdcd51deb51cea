package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"github.com/splitledger/splitledger/server"
)

// documentText is the document of a server.
var documentText = sync.OnceValue(func() []byte {
	w := httptest.NewRecorder()
	server.New(server.Options{}).ServeHTTP(w, httptest.NewRequest("GET", "/openapi.json", nil))
	return w.Body.Bytes()
})

// conforming checks requests and answers by the document.
var conforming = sync.OnceValues(func() (validator.Validator, []error) {
	d, err := libopenapi.NewDocument(documentText())
	if err != nil {
		return nil, []error{err}
	}
	return validator.NewValidator(d)
})

// The document is one of OpenAPI 3.1, and the older form one of 3.0, by the rules of their schemas.
func TestDocumentIsValid(t *testing.T) {
	v, errs := conforming()
	for _, err := range errs {
		t.Fatal(err)
	}
	validate(t, v)
	if testing.Short() { // the older one is made of the same, and TestGeneratedClient reads it
		return
	}
	w := httptest.NewRecorder()
	server.New(server.Options{}).ServeHTTP(w, httptest.NewRequest("GET", "/openapi-3.0.json", nil))
	d, err := libopenapi.NewDocument(w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if v, errs = validator.NewValidator(d); len(errs) > 0 {
		t.Fatal(errs)
	}
	validate(t, v)
}

// validate holds a document to the schema of its version.
func validate(t *testing.T, v validator.Validator) {
	t.Helper()
	_, problems := v.ValidateDocument()
	for _, p := range problems {
		t.Errorf("%s: %s", p.Message, p.Reason)
		for _, s := range p.SchemaValidationErrors {
			t.Errorf("  %s %s", s.KeywordLocation, s.Reason)
		}
	}
}

// conforms holds an answer to the document. It is asked of every answer that a test gets.
func conforms(t *testing.T, r *http.Request, a *http.Response, body []byte) {
	t.Helper()
	media := a.Header.Get("Content-Type")
	if !strings.HasSuffix(media, "json") || strings.HasSuffix(media, "ndjson") || strings.HasPrefix(r.URL.Path, "/openapi") ||
		a.Header.Get("Preference-Applied") != "" { // the document has amounts as they are unless texts are asked for
		return
	}
	v, errs := conforming()
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	copied := *a
	copied.Body = io.NopCloser(bytes.NewReader(body))
	if ok, problems := v.ValidateHttpResponse(r, &copied); !ok {
		for _, p := range problems {
			if p.ValidationType == "path" || a.StatusCode == http.StatusMethodNotAllowed {
				continue // of what is not there
			}
			text, _ := json.Marshal(p.SchemaValidationErrors)
			t.Errorf("%s %s: %d is not as documented: %s: %s\n%.2000s\n%.2000s", r.Method, r.URL, a.StatusCode, p.Message, p.Reason, body, text)
		}
	}
}
