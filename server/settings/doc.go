// Package settings keeps what a server of ledgers has to remember besides the ledgers: API keys, the secrets of
// providers, endpoints of webhooks, and who changed which of them, or was refused.
//
// Settings are events in a ledger of their own, the file _server.db of the data directory, so that they are synced,
// backed up and verified as all else is, and so that the records of the other ledgers are those of their events alone.
// [Open] replays them into memory. Every change is durable before its method returns, says in its record who made it,
// and is seen whole by every call that begins afterwards: a key that was revoked is refused from then on.
//
// # What is secret
//
// Of an API key only the SHA-256 is kept: it is shown once, when it is made. What the server itself must be able to
// read, the secrets of providers and of webhooks, is encrypted with AES-256-GCM. Its key is not in the ledger: it comes
// from the configuration or is the file _server.key of the data directory, which is made by the first Open. A copy of
// _server.db without that key gives nothing away. Opening with another key, or without it, fails with [ErrKey].
// [Store.Rekey] changes the key. The journal keeps what was encrypted under the key before, so the old key stays a
// secret for as long as there are copies of the file, and what leaked with it must be replaced.
//
// # What is written when
//
// Changes are records of their own. How far each webhook has been delivered, and refusals of access, come too fast for
// that. Progress is kept in memory and written a second later, in one record for all endpoints, and at most every 5
// seconds while there is more; after a crash what was delivered since is delivered again. Refusals are counted by
// address and written a second later, and ever more seldom, down to once in 64 seconds, while they go on: 16 addresses
// and one entry for all others, so that nobody can fill the disk with them. [Store.Close] writes both. Deliveries
// themselves are kept in memory only, the last 100 of each endpoint.
//
// # Limits
//
// 10,000 API keys, 1,000 secrets of providers, 100 endpoints with at most 10 secrets each, 1,000 names in a list. A
// secret has at most 4,096 bytes.
package settings
