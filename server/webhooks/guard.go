package webhooks

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"

	"github.com/splitledger/splitledger/ledger"
)

// A Guard says which addresses requests may go to. The zero value allows all of the public internet, by https.
type Guard struct {
	// Allow are networks that are allowed in spite of being the operator's own. Only to them http is allowed too.
	Allow []netip.Prefix
}

// ParseGuard makes a guard of networks as CIDR: "10.1.0.0/16", "::1/128", or an address alone.
func ParseGuard(networks []string) (g Guard, err error) {
	for _, text := range networks {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, aerr := netip.ParseAddr(text)
			if aerr != nil || a.Zone() != "" {
				return Guard{}, &ledger.Error{Code: ledger.Invalid, Field: "webhooks-allow",
					Message: fmt.Sprintf("expected a network such as 10.1.0.0/16, found %q", text)}
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if p.Addr().Is4In6() && p.Bits() >= 96 { // addresses are compared as IPv4
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		g.Allow = append(g.Allow, p.Masked())
	}
	return g, nil
}

// refused are the networks that are nobody's on the public internet, or that one's own machines may have. Addresses of
// IPv6 that stand for one of IPv4 are in [embedded].
var refused = []struct {
	network netip.Prefix
	what    string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "unspecified"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared by carriers"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"}, // metadata services of clouds among them
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.0.0.0/24"), "of protocols"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("198.18.0.0/15"), "of benchmarks"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
	{netip.MustParsePrefix("::/128"), "unspecified"},
	{netip.MustParsePrefix("::1/128"), "loopback"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "translated to IPv4 locally"},
	{netip.MustParsePrefix("100::/64"), "discarded"},
	{netip.MustParsePrefix("2001::/23"), "of protocols"}, // Teredo among them
	{netip.MustParsePrefix("fc00::/7"), "unique-local"},
	{netip.MustParsePrefix("fe80::/10"), "link-local"},
	{netip.MustParsePrefix("fec0::/10"), "site-local"},
	{netip.MustParsePrefix("ff00::/8"), "multicast"},
}

// embedded are the networks of IPv6 whose addresses lead to one of IPv4, and where it stands in them.
var embedded = []struct {
	network netip.Prefix
	at      int // byte
}{
	{netip.MustParsePrefix("::/96"), 12},           // compatible, of old
	{netip.MustParsePrefix("::ffff:0:0:0/96"), 12}, // translated
	{netip.MustParsePrefix("64:ff9b::/96"), 12},    // NAT64
	{netip.MustParsePrefix("2002::/16"), 2},        // 6to4
}

// check refuses an address that must not be connected to, and where plain is set one that only https may reach.
func (g *Guard) check(a netip.Addr, plain bool) error {
	a = a.WithZone("").Unmap()
	if slices.ContainsFunc(g.Allow, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return nil
	}
	if what := ownNetwork(a); what != "" {
		return &RefusedError{a, what}
	}
	if plain {
		return &RefusedError{a, "to be reached by https alone"}
	}
	return nil
}

// ownNetwork says what an address is that is not of the public internet, and "" of one that is.
func ownNetwork(a netip.Addr) string {
	for _, r := range refused {
		if r.network.Contains(a) {
			return r.what
		}
	}
	for _, e := range embedded {
		if e.network.Contains(a) {
			b := a.As16()
			var four [4]byte
			binary.BigEndian.PutUint32(four[:], binary.BigEndian.Uint32(b[e.at:]))
			if what := ownNetwork(netip.AddrFrom4(four)); what != "" {
				return what
			}
		}
	}
	return ""
}

// A RefusedError says that a [Guard] does not let requests go to an address.
type RefusedError struct {
	Addr netip.Addr
	What string // of an address it is
}

// Error says what was refused, and how it is allowed.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("expected an address of the public internet, or one that --webhooks-allow names, "+
		"found %s, which is %s", e.Addr, e.What)
}

// CheckURL refuses a URL that no request would be sent to, as far as can be known without resolving its name. It is for
// the options of package settings: whoever makes an endpoint learns of it at once.
func (g *Guard) CheckURL(u *url.URL) error {
	if u.User != nil {
		return fmt.Errorf("expected an address without user and password")
	}
	plain := u.Scheme == "http"
	if !plain && u.Scheme != "https" {
		return fmt.Errorf("expected https, found %s", u.Scheme)
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		return g.check(a, plain)
	}
	if plain && len(g.Allow) == 0 {
		return fmt.Errorf("expected https, found http, which is only for networks that --webhooks-allow names")
	}
	return nil
}

// dialer returns what connects to addresses that the guard allows. It looks at the address itself, just before it is
// connected to: a name may resolve to another one each time.
func (g *Guard) dialer(plain bool) func(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{Timeout: requestTimeout, KeepAlive: 30 * time.Second}
	d.Control = func(_, address string, _ syscall.RawConn) error {
		a, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return g.check(a.Addr(), plain)
	}
	return d.DialContext
}
