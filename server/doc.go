// Package server is the HTTP interface of ledgers: events in, questions answered, reports reconciled, providers'
// webhooks taken, and the journal fed to whoever wants to hear.
//
// A [Server] is an [http.Handler] over ledgers that are open. A program that embeds a ledger mounts it, or lends it to
// the command line by [Listen] on a socket beside the file; 'splitledger serve' makes one of a directory of ledgers,
// with keys and settings of package settings.
//
// All routes are rows of one table ([Server.Routes]): what they take and answer, and which scope they need. The mux, the
// OpenAPI document and the tests of access are made of it, so a route cannot be forgotten in any of them. Questions are
// those of package query, and answers are its values, whose JSON is that of the command line's --json.
//
// Answers say by the header Record which record of the journal they are of, and After-Record asks for at least that.
// Errors are those of RFC 9457 with the ledger's code; [Statuses] maps codes to statuses. The id of an event is what
// makes posting safe to repeat, for ever; there is no second mechanism.
package server
