//go:build race

package ledger

// RaceBuild is whether the tests were built with the race detector.
const RaceBuild = true
