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
	_, hs := serve(t, server.Options{})
	for _, path := range []string{"/openapi.json", "/openapi-3.0.json"} {
		d, err := libopenapi.NewDocument([]byte(send(t, "GET", hs.URL+path, "").body))
		if err != nil {
			t.Fatal(path, err)
		}
		v, errs := validator.NewValidator(d)
		for _, err := range errs {
			t.Fatal(path, err)
		}
		if ok, problems := v.ValidateDocument(); !ok {
			for _, p := range problems {
				t.Errorf("%s: %s: %s", path, p.Message, p.Reason)
				for _, s := range p.SchemaValidationErrors {
					t.Errorf("  %s %s", s.KeywordLocation, s.Reason)
				}
			}
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
