package commands

import "strings"

// postAgain is what a break's remedy begins with where the same reports are to be posted. Package
// reconcile does not know the flags and files of the command line, so they are added here.
const postAgain = "splitledger reconcile --post"

// completed names the provider, the flags and the files in a remedy that posts the reports, so that
// it runs as it is printed. Other remedies are complete already.
func (f *reconcileFlags) completed(remedy string, files []string) string {
	if remedy != postAgain {
		return remedy
	}
	words := []string{"splitledger reconcile --provider", shellQuote(f.provider), "--post"}
	for _, flag := range [][2]string{
		{"--account", f.account}, {"--zone", f.zone}, {"--dates", f.dates},
		{"--decimal", f.decimals}, {"--through", f.through},
	} {
		if flag[1] != "" {
			words = append(words, flag[0], shellQuote(flag[1]))
		}
	}
	if f.testMode {
		words = append(words, "--test-mode")
	}
	for _, file := range files {
		words = append(words, shellQuote(file))
	}
	return strings.Join(words, " ")
}

// command names the ledger in a command of this program, unless it is the one that the command
// takes anyhow. A remedy may be a pipe that echoes an event to the program, so the name of the
// program need not come first.
func (c *cli) command(text string) string {
	const name = "splitledger "
	if c.ledger == c.usualLedger() {
		return text
	}
	with := name + "--ledger " + shellQuote(c.ledger) + " "
	if rest, ok := strings.CutPrefix(text, name); ok {
		return with + rest
	}
	// What is echoed comes before, and may have the program's name in it.
	if i := strings.LastIndex(text, "| "+name); i >= 0 {
		return text[:i+2] + with + text[i+2+len(name):]
	}
	return text
}

// shellQuote writes a word so that a shell reads it as one word. References come from reports: none
// of them may run anything when somebody copies a remedy into a shell.
func shellQuote(s string) string {
	// What a shell leaves alone in any place; all else is quoted, rather than listing what is
	// special.
	special := func(r rune) bool {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' ||
			r >= '0' && r <= '9' || strings.ContainsRune("-_.:/=@%+,", r)
		return !plain
	}
	if s != "" && strings.IndexFunc(s, special) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
