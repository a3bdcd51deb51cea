// Package index keeps what is derived from the journal in files beside it, in the directory <ledger>-index: checkpoints
// of the accounts, so that opening need not replay the whole journal, and sorted runs of the hashes of keys, each with the
// newest record that has it. The file <ledger>-manifest says which of them count; all others are remains of work that was
// cut off. All may be deleted while the ledger is closed: they are made again.
//
// [Keys] finds the newest record that has a key, in memory and in the runs. An [Index] has them and the files; it is told
// what to keep in plain values, and knows nothing of the ledger that they are of but its journal. When a checkpoint is
// made, and of which accounts, is for the ledger to say.
//
// No file is trusted for its name: each carries the identity of its ledger and the stretch of the journal that it was
// made of, its [Origin], and the manifest has the sum of each that counts.
package index
