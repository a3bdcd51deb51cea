package signin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/server/settings"
)

// A Grant says what people of one kind may do.
type Grant struct {
	kind, who string // "group", "domain" or "email", and which; or "anyone"
	Scopes    []settings.Scope
	Ledgers   []string
}

// grantForm is how a grant is written, for messages.
const grantForm = "expected WHO=SCOPES@LEDGERS such as group:finance=read+events:write@market or domain:example.com=read@*, " +
	"WHO being group:NAME, domain:NAME, email:ADDRESS or anyone"

// ParseGrant reads a grant: who it is for, scopes and ledgers with + between them.
func ParseGrant(text string) (g Grant, err error) {
	cut := strings.LastIndex(text, "=") // a group may have = in its name
	if cut < 0 {
		return g, fmt.Errorf("%s, found %q", grantForm, text)
	}
	scopes, ledgers, ok := strings.Cut(text[cut+1:], "@")
	if g.kind, g.who, _ = strings.Cut(text[:cut], ":"); !ok || g.who == "" != (g.kind == "anyone") {
		return g, fmt.Errorf("%s, found %q", grantForm, text)
	}
	switch g.kind {
	case "group", "anyone":
	case "domain", "email":
		if g.who = strings.ToLower(g.who); strings.Contains(g.who, "@") != (g.kind == "email") {
			return g, fmt.Errorf("%s, found %q", grantForm, text)
		}
	default:
		return g, fmt.Errorf("%s, found %q", grantForm, text)
	}
	for name := range strings.SplitSeq(scopes, "+") {
		if scope := settings.Scope(name); !slices.Contains(settings.Scopes(), scope) {
			return g, fmt.Errorf("expected scopes among %v, found %q in %q", settings.Scopes(), name, text)
		} else {
			g.Scopes = append(g.Scopes, scope)
		}
	}
	if g.Ledgers = strings.Split(ledgers, "+"); slices.Equal(g.Ledgers, []string{settings.All}) {
		return g, nil
	}
	for _, name := range g.Ledgers {
		if err := settings.CheckLedger(name); err != nil {
			return g, fmt.Errorf("%q: %w", text, err)
		}
	}
	return g, nil
}

// claims are what an issuer says of somebody, as far as it matters here.
type claims struct {
	subject  string
	email    string
	verified bool
	name     string
	groups   []string
}

// fits reports whether a grant is for somebody. An address counts only if the issuer has verified it: elsewhere people
// may write what they like.
func (g *Grant) fits(c *claims) bool {
	email := strings.ToLower(c.email)
	switch g.kind {
	case "anyone":
		return true
	case "group":
		return slices.Contains(c.groups, g.who)
	case "email":
		return c.verified && email == g.who
	}
	_, domain, ok := strings.Cut(email, "@")
	return ok && c.verified && domain == g.who
}
