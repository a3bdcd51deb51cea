// Package passed counts the functions that a small piece of work passes through: how much somebody has to read who
// follows it from beginning to end.
//
// The pieces of work are the tests of this package. Each prepares its books, which does not count, and does its work.
// Functions count that have at least one statement which ran, once however often they ran, and only those of the
// product: not the lab, nor what helps tests. What the ledger does meanwhile in goroutines of its own counts too.
package passed

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"golang.org/x/tools/cover"

	"github.com/splitledger/splitledger/internal/lab/measure"
)

// Here is the package whose tests are counted, unless others are named.
const Here = "./internal/lab/passed"

// A Count is how many functions were passed, and in how many files.
type Count struct {
	Functions int     `json:"functions"`
	Files     int     `json:"files"`
	Packages  []Share `json:"packages"` // most functions first
}

// A Share is what is in one package.
type Share struct {
	Dir       string `json:"directory"`
	Functions int    `json:"functions"`
	Files     int    `json:"files"`
}

// prepareOnly is a variable of the environment that has the tests of this package end before their work.
const prepareOnly = "LAB_PASSED_PREPARE_ONLY"

// Run runs a test of a package of the module in a directory, and counts. A test of this package runs twice, the first
// time to prepare only: what ran no more often the second time is no part of the work.
func Run(ctx context.Context, dir, pkg, test string) (c Count, err error) {
	before := map[block]int{}
	if pkg == Here {
		prepared, err := covered(ctx, dir, pkg, test, prepareOnly+"=yes")
		if err != nil {
			return c, err
		}
		for _, p := range prepared {
			for _, b := range p.Blocks {
				before[block{p.FileName, b.StartLine, b.StartCol}] = b.Count
			}
		}
	}
	profiles, err := covered(ctx, dir, pkg, test)
	if err != nil {
		return c, err
	}
	for _, p := range profiles {
		p.Blocks = slices.DeleteFunc(p.Blocks, func(b cover.ProfileBlock) bool {
			return b.NumStmt == 0 || b.Count <= before[block{p.FileName, b.StartLine, b.StartCol}]
		})
	}
	module, err := measure.Load(ctx, dir, 0)
	if err != nil {
		return c, err
	}
	return count(module, profiles)
}

// A block is statements that run one after another, by where they begin.
type block struct {
	file         string
	line, column int
}

// covered runs a test, and returns how often each statement of the module ran.
func covered(ctx context.Context, dir, pkg, test string, env ...string) ([]*cover.Profile, error) {
	profile, err := os.CreateTemp("", "passed-*.out")
	if err != nil {
		return nil, err
	}
	defer os.Remove(profile.Name())
	profile.Close()
	command := exec.CommandContext(ctx, "go", "test", "-count=1", "-run", "^"+test+"$",
		"-covermode=atomic", "-coverpkg=./...", "-coverprofile="+profile.Name(), pkg)
	command.Dir = dir
	command.Env = append(os.Environ(), env...)
	if out, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go test -run %s %s: %w\n%s", test, pkg, err, out)
	}
	return cover.ParseProfiles(profile.Name())
}

// count counts the functions of the product in profiles, of which there is one for each file.
func count(m *measure.Module, profiles []*cover.Profile) (c Count, err error) {
	shares := map[string]*Share{}
	for _, p := range profiles {
		path, product := m.Locate(p.FileName)
		if !product {
			continue
		}
		n, err := functions(path, p)
		if err != nil {
			return c, err
		}
		if n == 0 {
			continue
		}
		dir := m.Dir(filepath.Dir(path))
		if shares[dir] == nil {
			shares[dir] = &Share{Dir: dir}
		}
		shares[dir].Functions += n
		shares[dir].Files++
		c.Functions += n
		c.Files++
	}
	for _, s := range shares {
		c.Packages = append(c.Packages, *s)
	}
	slices.SortFunc(c.Packages, func(a, b Share) int {
		return cmp.Or(cmp.Compare(b.Functions, a.Functions), cmp.Compare(a.Dir, b.Dir))
	})
	return c, nil
}

// functions counts those of a file that have one of the blocks. Literals are part of the function around them.
func functions(path string, p *cover.Profile) (n int, err error) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return 0, err
	}
	for _, d := range parsed.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		first, last := set.Position(fn.Pos()), set.Position(fn.End())
		if slices.ContainsFunc(p.Blocks, func(b cover.ProfileBlock) bool {
			return within(b.StartLine, b.StartCol, first, last)
		}) {
			n++
		}
	}
	return n, nil
}

// within reports whether a place is between two others.
func within(line, column int, first, last token.Position) bool {
	after := line > first.Line || line == first.Line && column >= first.Column
	before := line < last.Line || line == last.Line && column < last.Column
	return after && before
}
