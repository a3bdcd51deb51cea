package webhooks

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// Nothing of one's own networks is reached, in whatever form of IPv6 an address of IPv4 is written.
func TestGuardRefusesOwnNetworks(t *testing.T) {
	for _, tt := range []struct{ addr, want string }{ // "" is allowed
		{"93.184.215.14", ""},
		{"2606:2800:21f:cb07:6820:80da:af6b:8b2c", ""},
		{"1.1.1.1", ""},
		{"172.15.255.255", ""},
		{"172.32.0.1", ""},
		{"100.63.255.255", ""},
		{"100.128.0.1", ""},
		{"2002:5db8:d70e::1", ""}, // 6to4 of 93.184.215.14
		{"64:ff9b::5db8:d70e", ""},
		{"::ffff:93.184.215.14", ""},
		{"127.0.0.1", "loopback"},
		{"127.255.255.254", "loopback"},
		{"0.0.0.0", "unspecified"},
		{"0.1.2.3", "unspecified"},
		{"10.0.0.1", "private"},
		{"172.16.0.1", "private"},
		{"172.31.255.255", "private"},
		{"192.168.178.1", "private"},
		{"169.254.169.254", "link-local"},
		{"100.64.0.1", "shared by carriers"},
		{"100.127.255.255", "shared by carriers"},
		{"192.0.0.170", "of protocols"},
		{"198.19.0.1", "of benchmarks"},
		{"224.0.0.251", "multicast"},
		{"239.255.255.250", "multicast"},
		{"240.0.0.1", "reserved"},
		{"255.255.255.255", "reserved"},
		{"::", "unspecified"},
		{"::1", "loopback"},
		{"fd00::1", "unique-local"},
		{"fc00::1", "unique-local"},
		{"fe80::1", "link-local"},
		{"fe80::1%eth0", "link-local"},
		{"fec0::1", "site-local"},
		{"ff02::1", "multicast"},
		{"::ffff:127.0.0.1", "loopback"},
		{"::ffff:10.0.0.1", "private"},
		{"::127.0.0.1", "loopback"},
		{"::ffff:0:169.254.169.254", "link-local"},
		{"64:ff9b::7f00:1", "loopback"},
		{"64:ff9b::a9fe:a9fe", "link-local"},
		{"64:ff9b:1::a00:1", "translated to IPv4 locally"},
		{"2002:7f00:1::1", "loopback"},
		{"2002:c0a8:101::", "private"},
		{"2002:0a00:0001:ffff::1", "private"},
		{"2001:0:7f00:1::1", "of protocols"}, // Teredo
		{"100::1", "discarded"},
	} {
		err := (&Guard{}).check(netip.MustParseAddr(tt.addr), false)
		refused, is := errors.AsType[*RefusedError](err)
		switch {
		case is && refused.What != tt.want, !is && (err != nil || tt.want != ""):
			t.Errorf("%s: %v, want %q", tt.addr, err, tt.want)
		}
		if err := (&Guard{}).check(netip.MustParseAddr(tt.addr), true); err == nil {
			t.Errorf("%s by http is allowed", tt.addr)
		}
	}
}

// What the operator allows is allowed, by http too, and nothing beside it.
func TestGuardAllows(t *testing.T) {
	g, err := ParseGuard([]string{"10.1.0.0/16", "::1", "::ffff:192.168.1.0/120", "64:ff9b::a00:0/104"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		addr    string
		allowed bool
	}{
		{"10.1.2.3", true}, {"::ffff:10.1.2.3", true}, {"::1", true}, {"192.168.1.7", true}, {"64:ff9b::a00:1", true},
		{"10.2.0.1", false}, {"127.0.0.1", false}, {"192.168.2.1", false}, {"2002:0a01:0001::1", false}, {"64:ff9b::7f00:1", false},
	} {
		if err := g.check(netip.MustParseAddr(tt.addr), true); (err == nil) != tt.allowed {
			t.Errorf("%s: %v, want allowed %v", tt.addr, err, tt.allowed)
		}
	}
	for _, text := range []string{"", "10.1", "localhost", "10.0.0.0/33", "fe80::1%eth0"} {
		if _, err := ParseGuard([]string{text}); err == nil || !strings.Contains(err.Error(), "expected a network such as 10.1.0.0/16, found") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Whoever makes an endpoint learns at once what could never be reached.
func TestGuardChecksURLs(t *testing.T) {
	inside, err := ParseGuard([]string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		url           string
		public, allow bool
	}{
		{"https://example.com/hooks", true, true},
		{"https://example.com:8443/hooks?x=1", true, true},
		{"https://93.184.215.14/", true, true},
		{"https://10.1.2.3/", false, true},
		{"https://[::1]:7420/", false, false},
		{"https://[fe80::1%25eth0]/", false, false},
		{"https://169.254.169.254/latest/meta-data", false, false},
		{"http://example.com/", false, true}, // its address is looked at when connecting
		{"http://10.1.2.3/", false, true},
		{"http://93.184.215.14/", false, false},
		{"https://user:secret@example.com/", false, false},
		{"ftp://example.com/", false, false},
		{"file:///etc/passwd", false, false},
	} {
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		for g, want := range map[*Guard]bool{{}: tt.public, &inside: tt.allow} {
			if err := g.CheckURL(u); (err == nil) != want {
				t.Errorf("%s, allowed %v: %v", tt.url, g.Allow, err)
			}
		}
	}
}
