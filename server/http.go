package server

import (
	"log/slog"
	"net/http"
	"time"
)

// HTTP returns an [http.Server] with the limits that an API in the open needs: headers of 32 KiB that are complete within
// 5 seconds, and idle connections of 2 minutes. Limits of bodies and streams are the handler's.
func HTTP(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
