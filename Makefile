# What is written down where people look for it; the work is in .ci/run and in the tests.

N ?= 200
L ?= 10000

.PHONY: check crash long lives measure

# Everything that CI checks.
check:
	bash .ci/run

# Kills N writers; loses power 10·N times, and 10·N single writes that were synced; checks N histories of concurrent calls.
# A failed test says with which -seed it began.
crash:
	go test -count=1 -timeout 0 -v -run 'Crash|PowerLoss|LostWrites|Linearizable' ./ledger -crashes $(N) -outages $$((10 * $(N))) -histories $(N)

# Lets each simulated provider live L lives, by whose own books reconciliation is judged.
lives:
	go test -count=1 -timeout 0 -v -run Lives ./reconcile -life.checks $(L)

# Tests of long lives at full length, every byte flipped, and a thousand strange indexes.
long:
	go test -count=1 -timeout 0 -v -run 'BusyAccount|Flipped|StrangeIndex' ./ledger -long

# How the code reads: lines, comments, what is exported, arrows between files; and the functions that a piece of work passes.
measure:
	go run ./cmd/lab measure
	go run ./cmd/lab passed
