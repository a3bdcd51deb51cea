package daemon

import (
	"net/http"
	"strings"

	"github.com/splitledger/splitledger/server/console"
)

// console makes people's pages.
func (d *Daemon) console() *console.Console {
	return console.New(console.Options{Settings: d.settings, Names: d.server.Names, Books: d.server.Books, Runs: d.server.Runs, Issuer: d.options.issuer, CSV: d.server.As,
		ExternalURL: d.options.ExternalURL, Version: d.options.Version, Log: d.log, Clock: d.options.Clock})
}

// handler answers what comes by the listener: people's pages below /c/, all else as the API. A browser that asks for /
// is led to the pages.
func (d *Daemon) handler(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		browser := r.URL.Path == "/" && strings.Contains(r.Header.Get("Accept"), "text/html")
		if browser || r.URL.Path == "/c" || strings.HasPrefix(r.URL.Path, "/c/") {
			pages.ServeHTTP(w, r)
			return
		}
		d.server.ServeHTTP(w, r)
	})
}
