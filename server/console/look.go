package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/ledger"
)

// A look is how somebody wants pages to be: it is kept in a cookie, so that it holds on every page and without script.
type look struct {
	Theme   string // light or dark; "": what the system says
	Density string // compact; "": as it is
	Keys    string // off: single keys do nothing
}

// What a look may be.
var (
	themes    = [][2]string{{"", "System"}, {"light", "Light"}, {"dark", "Dark"}}
	densities = [][2]string{{"", "Comfortable"}, {"compact", "Compact"}}
	keysOn    = [][2]string{{"", "On"}, {"off", "Off"}}
)

// lookCookie is the name of the cookie.
const lookCookie = "splitledger-look"

// lookOf is how whoever asks wants pages to be.
func lookOf(r *http.Request) (l look) {
	c, err := r.Cookie(lookCookie)
	if err != nil {
		return l
	}
	parts := strings.Split(c.Value, ".")
	for i, of := range l.fields() {
		if i < len(parts) && one(of.choices, parts[i]) {
			*of.value = parts[i]
		}
	}
	return l
}

// A lookField is a choice of a look.
type lookField struct {
	label, name string
	choices     [][2]string
	value       *string
}

func (l *look) fields() []lookField {
	return []lookField{{"Theme", "theme", themes, &l.Theme}, {"Rows", "density", densities, &l.Density},
		{"Single keys", "keys", keysOn, &l.Keys}}
}

// one reports whether a value is one of the choices.
func one(choices [][2]string, value string) bool {
	return slices.ContainsFunc(choices, func(c [2]string) bool { return c[0] == value })
}

// lookForm lets people say how they want pages to be.
func (v *view) lookForm() *form {
	l := lookOf(v.r)
	f := &form{Action: "/c/_/look", Method: "post", Button: "Set", Class: "look", CSRF: v.session.csrf,
		Hidden: [][2]string{{"to", v.r.URL.RequestURI()}}}
	for _, of := range l.fields() {
		f.Fields = append(f.Fields, field{Label: of.label, Name: of.name, Value: *of.value, Choices: of.choices})
	}
	return f
}

// setLook keeps how somebody wants pages to be, for a year.
func (c *Console) setLook(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	s, _ := c.session(r)
	if s == nil {
		c.toSignin(w, r)
		return
	}
	if r.ParseForm() != nil || !s.owns(r.PostForm.Get("csrf")) {
		c.fail(&view{console: c, r: r}, w, errNotOwned)
		return
	}
	var l look
	var values []string
	for _, of := range l.fields() {
		value := r.PostForm.Get(of.name)
		if !one(of.choices, value) {
			c.fail(&view{console: c, r: r}, w, &ledger.Error{Code: ledger.Invalid, Field: of.name,
				Message: "expected one of the choices, found " + value})
			return
		}
		values = append(values, value)
	}
	http.SetCookie(w, &http.Cookie{Name: lookCookie, Value: strings.Join(values, "."), Path: "/c/",
		MaxAge: 365 * 24 * 3600, HttpOnly: true,
		Secure: !c.plain(r), SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, back(r.PostForm.Get("to")), http.StatusSeeOther)
}
