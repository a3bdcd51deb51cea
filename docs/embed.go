// Package docs holds what of the documentation the program itself shows.
package docs

import _ "embed"

// Errors is docs/errors.md: every code, what it means and what to do.
//
//go:embed errors.md
var Errors string
