package posting

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// TestDocs holds docs/events.md and docs/schemes.md to the tables they are made of; -update writes them.
func TestDocs(t *testing.T) {
	for name, want := range map[string]string{"events.md": eventsPage(), "schemes.md": schemesPage()} {
		path := filepath.Join("..", "docs", name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(strings.Split(string(have), "\n"), strings.Split(want, "\n")); d != "" {
			t.Errorf("%s is not what the tables say (go test ./posting -run Docs -update writes it):\n%s", path, d)
		}
	}
}

// TestContentIsDescribed looks whether docs/format-content.md has every space of keys and every outcome.
func TestContentIsDescribed(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "format-content.md"))
	if err != nil {
		t.Fatal(err)
	}
	for file, declared := range map[string]*regexp.Regexp{
		"keys.go":         regexp.MustCompile(`(?m)^(?:const |\t)\w+ +byte = '(\w)'`),
		"remarks.go":      regexp.MustCompile(`(?m)^\t\w+ +wire.RemarkKind = "(\w+)"`),
		"wire/content.go": regexp.MustCompile(`(?m)^const \w+ RemarkKind = "(\w+)"`),
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all := declared.FindAllSubmatch(text, -1)
		for _, name := range all {
			if !bytes.Contains(page, []byte("| `"+string(name[1])+"`")) {
				t.Errorf("%s of %s is not in docs/format-content.md", name[1], file)
			}
		}
		if len(all) == 0 {
			t.Errorf("%s declares nothing", file)
		}
	}
}

// TestRefusalsAreListed plays the examples for what each type of event is refused with, and compares that with what the
// table says: each refusal has an example, and no other occurs.
func TestRefusalsAreListed(t *testing.T) {
	if *update {
		t.Skip("examples are being written")
	}
	found := map[Type][]ledger.Code{}
	files, _ := filepath.Glob("testdata/examples/*.txt")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var event string
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "{") {
				event = line
			}
			refused, ok := strings.CutPrefix(line, "> refused: ")
			if !ok {
				continue
			}
			code, _, _ := strings.Cut(refused, ":")
			_, kind, _ := strings.Cut(event, `"type":"`)
			kind, _, _ = strings.Cut(kind, `"`)
			if c := ledger.Code(code); c != ledger.Invalid && c != IdempotencyConflict && c != PeriodClosed && !slices.Contains(found[Type(kind)], c) {
				found[Type(kind)] = append(found[Type(kind)], c)
			}
		}
	}
	for of, r := range rules {
		want := slices.Sorted(slices.Values(r.refuses))
		if got := slices.Sorted(slices.Values(found[of])); !slices.Equal(got, want) {
			t.Errorf("%s is refused with %v in the examples, the table says %v", of, got, want)
		}
	}
}

