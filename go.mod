module github.com/splitledger/splitledger

go 1.26
