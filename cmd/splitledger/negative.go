package main

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/report"
)

// negatives prints the accounts that are below zero: accounts --negative.
func (c *cli) negatives(ctx context.Context, l *ledger.Ledger, wanted *filter, asJSON bool) error {
	all, err := report.Negatives(ctx, l)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(n report.Negative) bool { return !wanted.has(n.Account) })
	now := time.Now()
	if asJSON {
		return c.negativesJSON(all, now)
	}
	return c.negativesTable(all, now, l.Table())
}

func (c *cli) negativesTable(all []report.Negative, now time.Time, t money.Table) error {
	g := newGrid("ACCOUNT", "KIND", "STATUS", "HOLDER", "CURRENCY", ">PENDING", ">AVAILABLE", ">RESERVED", ">BALANCE", "SINCE", ">DAYS", "EVENT", ">ENTRY")
	for _, n := range all {
		cells := append([]string{string(n.Account.ID), n.Account.Kind.String(), n.Account.Status.String(), n.Account.Holder}, balanceCells(t, n.Balance)...)
		g.add(append(cells, stamp(n.Since), strconv.Itoa(days(n.Since, now)), n.Event, strconv.FormatUint(n.Entry, 10))...)
	}
	if !g.some {
		return c.note("no account is below zero")
	}
	return g.writeTo(c.stdout, "")
}

// days returns how many whole days lie between two times; none if the first is the later.
func days(since, now time.Time) int { return max(int(now.Sub(since)/(24*time.Hour)), 0) }

// negativeLine is an account below zero as JSON.
type negativeLine struct {
	Account   accounts.ID    `json:"account"`
	Kind      string         `json:"kind"`
	Status    string         `json:"status"`
	Holder    string         `json:"holder,omitempty"`
	Currency  money.Currency `json:"currency"`
	Pending   json.Number    `json:"pending"`
	Available json.Number    `json:"available"`
	Reserved  json.Number    `json:"reserved"`
	Balance   json.Number    `json:"balance"`
	Since     string         `json:"since"`
	Days      int            `json:"days"`
	Event     string         `json:"event"`
	Entry     uint64         `json:"entry"`
}

func (c *cli) negativesJSON(all []report.Negative, now time.Time) error {
	out := newArrayWriter(c.stdout)
	for _, n := range all {
		b := n.Balance
		err := out.add(negativeLine{
			n.Account.ID, n.Account.Kind.String(), n.Account.Status.String(), n.Account.Holder, b.Currency,
			minor(b.Pending), minor(b.Available), minor(b.Reserved), minor(b.Total()),
			stamp(n.Since), days(n.Since, now), n.Event, n.Entry,
		})
		if err != nil {
			return err
		}
	}
	return out.end()
}
