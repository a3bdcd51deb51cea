package server

import (
	"log/slog"
	"net/http"
	"time"
)

// maxHeaders is how many bytes the headers of a request may have, with its path and query.
const maxHeaders = 32 << 10

// HTTP returns an [http.Server] with the limits that an API in the open needs: headers that are complete within 5 seconds,
// and idle connections of 2 minutes. Limits of bodies and streams are the handler's. The handler refuses headers above
// 32 KiB with a problem; net/http reads no more than twice that, and answers 431 with a text of its own.
func HTTP(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    2 * maxHeaders,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