const eventsIntro = `# Events

<!-- Made from the tables of package posting by: go test ./posting -run Docs -update -->

An event is what happened (a fact, which a provider reports) or what is asked for (an instruction). It is one JSON object,
one a line, in UTF-8, of at most 1 MiB. An accepted event makes one atomic group of entries, possibly none; a refused one
leaves no trace, and its ` + "`id`" + ` may be sent again.

Fields that are not listed here, a field given twice, ` + "`null`" + `, empty strings, empty arrays and objects, and anything
behind the object are refused with code ` + "`invalid`" + ` and the path of the field, such as ` + "`splits[1].amount.value`" + `. Leave out
what you have nothing to say of.

**Amounts** are ` + "`{\"value\": 40000, \"currency\": \"USD\"}`" + `: whole minor units, by ISO 4217 or as the ledger's own asset says, as a JSON
integer or a string of digits, up to 36 of them, exact. 1.5, 1e3 and the like are refused, never rounded, and so is -1 but for a fee that is given back. The amount of a split
may leave its currency out: the event's amount's, or else the payment's; but an amount of 0 needs one where the event has no amount.

**Names** (of payments, captures, refunds, batches, references) have 1 to 128 characters and at most 256 bytes, and no control
characters. Accounts have 1 to 128 of A-Z, a-z, 0-9 and ` + "`:_./@-`" + `; capitals matter.

**Times** are RFC 3339 with an offset and up to nine decimals, from 1970 to 2199. ` + "`at`" + ` left out is the moment of booking.

**Words of your own.** Every event may carry a ` + "`description`" + ` of at most 300 bytes, and ` + "`metadata`" + `: at most 50 strings, with keys of at most 64 bytes and
values of at most 512. Both are kept, shown, exported and compared as all else. The metadata of what opens an account or makes a payment are those of the account or payment.

**The same id again.** With the same content it is answered with the first receipt, status ` + "`duplicate`" + `, and books nothing; with
another content it is refused with ` + "`idempotency_conflict`" + `, which names the first field that differs, in the order below, and both
values. Values are compared, not spelling: ` + "`40000`" + ` is ` + "`\"40000\"`" + `, one instant at two offsets is the same, the order of fields does not matter.
An ` + "`at`" + ` that was given once and left out once differs. Not compared are ` + "`source`" + `, and the ` + "`at`" + ` of events with a ` + "`movement`" + `. This is looked at before
everything else, and holds for ever.

**Times to come.** The ledger's clock says what time it is. An instruction whose ` + "`at`" + ` is more than 5 minutes ahead of it is refused. A fact never is: a
` + "`payment.settle`" + ` waits until then, without entries, and is booked at its own time when that has come, under an id that is a UUID version 5 of its id
(` + "`Book.PostDue`" + `; ` + "`post`" + `, ` + "`ingest`" + ` and ` + "`reconcile --post`" + ` do that first, and ` + "`due --post`" + ` alone). Any other fact is booked at the ledger's clock, and its own time is shown as ` + "`happened`" + `.
A ` + "`schedule`" + ` and a ` + "`reserve.hold`" + ` with ` + "`until`" + ` wait in the same way. ` + "`splitledger due`" + ` lists what waits. What is refused when it is due waits on, and is tried again each time. A release whose time is in a
closed period is booked at the first open moment; of a hold whose money was released or taken meanwhile without naming it, no more is released than is still reserved.

**Closed periods.** After a ` + "`period.close`" + ` nothing gets entries of a time through that day, in UTC. An instruction of such a time is refused with
` + "`period_closed`" + `; a fact is booked at 00:00 of the first open day, and its own time is shown as ` + "`happened`" + ` and used for no balance. What makes no entries is not refused.

Every type may be refused with ` + "`invalid`" + ` and ` + "`idempotency_conflict`" + `, and every instruction that makes entries with ` + "`period_closed`" + `. What scheme a payment follows, and with it who gets and who gives, is in
[schemes.md](schemes.md).
`

