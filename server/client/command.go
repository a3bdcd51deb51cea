package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
)

// commandType is the type of what goes to and fro while a command runs.
const commandType = "application/vnd.splitledger.command"

// Command has a server run a command of the command line on a ledger. The body goes on while the answer is read, which
// is to be closed. The
// program splitledger uses it where a server has the ledger; what is sent is between the two, and may change with any
// version.
func (c *Client) Command(ctx context.Context, ledger string, body io.Reader) (io.ReadCloser, error) {
	r, err := c.request(ctx, http.MethodPost, "/v1/ledgers/"+url.PathEscape(ledger)+"/command", body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", commandType)
	r.Header.Set("Expect", "100-continue") // what is no server of ours may wait for the end of the body, and never answer
	a, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	if a.StatusCode/100 != 2 || a.Header.Get("Content-Type") != commandType {
		defer a.Body.Close()
		return nil, problem(a)
	}
	return a.Body, nil
}
