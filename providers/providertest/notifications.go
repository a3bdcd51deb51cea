package providertest

import (
	"bytes"
	"errors"
	"maps"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

func testNotification(t *testing.T, a providers.Adapter, n Notification, other providers.Keys) {
	testAccepted(t, a, n, other)
	refused := func(why string, changed providers.Notification, k providers.Keys) {
		t.Helper()
		outcomes, err := a.Notified(&changed, k)
		switch {
		case !errors.Is(err, providers.ErrUnauthenticated):
			t.Errorf("%s: expected %v, found %v", why, providers.ErrUnauthenticated, err)
		case err.Error() != providers.ErrUnauthenticated.Error():
			t.Errorf("%s: expected an error that tells a stranger nothing, found %v", why, err)
		case len(outcomes) > 0:
			t.Errorf("%s: expected no outcomes, found %d", why, len(outcomes))
		}
	}
	refused("no keys", n.Notification, providers.Keys{})
	refused("an empty key", n.Notification, providers.Keys{Secrets: []string{""}})
	refused("another key", n.Notification, other)
	refused("nothing", providers.Notification{Received: n.Received}, n.Keys)
	for _, k := range []providers.Keys{n.Keys, {}, {Secrets: []string{""}}, {Secrets: []string{"", ""}}} {
		refused("no proof", n.proved(""), k)
		refused("no headers", providers.Notification{Method: n.Method, Path: n.Path,
			Body: []byte(strings.ReplaceAll(string(n.Body), n.Proof, "")), Received: n.Received}, k)
		refused("no body", providers.Notification{Method: n.Method, Path: n.Path, Received: n.Received}, k)
	}
	for why, proof := range wrongProofs(n.Proof) {
		refused(why, n.proved(proof), n.Keys)
	}
	for _, body := range n.alteredBodies() {
		changed := n.Notification
		changed.Body = body
		refused("altered body "+string(body), changed, n.Keys)
	}
	if n.Timed {
		for _, d := range []time.Duration{providers.DefaultMaxAge + time.Hour,
			365 * 24 * time.Hour, -time.Hour, -365 * 24 * time.Hour} {
			changed := n.Notification
			changed.Received = n.Received.Add(d)
			refused("received "+d.String()+" later", changed, n.Keys)
		}
	}
}

// testAccepted tests that the notification tells what it does, as long as one of the keys is right.
func testAccepted(t *testing.T, a providers.Adapter, n Notification, other providers.Keys) {
	first, second := n.Keys, n.Keys
	first.Secrets = slices.Concat(n.Keys.Secrets, other.Secrets)
	second.Secrets = slices.Concat([]string{""}, other.Secrets, n.Keys.Secrets)
	var all sync.WaitGroup
	for _, k := range []providers.Keys{n.Keys, first, second} {
		all.Go(func() {
			given := n.proved(n.Proof)
			outcomes, err := a.Notified(&given, k)
			if err != nil {
				t.Errorf("expected a notification that is accepted, found the error %v", err)
				return
			}
			var kinds []providers.Kind
			for i := range outcomes {
				kinds = append(kinds, outcomes[i].Kind)
				if err := soundOutcome(&outcomes[i], money.Table{}); err != nil {
					t.Error(err)
				}
				if outcomes[i].Line != 0 {
					t.Errorf("expected no line of a notification, found %d", outcomes[i].Line)
				}
			}
			if diff := cmp.Diff(n.Kinds, kinds); diff != "" {
				t.Errorf("kinds (- expected, + found):\n%s", diff)
			}
			if !bytes.Equal(given.Body, n.Body) {
				t.Error("expected the body as it was, found it changed")
			}
		})
	}
	all.Wait()
}

// proved returns a copy of the notification with another proof.
func (n *Notification) proved(proof string) providers.Notification {
	c := n.Notification
	c.Body = []byte(strings.ReplaceAll(string(n.Body), n.Proof, proof))
	c.Header = make(textproto.MIMEHeader, len(n.Header))
	for k, values := range maps.All(n.Header) {
		for _, v := range values {
			c.Header[k] = append(c.Header[k], strings.ReplaceAll(v, n.Proof, proof))
		}
	}
	return c
}

// wrongProofs returns proofs of other lengths and values.
func wrongProofs(proof string) map[string]string {
	wrong := map[string]string{
		"a proof cut by one":    proof[:len(proof)-1],
		"half a proof":          proof[:len(proof)/2],
		"a proof and one more":  proof + "A",
		"a proof twice":         proof + proof,
		"a proof of one letter": proof[:1],
		"a proof of nothing":    "=",
		"zero bytes as a proof": strings.Repeat("A", len(proof)),
		"no text as a proof":    strings.Repeat("\x00", len(proof)),
	}
	// but the last letter of Base64, which may have bits that say nothing
	sure := strings.TrimRight(strings.ReplaceAll(proof, "%3D", "="), "=")
	for i := range len(sure) - 1 {
		b := []byte(proof)
		if b[i]++; proof[i] == 'Z' || proof[i] == 'z' || proof[i] == '9' || proof[i] == '/' || proof[i] == '+' {
			b[i] = 'B'
		}
		wrong["a proof with another letter: "+string(b)] = string(b)
	}
	return wrong
}

// alteredBodies returns bodies in which something that is signed was changed.
func (n *Notification) alteredBodies() (bodies [][]byte) {
	if n.Signed == nil {
		for i := 0; i < len(n.Body); i += step() {
			b := bytes.Clone(n.Body)
			b[i] ^= 1
			bodies = append(bodies, b)
		}
		return append(bodies, append(bytes.Clone(n.Body), '\n'), n.Body[:len(n.Body)-1])
	}
	for _, s := range n.Signed {
		other := []byte(s)
		other[len(other)-1] ^= 1
		bodies = append(bodies, bytes.Replace(n.Body, []byte(s), other, 1))
	}
	return bodies
}