func eventsPage() string {
	var b bytes.Buffer
	b.WriteString(eventsIntro)
	b.WriteString("\n## Fields of every event\n\n")
	objects := wire.Objects()
	fieldTable(&b, wire.Common())
	for _, of := range wire.Describe() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", of.Type, of.Doc)
		fieldTable(&b, of.Fields)
		var codes []string
		for _, c := range rules[of.Type].refuses {
			codes = append(codes, "`"+string(c)+"`")
		}
		if len(codes) > 0 {
			fmt.Fprintf(&b, "\nRefused with: %s.\n", strings.Join(codes, ", "))
		}
	}
	b.WriteString("\n## A split\n\n")
	fieldTable(&b, objects["split"])
	b.WriteString(splitWords + "\nFee splits carry no amount: they name who bears a later fee, where the scheme has them. An amount there is refused, where Adyen would ignore it: nobody would see that it means nothing.\nThe most specific wins, of two of one type the first:\n\n| fee | covered by, first to last |\n|---|---|\n")
	for _, f := range slices.Sorted(maps.Keys(feeSplits)) {
		covers := "nothing: the `costAllocationAccount` of the payment's chargebacks, else liable's, with every scheme"
		if list := feeSplits[f]; len(list) > 0 {
			covers = ""
			for i, c := range list {
				if i > 0 {
					covers += ", "
				}
				covers += "`" + string(c) + "`"
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", f, covers)
	}
	b.WriteString("\n## A fee\n\n")
	fieldTable(&b, objects["fee"])
	b.WriteString("\nA fee of which the amount is below 0 is given back. Nowhere else may an amount be below 0.\n")
	b.WriteString("\n## A refund policy\n\n")
	fieldTable(&b, objects["refund policy"])
	b.WriteString("\n## A route of a rule\n\n")
	fieldTable(&b, objects["route"])
	b.WriteString("\nThe routes of a rule become splits of type `BalanceAccount` of the payment that names it, in their order, and follow its scheme like\nsplits that are written out. " + ruleWords)
	b.WriteString("\n## The conditions of a rule\n\n")
	fieldTable(&b, objects["condition"])
	b.WriteString(ruleChoice)
	b.WriteString("\n## A fee split of a rule\n\n")
	fieldTable(&b, objects["rule's fee split"])
	b.WriteString("\n## The attributes of a payment\n\n")
	fieldTable(&b, objects["attributes"])
	b.WriteString("\nCapitals do not matter where a rule's conditions are compared with them.\n")
	b.WriteString("\n## A chargeback policy\n\n")
	fieldTable(&b, objects["chargeback policy"])
	b.WriteString("\n## A posting of a journal entry\n\n")
	fieldTable(&b, objects["posting"])
	b.WriteString("\n## What a provider told\n\n`outcome` of a `provider.notice`. Texts have at most 256 bytes, and nothing here has to be known to the ledger.\n\n")
	fieldTable(&b, objects["outcome"])
	b.WriteString("\nA share is a split, and a fee is a fee, with an amount of any sign and the provider's name of the account.\n")
	b.WriteString(postingTypes)
	return b.String()
}

const postingTypes = `
## What postings are called

The type of a posting is that of its split (` + "`BalanceAccount`, `Commission`, `VAT` …" + `) or fee (` + "`Interchange`, `SchemeFee` …" + `), or one of these:

| type | posting |
|---|---|
| ` + "`Capture`, `Fees`" + ` | the provider's side of a capture or of what it took back of one, of fees |
| ` + "`Refund`" + ` | the provider's side of a refund; also an account that gives a refund without having had a part |
| ` + "`Chargeback`" + ` | the provider's side of a chargeback; also an account that pays it for others |
| ` + "`Merchant`" + ` | what no split takes, and what is taken back from it |
| ` + "`Settlement`" + ` | from pending to available |
| ` + "`Transfer`, `Entry`, `Reversal`" + ` | both sides of a transfer, a journal entry, a reversal |
| ` + "`Reserve`" + ` | between available and reserved, with the event's reason |
| ` + "`Payout`" + ` | between available and reserved, and then out; its reference is the name of the payout |
| ` + "`ProviderPayout`" + ` | from a provider to the bank; its reference is the batch |
| ` + "`Exchange`" + ` | all four sides of a conversion, with what was given for what as the reason |

The reason of a posting says why, where a rule decided: ` + "`fallback: unknown account BA7`, `rounding: +1`, `remainder: no split takes it`, `partial capture without splits`, `5.31 % of 50.00 EUR = 2.655, rounded half up to 2.66`" + `.
Entries of a payment carry the name of the capture they are about as their reference.
`

func fieldTable(b *bytes.Buffer, fields []wire.FieldDescription) {
	b.WriteString("| field | | what it is | value |\n|---|---|---|---|\n")
	for _, f := range fields {
		required := "optional"
		if f.Required {
			required = "required"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.Name, required, f.Doc, strings.ReplaceAll(f.Form, "|", "\\|"))
	}
}

const schemesIntro = `# Schemes

<!-- Made from the data of package posting/scheme by: go test ./posting -run Docs -update -->

A payment follows the scheme of its provider. A scheme is data (` + "`scheme.Scheme`" + `): there is no code for a provider. A provider of your own is declared by
` + "`provider.open`" + `, which says whose scheme it follows. ` + "`posting.Options`" + ` takes further schemes. What a provider's documents do not say in so many words is listed below.
`

func schemesPage() string {
	var b bytes.Buffer
	b.WriteString(schemesIntro)
	schemes := scheme.All()
	b.WriteString("\n| rule |")
	for _, s := range schemes {
		fmt.Fprintf(&b, " %s |", s.Provider)
	}
	b.WriteString("\n|" + strings.Repeat("---|", len(schemes)+1) + "\n")
	for i, t := range schemes[0].Terms() {
		fmt.Fprintf(&b, "| %s |", t.Rule)
		for _, s := range schemes {
			term, mark := s.Terms()[i], ""
			if term.Inferred != "" {
				mark = " *"
			}
			fmt.Fprintf(&b, " %s%s |", term.Says, mark)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n\\* inferred, in part or all of it: see [below](#where-this-comes-from).\n")
	b.WriteString(schemesRules)
	storedRules(&b, schemes)
	b.WriteString(ownSchemes)
	b.WriteString("\n## Where this comes from\n\nInferred is what no document says in so many words: a guess, until an account of the provider's confirms it.\n")
	for _, s := range schemes {
		fmt.Fprintf(&b, "\n### %s\n\n| rule | source | inferred |\n|---|---|---|\n", s.Provider)
		for _, t := range s.Terms() {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", t.Rule, orDash(t.Source), orDash(t.Inferred))
		}
		if of := s.StoredRules.Source; of.Field != "" {
			fmt.Fprintf(&b, "| stored rules | %s | %s |\n", orDash(of.Text), orDash(of.Inferred))
		}
	}
	return b.String()
}

// storedRules says what a stored rule for each scheme may have.
func storedRules(b *bytes.Buffer, schemes []scheme.Scheme) {
	b.WriteString(storedRulesIntro + "\n| a rule for |")
	for _, s := range schemes {
		fmt.Fprintf(b, " %s |", s.Provider)
	}
	b.WriteString("\n|" + strings.Repeat("---|", len(schemes)+1) + "\n")
	for i, t := range schemes[0].RuleTerms() {
		fmt.Fprintf(b, "| %s |", t.Rule)
		for _, s := range schemes {
			fmt.Fprintf(b, " %s |", s.RuleTerms()[i].Says)
		}
		b.WriteString("\n")
	}
}

const storedRulesIntro = `
## Stored rules

A stored rule (` + "`rule.create`" + `, see [events.md](events.md#rulecreate)) works with every scheme: what its routes come to are the splits of the payment that names it, and all
above holds for them. One that names a ` + "`provider`" + ` is refused where that provider's payments could not follow it, with the field, what was found and what is possible:
`

// splitWords says of splits what their fields do not.
const splitWords = `
A ` + "`Remainder`" + ` takes what the others leave, with every scheme, and never less than nothing. A request to Adyen asks for it as what it is then, a part of its account or the
commission; what Adyen itself calls so is what a conversion leaves, which nobody asks for and reports tell. A reference is needed by nobody here: a part without one is its
account's only part, and where a provider wants one, requests have the account's name.
`

// ruleWords says what a rule comes to for a payment.
const ruleWords = `Where the scheme has percents
(paysafe, xendit), a route of a percent alone stays one, by its rounding. Elsewhere percents become amounts by largest remainder, in whole units of the provider: what the
percents leave of 100 is a share besides, and where two remainders are equal the earlier route gets the unit. ` + "`flat` and `percent`" + ` of one route add up; then ` + "`min` and `max`" + ` hold.
What the routes leave goes to ` + "`rest`" + `, as a split of type ` + "`Remainder`" + ` with the reference ` + "`rest`" + `, else to the scheme's merchant. Routes that come to more than the amount are refused
(` + "`split_exceeds_amount`, `split_sum_mismatch`" + `); where each split is tried by itself (xendit), what does not fit fails.
`

// ruleChoice says which version of a rule a payment follows.
const ruleChoice = `
A payment follows one version of the rule that it names, for good: of those that were not replaced by then and whose conditions it meets, the one with the most
conditions (` + "`provider` and `currency`" + ` count, and ` + "`minAmount` and `maxAmount`" + ` are one); of several with equally many, the one that was made first. Two versions with the same conditions are refused, unless one
replaces the other. Where none fits, an instruction is refused, and a fact is booked without splits: all of it goes to liable or the merchant, as where splits do not fit. Conditions are asked of
the event that makes the payment, also for the rule of a later capture.
`

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

const ownSchemes = `
## A scheme of one's own

A library user gives a provider its own rules with ` + "`posting.Options{Schemes: …}`" + `; ` + "`scheme.Scheme`" + ` has a field for each row of the table, and
room for where each comes from. The package's examples show one at work. A scheme of a name that the table has takes the place of that one, and one called
generic is for all providers without a scheme. Its name counts as a declared provider; ` + "`provider.open`" + ` may give others the same scheme, which they keep where a program
does not have it.

Schemes are for new payments. A payment keeps the rules that it was made under: where they are not those of the table, the record of its first event has
them ([format-content.md](format-content.md)). So a scheme may be changed or left out at any time, and a payment with splits under way goes on as it began.
`

const schemesRules = `
## Rules of all schemes

- **Facts are booked.** Captures, fees and settlements have happened: they are booked even where an account goes below zero. Where money would go
  to or come from an account that was closed meanwhile, liable takes its place, and the posting says ` + "`fallback: account … is closed`" + `. A new payment or split
  that names such an account is refused, or falls back, as the table says.
- **Frozen accounts** receive splits, and give refunds and chargebacks: a refund is limited by what is left to refund, never by an account. Freezing stops transfers and journal entries that
  pay out of the account.
- **On fallback the entire capture**, and its later fees, go to liable, even if only a fee split's account is missing. A refund whose splits name what was meant finds liable in their place,
  or the merchant where a fact went to the merchant.
- **Splits of a capture replace** those of the authorisation, fee splits too.
- **A capture that is a fact** is booked above what is authorised and after the rest was cancelled. Splits that the scheme would refuse do not hold it up: all of it goes to liable where the
  scheme books to liable what it cannot place, else to the merchant, and it says why.
- **A refund that is a fact** is booked whatever is left: as far as something is left it follows the rules of other refunds; what goes beyond is taken from what is available, from the accounts that its
  splits name, else from the merchant. Parts that the payment does not have, splits that do not add up and closed accounts are the merchant's to give, or liable's. What is left to refund is nothing then, until more is captured.
- **Fees** are taken from what is pending of the first capture that is not settled, else from what is available; who bears them is said by the splits of that capture (the last one,
  where all are settled), or of the authorisation where nothing was captured. An event may name the capture, refund or dispute that they are of, and the account that bears them as the provider
  tells. VAT on a fee is borne by who bears that fee.
- **Fees that are given back**, with amounts below 0, go to those who bore such fees of the payment, whoever bore most first, no more to each than that; what nobody bore goes to who would have to bear it.
- **Fees of one movement** may be told as a whole and as rows of accounts. Each way of telling is added up by itself, by currency, and only what goes beyond what is booked is booked;
  what is given back is counted by itself.
- **Refunds** are taken from what is pending of captures that are not settled and available of the others, first to last. A part gives of a capture what it got of it before it gives
  of another. Where refunds name accounts and not parts, a split without reference is of the account's only part. A refund that names a closed account, or is the part of one, falls back to liable in full or is refused, as the scheme does with splits.
- **A payment's own refund policy** takes the place of the scheme's rule for refunds without splits. By ratio, the weights are what each part has left, so that refunds which add up
  to the capture give back exactly what each part had; a part that gave more than it had gives nothing.
- **A refund that fails** gives back what it took, to where its capture's money is by then; it may be made again under another name. Where the scheme gives
  all of it to the merchant, the shares of the capture move with the money, and a transfer of the capture moves them back.
- **Chargebacks** are booked whatever is left of the payment. Whose money they take is said by the payment's ` + "`chargeback`" + `, else by the last event ` + "`chargeback.default`" + `
  of the ledger, else it is liable's. By ratio, the weights are what each part got, refunds left out of account; where nothing was got, liable pays. In the payment's
  currency they take what is pending of captures that are not settled and available of the others, first to last; beyond that, and in another currency, what is available. In
  place of an account that is closed liable pays.
- **The fee of a dispute** is an entry of its own, on ` + "`costAllocationAccount`" + ` or liable, taken from where other fees are.
- **Clawbacks from what is available** (stripe): refunds, disputes, their fees and transfers that are given back take what accounts have available, below zero where it must be, though
  their capture is pending; so that it stays pending as a whole until it is settled.
- **A reversal** gives each account back what it paid, in part by what it has not got back yet, so that reversals which add up to the chargeback restore every account; the fee stays. A second
  chargeback goes by the rule of the first, and may have its name.
- **A cancelled capture** is undone entry by entry, fees and splits too, so that every balance is what it would be without it. Its name is taken, its amount may be captured again, unless
  the payment as a whole was cancelled. What was refunded, in part even, or is settled is not cancelled: by name it is refused, and where
  the payment is cancelled it stays as it is. Nor is anything while a chargeback stands.
- **What is released or has expired** is not captured any more, but as a fact. What was captured stays.
- **A split is replaced** as if the capture had been split so in the beginning, as long as nothing of it is settled, refunded or disputed: its parts and the fees that another account
  bears by the new splits are taken back and booked anew. Fees of which the provider told who bears them, and those of disputes, stay.
- **A split that the provider did not make** is the merchant's: what the part still has of its capture goes back, and what is only promised is not moved at settlement.
- **What the provider has on another account** than the scheme says is moved there, by ` + "`payment.reassign`" + `: of a capture with the part, so that refunds, ratios, disputes and the settlement find it there; of a
  refund or dispute with what was given, so that it comes back to who gave it. What the account does not have of it is moved between what both have available.
- **A capture that the provider takes back** is given back by every part as far as it still has something of it, from pending or available, wherever that is. What was refunded or disputed stays as it is
  booked: of a part of the capture, and where others gave for a part, each gives by what it has. A row of an account is booked to the unit. Its fees stay until they are given back.
- **A cancellation that is a fact** undoes every capture that is neither settled nor refunded; one that is named and cannot be undone any more is taken back instead.
- **What disputes hold** is not refunded by instruction. A fact is booked.
- **Later splits** (antom) move money from the merchant, and together take at most what is captured, whether it was refunded or not. They are taken from captures first to last.
- **What may happen when** is in [lifecycle.md](lifecycle.md).
- **Parts** of a payment are told apart by account, split type and reference; the same in another capture is the same part.
`
