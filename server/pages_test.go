package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/server"
)

// All pages of a list are of one record, whatever is booked meanwhile, and a cursor is of one list with one set of filters.
func TestPages(t *testing.T) {
	_, hs := serve(t, server.Options{}, "market")
	market := hs.URL + "/v1/ledgers/market"
	open := func(n int) {
		send(t, "POST", market+"/events", fmt.Sprintf(`{"id":"o%d","type":"account.open","account":"s:%d","kind":"sub"}`, n, n),
			"Content-Type", "application/json")
	}
	for n := range 3 {
		open(n)
	}
	first := send(t, "GET", market+"/accounts?kind=sub&limit=2", "")
	var page struct{ Next string }
	if err := json.Unmarshal([]byte(first.body), &page); err != nil || page.Next == "" {
		t.Fatal(first.body)
	}
	open(3)
	second := send(t, "GET", market+"/accounts?kind=sub&limit=2&after="+page.Next, "")
	if strings.Count(second.body, `"account"`) != 1 || second.header.Get("Record") != "3" {
		t.Errorf("expected one account as of record 3, found record %s: %s", second.header.Get("Record"), second.body)
	}
	// Another size of pages is no other list, nor is the order of parameters.
	if got := send(t, "GET", market+"/accounts?limit=1&kind=sub&after="+page.Next, ""); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, other := range []string{"/accounts?after=", "/accounts?kind=platform&after=", "/accounts?kind=sub&prefix=s&after=", "/balances?kind=sub&after="} {
		if got := send(t, "GET", market+other+page.Next, ""); got.status != 400 || !strings.Contains(got.body, `"field":"after"`) {
			t.Errorf("%s: %d %s", other, got.status, got.body)
		}
	}
}

// A page has 1 to 1000 rows, in every list.
func TestPageSizes(t *testing.T) {
	store, text := keys(t, map[string]string{"root": "admin *"})
	s, hs := serve(t, server.Options{Settings: store}, "market")
	send(t, "POST", hs.URL+"/v1/ledgers/market/events", `{"id":"o","type":"account.open","account":"s:1","kind":"sub"}`,
		"Content-Type", "application/json", "Authorization", text["root"])
	lists := 0
	for _, r := range s.Routes() {
		if _, has := r.ParamDocs()["limit"]; !r.Paged && !has || strings.HasSuffix(r.Path, "/breaks") {
			continue
		}
		lists++
		url := hs.URL + strings.NewReplacer("{ledger}", "market", "{id}", "s:1").Replace(r.Path)
		for limit, want := range map[string]bool{"1": true, "1000": true, "0": false, "1001": false, "-1": false, "x": false} {
			got := send(t, "GET", url+"?limit="+limit, "", "Authorization", text["root"])
			if taken := !strings.Contains(got.body, `"field":"limit"`); taken != want {
				t.Errorf("%s?limit=%s: %d %s", r.Path, limit, got.status, got.body)
			}
		}
	}
	if lists < 12 {
		t.Errorf("only %d lists", lists)
	}
}
