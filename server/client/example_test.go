package client_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/server"
	"github.com/splitledger/splitledger/server/client"
)

// A program that embeds a ledger lets the command line, and other programs of its user, work with it meanwhile: one line
// opens a socket beside the file.
func Example_socket() {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	l, err := ledger.Open(filepath.Join(dir, "books.db"), ledger.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	stop, err := server.Socket(l) // now 'splitledger balance --ledger books.db' works too
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stop()

	c := client.Socket(server.SocketPath(l.Path()))
	defer c.Close()
	r, err := c.Post(context.Background(), server.SocketName,
		map[string]string{"id": "acc-1", "type": "account.open", "account": "seller:42", "kind": "sub"})
	fmt.Println(r.Status, r.Record, err)
	// Output: accepted 1 <nil>
}
