package reconcile_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// A scene of testdata/*.scenes is what the platform posts and a provider tells, and the balances that come of it. They are worked out by
// hand. A scene begins with "=== TITLE", its lines are
//
//	open seller:1 BA-1          an account, and what the provider calls it
//	capture A 100.00 seller:1=90.00 liable=10.00 c=k1 psp=PA
//	authorise, settle, refund, chargeback, cancel, payout, transfer, close
//	{"type":…}                  any other event; id and time are made up where it has none
//	refused CODE …              an event that is refused
//	adapter NAME                the provider, whose own reports and notifications the scene has
//	file [FORMAT]               a report; its lines are indented
//	run CLASS N …               posts the files so far; what comes of it
//	hook STATUS …               notifications that are taken together; their lines are indented
//	waiting N                   so many outcomes wait now; none at the end, if that is not said
//	balances                    what accounts have, indented: all of them that have something
//	later WHY                   the scene does not hold yet; -scenes.later plays it all the same
//	any order                   the steps may come in any order, each line in a run of its own
//
// Each scene is played as it stands, and then in other ways that must come to the same.
type scene struct {
	title    string
	provider string
	steps    []step
	balances string
	anyOrder bool
	adapter  providers.Adapter // of its reports; nil: they are plain
	waits    bool              // something waits at the end
	later    string
}

type step struct {
	kind  string // post, refused, run, hook, waiting
	event posting.Event
	files []string
	want  []string
	line  int
}

// readScenes reads a file of scenes.
func readScenes(t *testing.T, path string) (list []*scene) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var s *scene
	var files []string
	var block *string // that indented lines belong to
	var balances string
	n := 0
	for i, line := range strings.Split(string(text)+"\n=== end", "\n") {
		fail := func(err error) { t.Fatalf("%s:%d: %s: %v", path, i+1, line, err) }
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || strings.HasPrefix(line, "#"):
			continue
		case line[0] == '\t':
			*block += strings.TrimSpace(line) + "\n"
			continue
		case words[0] == "===":
			if s != nil {
				s.balances = balances
				list = append(list, s)
			}
			s, n, files, balances = &scene{title: strings.TrimPrefix(line, "=== "), provider: "adyen"}, 0, nil, ""
			continue
		}
		switch words[0] {
		case "provider":
			s.provider = words[1]
		case "adapter":
			s.provider, s.adapter = words[1], adapterOf(words[1])
		case "file":
			head := ""
			if len(words) > 1 {
				head = "format " + words[1] + "\n"
			}
			files = append(files, head)
			block = &files[len(files)-1]
		case "run":
			s.steps = append(s.steps, step{kind: "run", files: files, want: words[1:], line: i + 1})
			files = nil
		case "hook":
			s.steps = append(s.steps, step{kind: "hook", files: []string{""}, want: words[1:], line: i + 1})
			block = &s.steps[len(s.steps)-1].files[0]
		case "waiting":
			s.steps = append(s.steps, step{kind: "waiting", want: words[1:], line: i + 1})
			s.waits = words[1] != "0"
		case "later":
			s.later = strings.Join(words[1:], " ")
		case "any":
			s.anyOrder = true
		case "balances":
			block = &balances
		default:
			x := step{kind: "post", line: i + 1}
			if words[0] == "refused" {
				x.kind, x.want, words = "refused", words[1:2], words[2:]
			}
			n++
			if x.event, err = sceneEvent(words, n, s.provider); err != nil {
				fail(err)
			}
			s.steps = append(s.steps, x)
		}
	}
	return list
}

// sceneEvent makes the n-th event of a scene.
func sceneEvent(words []string, n int, provider string) (posting.Event, error) {
	text := strings.Join(words, " ")
	if text[0] != '{' {
		text = shorthand(words, provider)
	}
	if !strings.Contains(text, `"id"`) {
		text = fmt.Sprintf(`{"id":"e%d",%s`, n, text[1:])
	}
	if !strings.Contains(text, `"at"`) {
		text = fmt.Sprintf(`{"at":"2026-03-10T10:00:%02dZ",%s`, n, text[1:])
	}
	return posting.Decode([]byte(text))
}

func shorthand(words []string, provider string) string {
	amount := func(s string) string {
		c := "EUR"
		if digits, other, ok := strings.Cut(s, ":"); ok && len(other) == 3 {
			s, c = digits, other
		}
		return fmt.Sprintf(`{"value":%s,"currency":"%s"}`, strings.TrimLeft(strings.Replace(s, ".", "", 1), "0"), c)
	}
	kind, name := words[0], words[1]
	var fields, splits []string
	field := func(key, value string) { fields = append(fields, fmt.Sprintf("%q:%q", key, value)) }
	rest := words[2:]
	switch kind {
	case "open":
		field("type", "account.open")
		field("account", name)
		field("kind", "sub")
		if len(rest) > 0 {
			fields = append(fields, fmt.Sprintf(`"providerIds":{%q:[%q]}`, provider, rest[0]))
		}
		return "{" + strings.Join(fields, ",") + "}"
	case "close":
		return fmt.Sprintf(`{"type":"account.close","account":%q}`, name)
	case "payout":
		field("type", kind)
		field("payout", name)
		field("provider", provider)
	case "transfer":
		field("type", kind)
		field("transfer", name)
	default:
		field("type", "payment."+kind)
		field("payment", name)
		if kind == "capture" || kind == "authorise" {
			field("provider", provider)
		}
	}
	keys := map[string]string{"psp": "providerReference", "ref": "reference", "c": "capture", "r": "refund", "d": "chargeback", "acct": "account",
		"from": "from", "to": "to", "batch": "batch", "at": "at"}
	for _, w := range rest {
		key, value, pair := strings.Cut(w, "=")
		switch {
		case !pair:
			fields = append(fields, `"amount":`+amount(w))
		case key == "cb":
			fields = append(fields, `"chargeback":`+map[string]string{"ratio": `{"behavior":"deductAccordingToSplitRatio"}`,
				"ratio+cost": `{"behavior":"deductAccordingToSplitRatio","costAllocationAccount":"seller:1"}`}[value])
		case key == "at":
			field("at", "2026-03-"+value+":00Z")
		case keys[key] != "":
			field(keys[key], value)
		case key == "liable":
			splits = append(splits, fmt.Sprintf(`{"type":"Commission","amount":%s,"reference":"commission"}`, amount(value)))
		case strings.Contains(key, "/"): // of a name of the provider's
			account, reference, _ := strings.Cut(key, "/")
			kind := map[bool]string{true: "Commission", false: "BalanceAccount"}[account == "platform"]
			splits = append(splits, fmt.Sprintf(`{"type":%q,"account":%q,"amount":%s,"reference":%q}`, kind, account, amount(value), reference))
		default:
			splits = append(splits, fmt.Sprintf(`{"type":"BalanceAccount","account":%q,"amount":%s,"reference":"part of %[1]s"}`, key, amount(value)))
		}
	}
	if len(splits) > 0 {
		fields = append(fields, `"splits":[`+strings.Join(splits, ",")+`]`)
	}
	return "{" + strings.Join(fields, ",") + "}"
}
