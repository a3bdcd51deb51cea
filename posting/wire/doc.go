// Package wire has events as JSON and as the journal stores them.
//
// It knows the form of an [Event]: which fields a [Type] takes and which it needs, what values look like, and which
// fields go together. What an event books is for package posting, which also has the names that most
// programs use.
//
// [Decode] reads one event from a line, strictly; [Event.AppendJSON] writes it. [Content] is what a record of the
// journal keeps of an event. All follow from the tables in fields.go and types.go: a field that is added at the end
// of its table is read, checked, written, stored, compared and documented.
package wire
