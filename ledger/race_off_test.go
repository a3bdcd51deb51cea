//go:build !race

package ledger

const RaceBuild = false
